import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from readerstudy.supervisor import child as child_module
from readerstudy.supervisor.child import Child, kill_group, rotate_log, start

SLEEP = "import time; time.sleep(60)"


def make_child(folder: Path, script: str, **options) -> Child:
    return Child("sample", (sys.executable, "-c", script), folder / "sample.log", folder, **options)


class TestStart:
    def test_its_output_is_added_to_its_log(self, tmp_path: Path):
        child = make_child(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")

        for _ in range(2):
            start(child).wait()

        assert sorted(child.log_path.read_text().split()) == ["err", "err", "out", "out"]

    def test_its_environment_is_ours_with_its_own_on_top(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("INHERITED", "a")
        child = make_child(
            tmp_path, "import os; print(os.environ['INHERITED'] + os.environ['OWN'])", environment={"OWN": "b"}
        )

        start(child).wait()

        assert child.log_path.read_text() == "ab\n"

    def test_it_is_as_nice_as_told(self, tmp_path: Path):
        child = make_child(tmp_path, "import os; print(os.nice(0))", niceness=3)

        start(child).wait()

        assert int(child.log_path.read_text()) == min(19, os.nice(0) + 3)

    def test_ctrl_c_in_the_terminal_does_not_reach_it(self, tmp_path: Path):
        process = start(make_child(tmp_path, SLEEP))

        assert os.getpgid(process.pid) == process.pid != os.getpgrp()

        kill_group(process)

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can end a child with its parent")
    def test_it_ends_when_the_supervisor_is_killed(self, tmp_path: Path):
        # A stand-in for the supervisor starts a child, says its number, and is killed.
        script = (
            "import sys, time; from pathlib import Path\n"
            "from readerstudy.supervisor.child import Child, start\n"
            f"folder = Path({str(tmp_path)!r})\n"
            f"process = start(Child('sample', (sys.executable, '-c', {SLEEP!r}), folder / 'log', folder))\n"
            "print(process.pid, flush=True); time.sleep(60)"
        )
        parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        pid = int(parent.stdout.readline())
        watched = os.pidfd_open(pid)

        parent.kill()
        parent.communicate()

        ended, _, _ = select.select([watched], [], [], 10)
        os.close(watched)
        assert ended


class TestKillGroup:
    def test_what_the_child_started_ends_too(self, tmp_path: Path):
        # The grandchild holds a pipe open: reading its end returns once it is dead.
        reader, writer = os.pipe()
        script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}], pass_fds=[{writer}])"
        os.set_inheritable(writer, True)
        process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, pass_fds=[writer])
        os.close(writer)

        kill_group(process)

        assert process.returncode == -signal.SIGKILL
        assert os.read(reader, 1) == b""
        os.close(reader)

    def test_a_child_that_is_gone_is_no_error(self, tmp_path: Path):
        process = start(make_child(tmp_path, "pass"))
        process.wait()

        kill_group(process)

        assert process.returncode == 0


class TestRotateLog:
    def test_a_long_log_is_put_aside(self, tmp_path: Path):
        log = tmp_path / "web.log"
        log.write_text("long")

        rotate_log(log, longest_bytes=3)

        assert not log.exists()
        assert (tmp_path / "web.log.1").read_text() == "long"

    def test_a_short_log_stays(self, tmp_path: Path):
        log = tmp_path / "web.log"
        log.write_text("ok")

        rotate_log(log, longest_bytes=child_module.LONGEST_LOG_BYTES)

        assert log.read_text() == "ok"
