"""The DICOMweb client against servers that answer badly; those that answer well are in tests/flow/test_fetching.py."""

import json
import threading
import time

import pytest

from readerstudy.core.archives import ArchiveTrouble
from readerstudy.core.found import MOST_STUDIES, Question, SeriesPlace
from readerstudy.remote import dicomweb
from tests.readerstudy.remote.hostile import http, request_of, serving, web_archive

QUESTION = Question(patient_id="P1")
PLACE = SeriesPlace("1.2.3", "1.2.3.4")
MULTIPART = 'multipart/related; type="application/dicom"; boundary=b0'


def search(answer):
    with serving(answer) as port:
        return dicomweb.search(web_archive(port), QUESTION)


def study_row(number, **changes):
    row = {"0020000D": {"vr": "UI", "Value": [f"1.2.{number}"]}, "00100020": {"vr": "LO", "Value": ["P1"]}}
    return {**row, **changes}


def archive_of(studies, series=({"0020000E": {"Value": ["1.2.3.4"]}},)):
    """Answers with these studies, and with these series for each."""

    def answer(handler):
        rows = series if "/series?" in request_of(handler) else studies
        body = json.dumps(rows).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)

    return answer


class TestSearch:
    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (http("302 Found", Location="http://127.0.0.1:1/"), "not followed"),
            (http("401 Unauthorized"), "credentials"),
            (http("500 Oops"), "HTTP 500"),
            (http("200 OK", b"<html>"), "no application/dicom"),
            (http("200 OK", b'{"a": 1}'), "no application/dicom"),
            (http("200 OK", b"[[1]]"), "no application/dicom"),
            (http("200 OK", b"[" * 100_000), "no application/dicom"),
            (http("200 OK", b"[]", Content_Length="99"), "broke"),
            (http("200 OK", b" " * (dicomweb.LONGEST_ANSWER + 1)), "too much"),
            (http("200 OK", b"zz", Transfer_Encoding="chunked"), "broke|no application/dicom"),
            (lambda handler: handler.wfile.write(b"\x00" * 100_000), "broke"),
            (lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"), "broke"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, answer, words):
        with pytest.raises(ArchiveTrouble, match=words):
            search(answer)

    @pytest.mark.parametrize("body", [b"", b"[]"])
    def test_nothing_found(self, body):
        assert search(http("200 OK", body)).studies == ()
        assert search(http("204 No Content")).studies == ()

    def test_a_redirect_is_not_followed(self):
        called = threading.Event()
        with serving(lambda handler: called.set()) as elsewhere, pytest.raises(ArchiveTrouble):
            search(http("307 Temporary Redirect", Location=f"http://127.0.0.1:{elsewhere}/"))

        assert not called.is_set()

    def test_values_of_every_shape_are_taken_or_left(self):
        odd = [None, 3, "x", [], {"Value": []}, {"Value": None}, {"Value": [None]}, {"Value": [{}]}, {"Value": [[1]]}]
        rows = [study_row(number, **{"00081030": value}) for number, value in enumerate(odd)]
        named = study_row(99, **{"00100010": {"Value": [{"Ideographic": "山田^太郎"}]}})

        found = search(archive_of([*rows, named, {}, {"0020000D": {"Value": ["../x"]}}]))
        assert [one.description for one in found.studies] == [""] * (len(odd) + 1)
        assert found.studies[-1].patient_name == "山田 太郎"

    def test_more_studies_than_are_listed(self):
        found = search(archive_of([study_row(number) for number in range(MOST_STUDIES + 500)]))

        assert (len(found.studies), found.more) == (MOST_STUDIES, True)

    def test_another_patients_studies_are_not_shown(self):
        rows = [study_row(1), study_row(2, **{"00100020": {"Value": ["P2"]}})]

        assert [one.uid for one in search(archive_of(rows)).studies] == ["1.2.1"]


class TestSeries:
    def parts(self, answer, within_s=20.0):
        with (
            serving(answer) as port,
            dicomweb.series_parts(web_archive(port), PLACE, within_s=within_s) as parts,
        ):
            return [b"".join(part.chunks()) for part in parts]

    def test_its_parts_come_one_after_the_other(self):
        body = b"--b0\r\nContent-Type: application/dicom\r\n\r\none\r\n--b0\r\n\r\ntwo\r\n--b0--"

        assert self.parts(http("200 OK", body, Content_Type=MULTIPART)) == [b"one", b"two"]

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (http("200 OK", b"{}"), "another kind"),
            (http("200 OK", b"--b0\r\n\r\none", Content_Type=MULTIPART), "broke off"),
            (http("200 OK", b"--b0\r\n\r\none\r\n--b0--", Content_Type="multipart/related"), "broke off"),
            (http("404 Not Found"), "HTTP 404"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, answer, words):
        with pytest.raises(ArchiveTrouble, match=words):
            self.parts(answer)

    def test_one_that_drips_for_ever_is_cut_off(self):
        def drip(handler):
            request_of(handler)
            handler.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {MULTIPART}\r\n\r\n--b0\r\n\r\n".encode())
            while True:
                handler.wfile.write(b"x")
                time.sleep(0.05)

        began = time.monotonic()
        with pytest.raises(ArchiveTrouble):
            self.parts(drip, within_s=0.5)
        assert time.monotonic() - began < 5

    def test_a_header_that_drips_is_cut_off_too(self):
        def drip(handler):
            while True:
                handler.wfile.write(b"H")
                time.sleep(0.05)

        with pytest.raises(ArchiveTrouble):
            self.parts(drip, within_s=0.5)
