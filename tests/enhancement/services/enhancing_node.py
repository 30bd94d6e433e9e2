"""A small enhancement node, as hospitals have them: takes a series by C-STORE, and has something made of it to send.

`python -m tests.enhancement.services.enhancing_node PORT RETURN_PORT` runs one that returns to the title that called.
"""

import contextlib
import copy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import MRImageStorage, Verification

from readerstudy.core.archives import Archive, parse_archives
from tests.real_stack import free_port

Release = Callable[["EnhancingNode", str], None]


@dataclass
class EnhancingNode:
    """What came, by the calling AE title."""

    port: int
    status: int = 0x0000
    came: dict[str, list[Dataset]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def archive(self) -> Archive:
        return parse_archives([f"Vendor X=dicom://VENDORX@127.0.0.1:{self.port}"])[0]

    def take(self, event: evt.Event) -> int:
        dataset = event.dataset
        dataset.file_meta = event.file_meta
        with self.lock:
            self.came.setdefault(event.assoc.requestor.ae_title.strip(), []).append(dataset)
        return self.status

    def made(self, title: str, **options: bool) -> list[Dataset]:
        """The series that it makes of what came under this title last."""
        return [enhanced(one, **options) for one in self.came[title]]

    def send_back(self, title: str, port: int) -> None:
        """To the AE title that called, on this port."""
        entity = AE("VENDORX")
        entity.add_requested_context(MRImageStorage, ExplicitVRLittleEndian)
        association = entity.associate("127.0.0.1", port, ae_title=title)
        assert association.is_established
        try:
            for dataset in self.made(title):
                assert association.send_c_store(dataset).Status == 0x0000
        finally:
            association.release()


def enhanced(source: Dataset, *, names_its_source: bool = True) -> Dataset:
    """One instance with smoother pixels and UIDs of the node's own; patient, study and geometry stay."""
    made = copy.deepcopy(source)
    made.SeriesInstanceUID = f"1.3.6.1.4.1.99999.{abs(hash(source.SeriesInstanceUID)) % 10**9}"
    made.SOPInstanceUID = f"{made.SeriesInstanceUID}.{source.InstanceNumber or 1}"
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.ImageType = ["DERIVED", "SECONDARY", "M"]
    made.SeriesDescription = "VENDOR X"
    values = source.pixel_array
    made.PixelData = ((values.astype("u4") + values.mean().astype("u4")) // 2).astype("<u2").tobytes()
    if names_its_source:
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = source.SOPClassUID, source.SOPInstanceUID
        made.SourceImageSequence = [reference]
    return made


def files_of(datasets: list[Dataset]) -> Mapping[str, bytes]:
    """As files, to be taken in."""
    found = {}
    for number, dataset in enumerate(datasets):
        stream = BytesIO()
        dataset.save_as(stream, enforce_file_format=True)
        found[f"{number}.dcm"] = stream.getvalue()
    return found


@contextlib.contextmanager
def enhancing_node(port: int = 0, *, released: Release | None = None) -> Iterator[EnhancingNode]:
    """A running node; `released` is called with the calling title when a sender has finished."""
    node = EnhancingNode(port or free_port())
    entity = AE("VENDORX")
    entity.add_supported_context(MRImageStorage, ExplicitVRLittleEndian)
    entity.add_supported_context(Verification)

    def finished(event: evt.Event) -> None:
        title = event.assoc.requestor.ae_title.strip()
        if released is not None and title in node.came:
            threading.Thread(target=released, args=(node, title), daemon=True).start()

    handlers = [(evt.EVT_C_STORE, node.take), (evt.EVT_RELEASED, finished)]
    server = entity.start_server(("127.0.0.1", node.port), block=False, evt_handlers=handlers)
    try:
        yield node
    finally:
        server.shutdown()


def main() -> None:
    port, return_port = map(int, sys.argv[1:])
    with enhancing_node(port, released=lambda node, title: node.send_back(title, return_port)):
        threading.Event().wait()


if __name__ == "__main__":
    main()
