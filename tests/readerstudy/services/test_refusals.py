"""What was refused is counted, and a flood stays small."""

from readerstudy.models import Refusal, Way
from readerstudy.services import refusals


def note(study, **changes):
    words = {"way": Way.DICOM, "sender": "PACS at 192.0.2.7", "called": "SPINE", "reason": "closed"}
    refusals.note(study, **(words | changes))


class TestNote:
    def test_the_same_again_counts_up(self, study):
        note(study)
        note(study, count=4)

        assert Refusal.objects.get().count == 5

    def test_without_a_study_too(self, study):
        note(None)
        note(None)

        assert Refusal.objects.get().count == 2

    def test_another_reason_is_another_row(self, study):
        note(study)
        note(study, reason="sealed")

        assert Refusal.objects.count() == 2

    def test_a_flood_of_titles_keeps_the_latest_rows_only(self, study):
        note(study)
        for number in range(refusals.ROWS_KEPT + 20):
            note(None, called=f"T{number}")

        assert Refusal.objects.filter(study=None).count() == refusals.ROWS_KEPT
        assert Refusal.objects.filter(called=f"T{refusals.ROWS_KEPT + 19}").exists()
        assert Refusal.objects.filter(study=study).count() == 1

    def test_what_a_peer_calls_itself_is_made_printable(self, study):
        note(study, sender="a\nb\x1b[0m" + "x" * 200)

        assert Refusal.objects.get().sender.startswith("a?b?[0mx")


class TestClear:
    def test_it_empties_the_list_of_this_study_and_is_recorded(self, study, cast):
        note(study)
        note(None)

        assert refusals.clear(study, actor=cast.coordinator) == 1
        assert Refusal.objects.get().study is None
        assert study.audit_events.filter(action="refusals cleared").exists()
