"""Archives that are not ours, running: an Orthanc (DICOMweb, C-FIND, C-GET, C-MOVE) and dcmtk's `dcmqrscp`."""

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.flow.network import wait_for, write_files
from tests.readerstudy.services.sending import sagittal_series
from tests.real_stack import free_port

USER, PASSWORD = "reader", "s3,cret%"
WRITTEN = "reader:s3%2Ccret%25"  # as the setting has it


@dataclass(frozen=True)
class Node:
    """Where an archive answers; `http` is 0 where it has no web server."""

    dicom: int
    http: int = 0

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.http}/dicom-web"


@contextlib.contextmanager
def orthanc(folder: Path, *, destinations: Mapping[str, int] | None = None) -> Iterator[Node]:
    """`destinations`: AE title to port, to which it may send by C-MOVE."""
    node = Node(free_port(), free_port())
    known = {title.lower(): [title, "127.0.0.1", port] for title, port in (destinations or {}).items()}
    content = {
        "StorageDirectory": str(folder / "storage"), "IndexDirectory": str(folder / "storage"),
        "HttpPort": node.http, "DicomPort": node.dicom, "DicomAet": "ORTHANC", "RemoteAccessAllowed": True,
        "AuthenticationEnabled": True, "RegisteredUsers": {USER: PASSWORD}, "DicomModalities": known,
        "DicomAlwaysAllowFind": True, "DicomAlwaysAllowGet": True, "DicomAlwaysAllowMove": True,
        "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"], "DicomWeb": {"Enable": True},
    }  # fmt: skip
    (folder / "orthanc.json").write_text(json.dumps(content))

    def answers() -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://127.0.0.1:{node.http}/system", auth=(USER, PASSWORD), timeout=5).ok
        return False

    with (folder / "orthanc.log").open("wb") as log:
        process = subprocess.Popen(["Orthanc", str(folder / "orthanc.json")], stdout=log, stderr=log)
        try:
            wait_for(answers)
            yield node
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def dcmqrscp(folder: Path, *options: str, destinations: Mapping[str, int] | None = None) -> Iterator[Node]:
    node = Node(free_port())
    hosts = "".join(f"{title.lower()} = ({title}, 127.0.0.1, {port})\n" for title, port in (destinations or {}).items())
    (folder / "storage").mkdir()
    (folder / "dcmqrscp.cfg").write_text(
        f"NetworkTCPPort = {node.dicom}\nMaxPDUSize = 16384\nMaxAssociations = 8\nHostTable BEGIN\n{hosts}"
        "HostTable END\nVendorTable BEGIN\nVendorTable END\nAETable BEGIN\n"
        f"ARCHIVE {folder / 'storage'} RW (9, 1024mb) ANY\nAETable END\n"
    )
    process = subprocess.Popen(["dcmqrscp", "-c", str(folder / "dcmqrscp.cfg"), *options])
    echo = ["echoscu", "-aec", "ARCHIVE", "127.0.0.1", str(node.dicom)]
    try:
        wait_for(lambda: subprocess.run(echo, capture_output=True, check=False).returncode == 0)
        yield node
    finally:
        process.terminate()
        process.wait(30)


def archived_files(number: int, **changes: object) -> Mapping[str, bytes]:
    """Two series of one examination of patient QZ<number>: 3 images and 2."""
    identity = {
        "PatientID": f"QZ{number}", "PatientName": "Quimby^Zelda", "StudyInstanceUID": f"1.2.4711.{number}",
        "StudyDate": "20260131", "StudyDescription": "LUMBAR SPINE", "AccessionNumber": f"A{number}",
    } | changes  # fmt: skip
    soc = sagittal_series(f"1.2.4711.{number}.1", seed=number, folder="soc", SeriesNumber="4", **identity)
    fast = sagittal_series(
        f"1.2.4711.{number}.2", seed=number + 1, folder="fast", SeriesNumber="5", count=2, **identity
    )
    return {**soc, **fast}


def store(node: Node, title: str, folder: Path, files: Mapping[str, bytes], *options: str) -> None:
    paths = [str(path) for path in write_files(folder, files)]
    command = ["storescu", *options, "-aec", title, "127.0.0.1", str(node.dicom), *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
