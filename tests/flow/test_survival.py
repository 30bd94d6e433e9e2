"""A score that the browser showed as saved survives a kill of every process (design, invariant 6)."""

import contextlib
import json
import os
import re
import signal
import time
import urllib.parse
import urllib.request
import uuid
from http.cookiejar import CookieJar
from pathlib import Path

from tests.cast import PASSWORD
from tests.real_stack import Stack, stack_in

SEAL_A_STUDY = """
from readerstudy.services import allocate
from tests.cast import add_image_set, make_cast
cast = make_cast()
for number in (1, 2):
    add_image_set(cast.study, number)
allocate.seal_and_start(cast.study, actor=cast.coordinator, reason="survival")
"""
LEAVE_WORK_BEHIND = """
from readerstudy.models import Study, Task
from tests.cast import add_image_set
study = Study.objects.get(slug="another-study")  # a draft: the images of a sealed study are not touched
add_image_set(study, 1)
Task.objects.create(study=study, kind="display", subject=study.image_sets.first().pk, state="running", job_id="lost")
"""
ASK_FOR_THE_WORK = """
from readerstudy.models import Task
task = Task.objects.filter(kind="display").last()
print("STATE", task.state, task.error)
"""


class Reader:
    """A reader's browser, as far as it matters here."""

    def __init__(self, stack: Stack) -> None:
        self.address = stack.address
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        form = self.get("/sign-in/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)', form).group(1)
        self.post("/sign-in/", {"username": "one", "password": PASSWORD, "csrfmiddlewaretoken": token})

    def get(self, path: str) -> str:
        with self.opener.open(self.address + path, timeout=30) as response:
            return response.read().decode()

    def post(self, path: str, fields: dict[str, str]) -> None:
        body = urllib.parse.urlencode(fields).encode()
        self.opener.open(urllib.request.Request(self.address + path, body), timeout=30).close()

    def save(self, token: str, answers: dict[str, int], *, version: int) -> dict[str, object]:
        csrf = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = {"key": str(uuid.uuid4()), "base_version": version, "answers": answers, "active_seconds": 1}
        request = urllib.request.Request(
            f"{self.address}/read/{token}/scores/",
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-CSRFToken": csrf},
        )
        with self.opener.open(request, timeout=30) as response:
            return json.load(response)

    def state(self, token: str) -> dict[str, object]:
        return json.loads(self.get(f"/read/{token}/state/"))

    def first_pair(self) -> str:
        return re.search(r'href="/read/([^/"]+)/"', self.get("/read/")).group(1)


def kill_everything(stack: Stack) -> None:
    """SIGKILL to the supervisor and to all that it started, as a power cut would end them."""
    pids = [stack.supervisor_pid, *_below(stack.supervisor_pid)]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _below(parent: int) -> list[int]:
    """Every process that descends from `parent`. Linux: /proc/PID/stat, field 4 is the parent."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [parent]
    for pid in found:
        found += [child for child, its_parent in parents.items() if its_parent == pid]
    return found[1:]


class TestPowerCut:
    def test_saved_scores_and_waiting_work_are_there_after_every_process_was_killed(self, tmp_path):
        with stack_in(tmp_path) as stack:
            stack.manage("shell", "-c", SEAL_A_STUDY)
            reader = Reader(stack)
            pair = reader.first_pair()
            receipts = [
                reader.save(pair, {item: value}, version=version)
                for version, (item, value) in enumerate(
                    (("feature:snr", 2), ("feature:artifacts", 4), ("feature:snr", 5))
                )
            ]
            stack.manage("shell", "-c", LEAVE_WORK_BEHIND)
            kill_everything(stack)

        with stack_in(tmp_path) as stack:
            state = Reader(stack).state(pair)
            assert state["version"] == receipts[-1]["version"] == 3
            assert state["answers"] == {"feature:snr": 5, "feature:artifacts": 4}
            assert json.loads(stack.manage("verify_study", "spine-study", "--json"))["checks"][0]["ok"]
            self.wait_for_the_work(stack)

    def wait_for_the_work(self, stack: Stack) -> None:
        deadline = time.monotonic() + 60
        while "STATE done" not in (answer := stack.manage("shell", "-c", ASK_FOR_THE_WORK)):
            assert time.monotonic() < deadline, answer
            time.sleep(1)
