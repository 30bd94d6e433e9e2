"""A running product with its DICOM receiver, and other people's programs that send to it."""

import json
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.frail_server import below, words_of
from tests.real_stack import Stack

OUR_TITLE = "OURNODE"
IDLE_S = 3
WITHIN_S = 60.0
# A draft with one AE title and one for an arm, another study's title, and a study that is read already.
PREPARE = """
from django.conf import settings
from enhancement.services import external
from readerstudy.models import Study
from readerstudy.services import receiving, sending_tokens, studies
from tests.cast import make_cast
cast = make_cast()
other = Study.objects.get(slug="another-study")
made_elsewhere = studies.create_study(actor=cast.outsider, title="Made elsewhere")
made_elsewhere.arms.filter(code="SOC-DL").update(source=None)
receiving.add_title(made_elsewhere, actor=cast.outsider, title="ELSEWHERE")
if settings.ENHANCEMENT_NODES:
    external.set_engine(made_elsewhere, actor=cast.outsider, node=settings.ENHANCEMENT_NODES[0].name)
frozen = studies.create_study(actor=cast.outsider, title="Frozen study")
fast = cast.study.arms.get(code="FAST")
receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")
receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE_FAST", arm=fast)
receiving.add_title(other, actor=cast.outsider, title="OTHER")
receiving.add_title(frozen, actor=cast.outsider, title="FROZEN")
Study.objects.filter(pk=frozen.pk).update(status="reading")
print("SECRET", sending_tokens.make(cast.study, actor=cast.coordinator, name="archive", days=1)[1])
"""


def settings_of(port: int) -> dict[str, str]:
    return {
        "READERSTUDY_DICOM_PORT": str(port),
        "READERSTUDY_DICOM_BIND": "127.0.0.1",
        "READERSTUDY_DICOM_AE_TITLE": OUR_TITLE,
        "READERSTUDY_DICOM_PEERS": "SCANNER1@127.0.0.1,ARCHIVE@127.0.0.1,ORTHANC@127.0.0.1,VENDORX@127.0.0.1",
        "READERSTUDY_ARRIVAL_IDLE_S": str(IDLE_S),
    }


@dataclass(frozen=True)
class Network:
    """The product as its peers see it, and as its database tells."""

    stack: Stack
    port: int
    secret: str

    def run(self, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)

    def echo(self, called: str, calling: str = "SCANNER1") -> "subprocess.CompletedProcess[str]":
        return self.run("echoscu", "-aet", calling, "-aec", called, "127.0.0.1", str(self.port))

    def store(
        self, paths: Sequence[Path], called: str, *options: str, calling: str = "SCANNER1"
    ) -> "subprocess.CompletedProcess[str]":
        files = [str(path) for path in paths]
        return self.run("storescu", *options, "-aet", calling, "-aec", called, "127.0.0.1", str(self.port), *files)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        database = sqlite3.connect(f"file:{self.stack.data_dir / 'readerstudy.sqlite3'}?mode=ro", uri=True, timeout=20)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def reports(self, called: str) -> list[dict[str, int]]:
        """Of every upload that came by this AE title, oldest first: its state, and how many files of each status."""
        found: dict[int, dict[str, int]] = {}
        rows = self.rows(
            "select u.id, u.state, f.status, count(f.id) from readerstudy_upload u"
            " join readerstudy_arrival a on a.upload_id = u.id"
            " left join readerstudy_receivingtitle t on t.id = a.title_id"
            " left join readerstudy_sendingtoken k on k.id = a.token_id"
            " left join readerstudy_uploadedfile f on f.upload_id = u.id"
            " where coalesce(t.title, k.name) = ? group by u.id, u.state, f.status order by u.id",
            called,
        )
        for upload, state, status, count in rows:
            found.setdefault(upload, {state: 1})
            if status:
                found[upload][status] = count
        return list(found.values())

    def wait_until_read(self, called: str, *, uploads: int) -> list[dict[str, int]]:
        """Until the worker is through with so many uploads."""
        wait_for(lambda: sum("done" in one for one in self.reports(called)) >= uploads)
        return self.reports(called)

    def slices_of_series(self, slug: str) -> list[int]:
        rows = self.rows(
            "select s.slices from readerstudy_series s join readerstudy_study t on t.id = s.study_id"
            " where t.slug = ? and s.removed_at is null order by s.id",
            slug,
        )
        return [slices for (slices,) in rows]

    def arms_of(self, slug: str) -> list[tuple[str, str]]:
        """Arm and participant of every series of a study that has an arm."""
        return self.rows(
            "select a.code, p.code from readerstudy_series s join readerstudy_arm a on a.id = s.arm_id"
            " join readerstudy_participant p on p.id = s.participant_id"
            " join readerstudy_study t on t.id = s.study_id where t.slug = ? and s.removed_at is null order by s.id",
            slug,
        )

    def files_fetched(self) -> list[tuple[str, str]]:
        """State of each fetch and status of each of its files."""
        return self.rows(
            "select t.state, f.status from readerstudy_fetch t"
            " join readerstudy_uploadedfile f on f.upload_id = t.upload_id order by f.id"
        )

    def refusals(self) -> list[tuple[str, str, str, str | None]]:
        """Sender, called title, reason and study of everything that was refused."""
        return self.rows(
            "select r.sender, r.called, r.reason, t.slug from readerstudy_refusal r"
            " left join readerstudy_study t on t.id = r.study_id"
        )

    def receiver_pid(self) -> int:
        return next(pid for pid in below(self.stack.supervisor_pid) if "receive_dicom" in words_of(pid))

    def resident_mib(self) -> float:
        pages = int(Path(f"/proc/{self.receiver_pid()}/statm").read_text().split()[1])
        return pages * 4096 / 2**20


def prepare(stack: Stack, port: int) -> Network:
    printed = stack.manage("shell", "-c", PREPARE)
    secret = next(line.split()[1] for line in printed.splitlines() if line.startswith("SECRET"))
    network = Network(stack, port, secret)
    wait_for(lambda: network.echo(OUR_TITLE).returncode == 0)
    return network


def wait_for(is_so: Callable[[], bool], *, within_s: float = WITHIN_S) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, content in enumerate(files.values(), start=1):
        paths.append(folder / f"{number}.dcm")
        paths[-1].write_bytes(content)
    return paths


def missing(*programs: str) -> str:
    """Which of these programs are not installed, as words for a skip; empty where all are."""
    absent = [name for name in programs if not shutil.which(name)]
    return (
        f"{', '.join(absent)} not installed (Debian: apt-get install dcmtk orthanc orthanc-dicomweb)" if absent else ""
    )


def orthanc_settings(folder: Path, *, http: int, dicom: int, network: Network) -> Path:
    """A configuration of Orthanc that knows us as a modality for each title and as a DICOMweb server."""
    content = {
        "Name": "peer",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpPort": http,
        "DicomPort": dicom,
        "DicomAet": "ORTHANC",
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomModalities": {
            "spine": ["SPINE", "127.0.0.1", network.port],
            "wrong": ["NOBODY", "127.0.0.1", network.port],
        },
        "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        "DicomWeb": {
            "Enable": True,
            "Servers": {
                "spine": {
                    "Url": f"{network.stack.address}/dicom-web/spine-study/",
                    "HttpHeaders": {"Authorization": f"Bearer {network.secret}"},
                }
            },
        },
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(content))
    return path
