import pytest

from enhancement.services import simulated_reading
from readerstudy import queries
from readerstudy.core.lifecycle import Status
from readerstudy.models import Reading, ScoreSave, Study
from readerstudy.services import audit


def silent(line: str) -> None:
    pass


class TestNoiseLevels:
    def test_it_measures_every_arm_that_is_shown_and_no_other(self, sealed: Study):
        levels = simulated_reading.noise_levels(sealed)

        assert {arm for _, arm in levels} == {"SOC", "FAST", "FAST-DL"}
        assert {image_set for image_set, _ in levels} == {"S001", "S002", "S003"}


class TestReadEverything:
    def test_every_pair_is_finished_with_every_answer(self, sealed: Study):
        count = simulated_reading.read_everything(sealed, seed=1, say=silent)

        answers = queries.answers_of(Reading.objects.filter(finished_at__isnull=False))
        assert count == sealed.allocations.count() == len(answers)
        assert all(set(queries.scoring_protocol(sealed).required_items()) <= set(one) for one in answers.values())

    def test_a_second_call_reads_nothing_again(self, sealed: Study):
        simulated_reading.read_everything(sealed, seed=1, say=silent)
        saves = ScoreSave.objects.count()

        assert simulated_reading.read_everything(sealed, seed=1, say=silent) == 0
        assert ScoreSave.objects.count() == saves

    def test_the_readers_work_is_in_the_audit_chain(self, sealed: Study):
        simulated_reading.read_everything(sealed, seed=1, say=silent)

        assert sealed.audit_events.filter(action="reading finished").count() == sealed.allocations.count()
        assert audit.verify_chain(sealed) > 0


class TestCloseStudy:
    @pytest.fixture(autouse=True)
    def no_analysis(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(simulated_reading, "finish_work", lambda *args, **options: None)

    def test_it_locks_and_unblinds(self, sealed: Study):
        simulated_reading.read_everything(sealed, seed=1, say=silent)

        simulated_reading.close_study(sealed)
        sealed.refresh_from_db()
        assert sealed.status == Status.UNBLINDED

    def test_a_closed_study_stays_as_it_is(self, sealed: Study):
        simulated_reading.close_study(sealed)
        sealed.refresh_from_db()
        events = sealed.audit_events.count()

        simulated_reading.close_study(sealed)
        assert sealed.audit_events.count() == events
