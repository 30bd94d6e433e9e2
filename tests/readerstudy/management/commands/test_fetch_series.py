"""`manage.py fetch_series`: what it lists, and what it says of bad input. Real archives: tests/flow."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from readerstudy.core.archives import parse_archives
from readerstudy.models import Fetch, FetchState
from tests.readerstudy.remote.hostile import request_of, serving
from tests.readerstudy.views.test_fetching import SERIES, STUDY

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive(settings):
    """Answers searches; of a series it has nothing to send."""

    def answer(handler):
        request = request_of(handler)
        rows = json.dumps([SERIES if "/series?" in request else STUDY]).encode()
        status, body = ("200 OK", rows) if "?" in request.partition("\r\n")[0] else ("404 Not Found", b"")
        handler.wfile.write(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode() + body)

    with serving(answer) as port:
        settings.ARCHIVES = parse_archives([f"main=http://127.0.0.1:{port}/dicom-web"])
        yield settings.ARCHIVES[0]


def run(*words):
    out = io.StringIO()
    call_command("fetch_series", *words, stdout=out)
    return out.getvalue()


def test_it_lists_series_and_names_nobody(archive, study):
    printed = run(study.slug, "--patient-id", "QZ1", "--list", "--json")

    assert json.loads(printed)["series"] == [{"series": "1.2.3/1.2.3.4", "number": 4, "modality": "", "images": 20}]
    assert "Quimby" not in printed
    assert not Fetch.objects.exists()
    assert "1 series." in run(study.slug, "--patient-id", "QZ1", "--list")


def test_what_cannot_be_fetched_is_told_and_left_to_nobody(archive, study):
    with pytest.raises(CommandError, match="Not everything"):
        run(study.slug, "--series", "1.2.3/1.2.3.4")

    assert (Fetch.objects.get().state, Fetch.objects.get().series_uid) == (FetchState.CANCELLED, "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere", "--patient-id", "QZ1"], "no study"),
        (["spine-study", "--patient-id", "QZ1", "--archive", "other"], "no archive"),
        (["spine-study", "--patient-id", "QZ1", "--arm", "X"], "no arm"),
        (["spine-study"], "what to search for"),
        (["spine-study", "--series", "1.2.3"], "names no series"),
    ],
)
def test_bad_input_is_one_clear_line(archive, study, words, told):
    with pytest.raises(CommandError, match=told):
        run(*words)


def test_without_an_archive_it_says_which_setting(study, settings):
    settings.ARCHIVES = ()
    with pytest.raises(CommandError, match="READERSTUDY_ARCHIVES"):
        run(study.slug, "--patient-id", "QZ1")
