"""The question after the last pair: asked when all is finished, kept like a score, blinded until unblinding."""

import pytest

from analysis import queries as analysis_queries
from analysis.services.compute import compute
from analysis.services.export import export_of
from readerstudy.core.errors import WrongState
from readerstudy.core.scoring import GUESS, BadScore
from readerstudy.models import ReadingConditions, ScoreSave
from readerstudy.queries import answers_of
from readerstudy.services import close, guesses
from readerstudy.services.close import scores_sha256
from tests.conftest import REASON, complete_answers, read_pair
from tests.readerstudy.services.sending import silent
from tests.tampering import exchange_sides


@pytest.fixture
def asked(sealed):
    ReadingConditions.objects.create(study=sealed, guess="study")
    return sealed


@pytest.fixture
def reader(asked, cast):
    """A reader who has finished every pair."""
    for allocation in cast.reader_one.allocations.all():
        read_pair(allocation, complete_answers(asked))
    return cast.reader_one


def stored(reader):
    readings = [one.reading for one in reader.allocations.select_related("reading").order_by("position")]
    answers = answers_of(readings)
    return [answers[reading.pk].get(GUESS) for reading in readings]


class TestGuessIsDue:
    def test_when_the_last_pair_is_finished(self, asked, cast):
        first, *rest = cast.reader_one.allocations.all()
        for one in rest:
            read_pair(one, complete_answers(asked))
        assert not guesses.guess_is_due(cast.reader_one)

        read_pair(first, complete_answers(asked))
        assert guesses.guess_is_due(cast.reader_one)

    @pytest.mark.parametrize("when", ["never", "pair"])
    def test_not_where_the_protocol_asks_otherwise(self, reader, when):
        ReadingConditions.objects.update(guess=when)

        assert not guesses.guess_is_due(reader)


class TestSaveGuesses:
    def test_each_is_a_version_and_the_earlier_one_stays(self, reader):
        assert guesses.save_guesses(reader, {1: 1, 2: 2}) == 2
        assert guesses.save_guesses(reader, {1: 3, 2: 2}) == 1

        assert stored(reader)[:3] == [3, 2, None]
        values = ScoreSave.objects.filter(scores__item=GUESS).order_by("pk").values_list("scores__value", flat=True)
        assert list(values) == [1, 2, 3]

    def test_they_are_in_the_trail_and_under_the_checksum_of_the_lock(self, reader, asked):
        before = scores_sha256(asked)

        guesses.save_guesses(reader, {1: 1})

        assert scores_sha256(asked) != before
        assert asked.audit_events.get(action="guess saved").detail["answers"] == {GUESS: 1}

    @pytest.mark.parametrize("given", [{1: 0}, {1: 4}, {99: 1}, {1: 1, 99: 1}], ids=str)
    def test_a_strange_one_is_refused_and_nothing_is_kept(self, reader, given):
        with pytest.raises(BadScore):
            guesses.save_guesses(reader, given)
        assert set(stored(reader)) == {None}

    def test_before_the_last_pair_it_is_refused(self, asked, cast):
        with pytest.raises(WrongState):
            guesses.save_guesses(cast.reader_one, {})

    def test_after_the_lock_it_is_refused(self, reader, asked, cast):
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)

        with pytest.raises(WrongState):
            guesses.save_guesses(reader, {1: 1})


class TestTheJoin:
    def answer_rightly(self, reader):
        """As a reader who knows: the enhanced side, and "cannot tell" where there is none."""
        given = {}
        for one in reader.allocations.all():
            given[one.position] = 1 if one.left_arm.source_id else 3 if one.right_arm.source_id else 2
        guesses.save_guesses(reader, given)

    def test_it_is_made_after_unblinding_and_finds_a_reader_who_knew(self, reader, asked, cast):
        self.answer_rightly(reader)
        close.lock_study(asked, actor=cast.coordinator, reason=REASON)
        study = close.unblind_study(asked, actor=cast.coordinator, reason=REASON)

        analysis = compute(study, silent)

        index = analysis.results["results"]["blinding_index"]
        assert index["by_reader"]["R1"]["bang"]["left"]["index"] == 1
        assert index["neither_enhanced"]["unsure"] == 3
        assert index["all"]["james"]["index"] == 0
        (table,) = [one for one in analysis.results["tables"] if one["name"] == "table_blinding"]
        assert table["rows"][0][:4] == ["all", "6", "0", "0"]
        export = export_of(study)
        described = [variable.name for variable in export.resource("guesses").variables]
        assert list(export.table("guesses").columns) == described

    def test_exchanging_the_arms_turns_the_guess(self, reader, asked, cast):
        self.answer_rightly(reader)
        for one in reader.allocations.all():
            exchange_sides(one)
        asked.status = "unblinded"  # in memory only: the join asks the object

        rows = analysis_queries.guesses_by_arm(asked)

        given = rows[rows.enhanced_side != ""]
        assert len(given) == 6
        assert (given.guess != given.enhanced_side).all()

    def test_a_study_that_did_not_ask_has_no_table_and_no_key(self, unblinded):
        assert analysis_queries.guesses_by_arm(unblinded) is None
        assert "guesses" not in export_of(unblinded).names
        assert "blinding_index" not in compute(unblinded, silent).results["results"]
