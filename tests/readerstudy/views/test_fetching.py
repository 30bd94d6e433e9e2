"""The page on which a coordinator searches in an archive and has series fetched. The archive answers over real HTTP."""

import json

import pytest

from readerstudy.core.archives import parse_archives
from readerstudy.models import AuditEvent, Fetch, FetchState, Task, TaskState
from tests.readerstudy.remote.hostile import request_of, serving

STUDY = {
    "0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00100020": {"vr": "LO", "Value": ["QZ1"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Quimby^Zelda<b>"}]},
    "00081030": {"vr": "LO", "Value": ["LUMBAR SPINE"]},
}  # fmt: skip
SERIES = {
    "0020000E": {"vr": "UI", "Value": ["1.2.3.4"]}, "00200011": {"vr": "IS", "Value": [4]},
    "0008103E": {"vr": "LO", "Value": ["T2 SAG"]}, "00201209": {"vr": "IS", "Value": [20]},
}  # fmt: skip


@pytest.fixture
def asked():
    """What the archive was asked, line by line."""
    return []


@pytest.fixture
def archive(settings, asked):
    def answer(handler):
        request = request_of(handler)
        asked.append(request.partition("\r\n")[0])
        body = json.dumps([SERIES if "/series?" in request else STUDY]).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)

    with serving(answer) as port:
        settings.ARCHIVES = parse_archives([f"main=http://127.0.0.1:{port}/dicom-web"])
        yield settings.ARCHIVES[0]


@pytest.fixture
def page(cast, sign_in, study):
    client = sign_in(cast.coordinator)

    def ask(below="", data=None, **extra):
        address = f"/studies/{study.slug}/fetch/{below}"
        return client.get(address, **extra) if data is None else client.post(address, data, follow=True, **extra)

    return ask


SEARCH = {"archive": "main", "patient_id": "QZ1", "modality": "MR"}


class TestSearch:
    def test_without_an_archive_it_says_who_names_them(self, page):
        assert "READERSTUDY_ARCHIVES" in page().content.decode()

    def test_what_is_found_stands_in_the_answer_and_nowhere_else(self, page, archive, asked, caplog):
        response = page(data=SEARCH)
        text = response.content.decode()

        assert "Quimby Zelda&lt;b&gt;" in text
        assert 'value="1.2.3/1.2.3.4/4"' in text
        assert "no-store" in response["Cache-Control"]
        assert "PatientID=QZ1" in asked[0]
        assert "Quimby" not in page().content.decode()
        kept = str(list(AuditEvent.objects.values_list("detail"))) + caplog.text
        assert "Quimby" not in kept
        assert "QZ1" not in kept

    @pytest.mark.parametrize(
        "changes", [{"patient_id": ""}, {"patient_id": "Q*"}, {"archive": "other"}, {"since": "yesterday"}]
    )
    def test_a_bad_one_asks_nobody(self, page, archive, asked, changes):
        text = page(data=SEARCH | changes).content.decode()

        assert "errorlist" in text
        assert asked == []

    def test_trouble_is_told(self, page, settings):
        settings.ARCHIVES = parse_archives(["main=http://127.0.0.1:1/dicom-web"])

        assert "cannot be reached" in page(data=SEARCH).content.decode()

    def test_it_is_for_coordinators(self, cast, sign_in, study, archive, asked):
        for who, status in ((cast.statistician, 403), (cast.reader_one.user, 403), (cast.outsider, 404)):
            client = sign_in(who)
            assert client.get(f"/studies/{study.slug}/fetch/").status_code == status
            assert client.post(f"/studies/{study.slug}/fetch/", SEARCH).status_code == status
        assert asked == []


class TestFetch:
    def test_ticked_series_are_put_on_the_list(self, page, archive, study):
        fast = study.arms.get(code="FAST")
        ticked = {"archive": "main", "series": ["1.2.3/1.2.3.4/4", "1.2.3/1.2.3.5"], "arm": fast.pk}
        text = page("begin/", ticked).content.decode()

        assert "2 series will be fetched." in text
        assert {(one.series_uid, one.arm) for one in Fetch.objects.all()} == {("1.2.3.4", fast), ("1.2.3.5", fast)}
        assert "1.2.3.4" not in text

    @pytest.mark.parametrize(
        "changes", [{"series": []}, {"series": ["1.2.3/x"]}, {"archive": "other"}, {"arm": "999999"}]
    )
    def test_a_bad_one_is_told(self, page, archive, changes):
        response = page("begin/", {"archive": "main", "series": ["1.2.3/1.2.3.4"], "arm": ""} | changes)

        assert "message error" in response.content.decode()
        assert not Fetch.objects.exists()

    def test_a_failed_one_is_tried_again_or_cancelled(self, page, archive):
        page("begin/", {"archive": "main", "series": ["1.2.3/1.2.3.4/4"]})
        Task.objects.update(state=TaskState.FAILED, error="The archive is asleep.")
        pk = Fetch.objects.get().pk

        assert "The archive is asleep." in page(HTTP_HX_REQUEST="true").content.decode()
        assert "fetched again" in page(f"{pk}/retry/", {}).content.decode()
        assert "thrown away" in page(f"{pk}/cancel/", {}).content.decode()
        assert Fetch.objects.get().state == FetchState.CANCELLED

    def test_that_of_another_study_is_404(self, page, cast, sign_in, archive):
        other = cast.outsider.memberships.get().study
        sign_in(cast.outsider).post(
            f"/studies/{other.slug}/fetch/begin/", {"archive": "main", "series": ["1.2.3/1.2.3.4"]}
        )
        pk = Fetch.objects.get().pk

        assert page(f"{pk}/cancel/", {}).status_code == 404
