"""The DICOM client against peers that answer badly; those that answer well are in tests/flow/test_fetching.py."""

import contextlib
import struct
import time

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as Find

from readerstudy.core.archives import ArchiveTrouble
from readerstudy.core.found import Question
from readerstudy.remote import dimse
from tests.readerstudy.remote.hostile import dicom_archive, serving

QUESTION = Question(patient_id="P1")


def search(port):
    return dimse.search(dicom_archive(port), QUESTION, our_title="READERSTUDY")


@contextlib.contextmanager
def node(answers):
    """A node that answers a C-FIND with whatever `answers` yields: status and identifier."""
    entity = AE("NODE")
    entity.add_supported_context(Find)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, answers)])
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()


def row(number, level):
    found = Dataset()
    found.QueryRetrieveLevel = level
    found.PatientID, found.StudyInstanceUID, found.SeriesInstanceUID = "P1", f"1.2.{number}", f"1.2.{number}.1"
    return found


class TestSearch:
    @pytest.mark.parametrize(
        "sent",
        [
            b"",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            struct.pack(">BBL", 2, 0, 0xFFFFFFFF) + b"x" * 4096,  # an acceptance of 4 GiB
            struct.pack(">BBL", 2, 0, 74) + b"\xff" * 74,
            struct.pack(">BBL", 3, 0, 4) + bytes([0, 1, 1, 3]),  # a rejection
        ],
    )
    def test_a_peer_that_speaks_something_else_is_told(self, sent):
        def answer(handler):
            handler.rfile.read1(65536)
            handler.wfile.write(sent)

        with serving(answer) as port, pytest.raises(ArchiveTrouble):
            search(port)

    def test_more_than_are_listed_are_not_waited_for(self, monkeypatch):
        monkeypatch.setattr(dimse, "MOST_STUDIES", 3)

        def answers(event):
            level = event.identifier.QueryRetrieveLevel
            for number in range(2000 if level == "STUDY" else 1):
                if event.is_cancelled:
                    yield 0xFE00, None
                    return
                yield 0xFF00, row(number, level)

        with node(answers) as port:
            found = search(port)
        assert (len(found.studies), found.more) == (3, True)

    def test_an_answer_without_end_is_cut_off(self, monkeypatch):
        monkeypatch.setattr(dimse, "MOST_ANSWERS", 200)

        def answers(event):
            while True:
                yield 0xFF00, row(1, "STUDY")

        began = time.monotonic()
        with node(answers) as port, pytest.raises(ArchiveTrouble, match="too much"):
            search(port)
        assert time.monotonic() - began < 20

    def test_a_failure_is_told_with_its_code(self):
        def answers(event):
            yield 0xA700, None

        with node(answers) as port, pytest.raises(ArchiveTrouble, match="A700"):
            search(port)

    def test_rows_without_anything_usable_are_left_out(self):
        def answers(event):
            level = event.identifier.QueryRetrieveLevel
            bare = Dataset()
            bare.QueryRetrieveLevel = level
            yield 0xFF00, bare
            yield 0xFF00, row("x", level)
            odd = row(7, level)
            odd.StudyDescription, odd.SeriesDescription, odd.SeriesNumber = ["A", "B"], "T2\x07 SAG", None
            yield 0xFF00, odd

        with node(answers) as port:
            (study,) = search(port).studies
        assert (study.uid, [one.uid for one in study.series]) == ("1.2.7", ["1.2.7.1"])
        assert study.series[0].description == "T2 SAG"
