"""The page on which a coordinator lets scanners and archives send, and sees what came of it."""

import re

import pytest

from readerstudy.core.peers import parse_allow_list
from readerstudy.models import Arrival, FileStatus, ReceivingTitle, SendingToken, UploadState, Way
from readerstudy.services import receiving, refusals, sending_tokens
from readerstudy.services.receiving import Sender
from tests.cast import person


@pytest.fixture
def page(cast, sign_in, study):
    """Ask for the page, or post to an address below it."""
    client = sign_in(cast.coordinator)

    def ask(below=None, data=None, **extra):
        address = f"/studies/{study.slug}/sending/"
        if data is None and below is None:
            return client.get(address, **extra)
        return client.post(address + (below or ""), data or {}, follow=True, **extra)

    return ask


@pytest.fixture
def arrival(cast, tmp_path):
    title = receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")
    (tmp_path / "a").write_bytes(b"1")
    receiving.take(Sender("PACS at 192.0.2.7", title=title), name="a", path=tmp_path / "a")
    return Arrival.objects.get()


class TestSending:
    def test_it_says_that_the_receiver_is_off(self, page):
        assert "READERSTUDY_DICOM_PORT" in page().content.decode()

    def test_it_says_how_to_send(self, page, settings, study):
        settings.DICOM_PORT, settings.DICOM_PEERS = 11112, parse_allow_list(["PACS@192.0.2.7"])
        settings.PUBLIC_URL = "https://study.example.org"
        text = page().content.decode()

        for words in (
            "11112",
            "study.example.org",
            "PACS@192.0.2.7",
            f"https://study.example.org/dicom-web/{study.slug}/studies",
        ):
            assert words in text

    def test_what_arrived_and_what_was_refused(self, page, study, arrival):
        refusals.note(
            study, way=Way.DICOM, sender="MR1 at 192.0.2.9", called="SPINE", reason="not on the list", count=3
        )
        text = page().content.decode()

        assert "PACS at 192.0.2.7" in text
        assert "MR1 at 192.0.2.9" in text
        assert "Receiving" in text

    def test_what_the_worker_held_is_told_and_the_latest_is_first(self, page, arrival, cast, tmp_path):
        arrival.upload.files.update(status=FileStatus.HELD)
        receiving.close(arrival, actor=None)
        receiving.take(Sender("MR2 at 192.0.2.8", title=arrival.title), name="b", path=tmp_path / "a")
        text = page().content.decode()

        assert "1 held" in text
        assert text.index("MR2 at 192.0.2.8") < text.index("PACS at 192.0.2.7")

    def test_the_part_that_refreshes_is_a_part(self, page, arrival):
        text = page(HTTP_HX_REQUEST="true").content.decode()

        assert text.lstrip().startswith('<div id="arrivals"')

    def test_it_is_for_coordinators(self, cast, sign_in, study):
        for who, status in ((cast.statistician, 403), (cast.reader_one.user, 403), (cast.outsider, 404)):
            assert sign_in(who).get(f"/studies/{study.slug}/sending/").status_code == status


class TestTitles:
    def test_one_is_made_for_an_arm(self, page, study):
        fast = study.arms.get(code="FAST")
        response = page("titles/", {"title": "spine_fast", "arm": fast.pk})

        assert "comes into this study now" in response.content.decode()
        assert (ReceivingTitle.objects.get().title, ReceivingTitle.objects.get().arm) == ("SPINE_FAST", fast)

    @pytest.mark.parametrize("title", ["", "spine spine", "A" * 17])
    def test_a_bad_one_is_told(self, page, title):
        response = page("titles/", {"title": title})

        assert "message error" in response.content.decode()
        assert not ReceivingTitle.objects.exists()

    def test_an_arm_of_another_study_is_refused(self, page, cast):
        other = cast.outsider.memberships.get().study.arms.first()
        page("titles/", {"title": "SPINE", "arm": other.pk})

        assert not ReceivingTitle.objects.exists()

    def test_it_is_closed_and_opened(self, page, cast):
        title = receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")
        page(f"titles/{title.pk}/close/", {"x": ""})
        title.refresh_from_db()
        assert title.closed_at
        page(f"titles/{title.pk}/open/", {"x": ""})
        title.refresh_from_db()
        assert title.closed_at is None

    def test_that_of_another_study_is_404(self, page, cast):
        other = receiving.add_title(cast.outsider.memberships.get().study, actor=cast.outsider, title="OTHER")

        assert page(f"titles/{other.pk}/close/", {"x": ""}).status_code == 404


class TestTokens:
    def test_the_secret_is_shown_once(self, page):
        shown = page(None, {"name": "archive", "days": "30", "arm": ""}).content.decode()
        secret = re.search(r'value="(rss_[^"]+)"', shown)[1]

        assert sending_tokens.token_of(secret) == SendingToken.objects.get()
        assert secret not in page().content.decode()

    def test_it_is_revoked(self, page, cast):
        token, secret = sending_tokens.make(cast.study, actor=cast.coordinator, name="archive", days=30)
        page(f"tokens/{token.pk}/revoke/", {"x": ""})

        assert sending_tokens.token_of(secret) is None


class TestArrivals:
    def test_it_is_read_at_once_when_asked(self, page, arrival):
        page(f"arrivals/{arrival.pk}/close/", {"x": ""})
        arrival.upload.refresh_from_db()

        assert arrival.upload.state == UploadState.QUEUED

    def test_the_list_of_refusals_is_emptied(self, page, study):
        refusals.note(study, way=Way.DICOM, sender="MR1", called="SPINE", reason="closed")
        page("refusals/clear/", {"x": ""})

        assert not study.refusals.exists()


class TestReceiver:
    def test_an_administrator_sees_who_was_turned_away(self, sign_in, cast, settings):
        settings.DICOM_PORT, settings.DICOM_PEERS = 11112, parse_allow_list(["PACS@192.0.2.7"])
        refusals.note(None, way=Way.DICOM, sender="MR1 at 192.0.2.9", called="SPIN", reason="No study has it.")
        text = sign_in(person("installer", is_staff=True)).get("/receiver/").content.decode()

        for words in ("11112", "PACS@192.0.2.7", "MR1 at 192.0.2.9", "SPIN"):
            assert words in text

    def test_nobody_else_does(self, sign_in, cast):
        assert sign_in(cast.coordinator).get("/receiver/").status_code == 404
