"""Who may open an association, what is taken of theirs, and with which code the others are turned away."""

import pytest

from readerstudy.core.dicom import MR_IMAGE
from readerstudy.core.lifecycle import Status
from readerstudy.core.peers import parse_allow_list
from readerstudy.models import Study
from readerstudy.receiver import door
from readerstudy.services import receiving, uploads

PEERS = parse_allow_list(["PACS@192.0.2.7"])


@pytest.fixture
def title(cast):
    return receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")


def knock(called="SPINE", calling="PACS", address="192.0.2.7"):
    return door.admit(called=called, calling=calling, address=address, peers=PEERS)


class TestAdmit:
    def test_who_is_on_the_list_and_calls_a_study(self, title):
        sender = knock()

        assert (sender.title, sender.name) == (title, "PACS at 192.0.2.7")

    def test_our_own_title_is_for_an_echo(self, title, settings):
        assert knock(called=settings.DICOM_AE_TITLE) is None

    @pytest.mark.parametrize("caller", [{"calling": "PAX"}, {"address": "192.0.2.8"}])
    def test_a_stranger_is_turned_away_and_the_study_is_told(self, title, caller):
        with pytest.raises(door.TurnedAway, match="not on the list") as refused:
            knock(**caller)

        assert (refused.value.rejection, refused.value.study) == (door.CALLING_TITLE_UNKNOWN, title.study)

    def test_a_title_that_no_study_has(self, title):
        with pytest.raises(door.TurnedAway, match="No study") as refused:
            knock(called="SPINE2")

        assert (refused.value.rejection, refused.value.study) == (door.CALLED_TITLE_UNKNOWN, None)

    def test_a_closed_title(self, title, cast):
        receiving.close_title(title, actor=cast.coordinator)

        with pytest.raises(door.TurnedAway, match="closed"):
            knock()
        receiving.open_title(title, actor=cast.coordinator)
        assert knock().title == title

    def test_a_sealed_study(self, title):
        Study.objects.filter(pk=title.study_id).update(status=Status.READING)

        with pytest.raises(door.TurnedAway, match="READING") as refused:
            knock()
        assert refused.value.study == title.study

    def test_a_full_disk_is_a_passing_refusal(self, title, monkeypatch):
        monkeypatch.setattr(uploads, "FREE_BYTES_KEPT", 1 << 60)

        with pytest.raises(door.TurnedAway, match="no room") as refused:
            knock()
        assert refused.value.rejection == door.LOCAL_LIMIT


class TestRequireImage:
    def test_an_mr_image_is_taken(self):
        door.require_image(sop_class=MR_IMAGE, sop_instance="1.2.3", negotiated=MR_IMAGE)

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"sop_instance": "1.2.x"}, door.CANNOT_UNDERSTAND),
            ({"sop_instance": "../../etc"}, door.CANNOT_UNDERSTAND),
            ({"negotiated": "1.2.840.10008.5.1.4.1.1.2"}, door.CLASS_DOES_NOT_MATCH),
            (
                {"sop_class": "1.2.840.10008.5.1.4.1.1.2", "negotiated": "1.2.840.10008.5.1.4.1.1.2"},
                door.CLASS_NOT_SUPPORTED,
            ),
        ],
    )
    def test_what_else_is_refused_with_its_code(self, changes, status):
        with pytest.raises(door.NotTaken) as refused:
            door.require_image(**{"sop_class": MR_IMAGE, "sop_instance": "1.2.3", "negotiated": MR_IMAGE} | changes)

        assert refused.value.status == status
