"""The judge of the random faults finds what it must find: a lost, a doubled, a wrong score."""

import random

import pytest

from benchmarks.fault_reader import Answer, Memory
from benchmarks.fault_verdict import Kept, compare
from benchmarks.faults import FAULTS
from benchmarks.score_faults import schedule

SNR = "feature:snr"


@pytest.fixture
def memory() -> Memory:
    """Pair 4: SNR 2, then 5; finished."""
    return Memory(answers=[Answer(4, SNR, 2, 1), Answer(4, SNR, 5, 3)], finished={4})


def kept(*values: int, current: int | None = 5, who: str = "one", reader: str = "one", finished: bool = True) -> Kept:
    saves = [(who, {SNR: value}) for value in values]
    return Kept(reader, 4, finished, {} if current is None else {SNR: current}, saves)


class TestCompare:
    def test_all_is_well(self, memory):
        verdict = compare(memory, [kept(2, 5)])

        assert (verdict.lost, verdict.doubled, verdict.wrong) == ([], 0, [])

    def test_the_order_of_arrival_does_not_matter(self, memory):
        assert compare(memory, [kept(5, 2)]).wrong == []

    def test_a_lost_answer_is_named_by_its_fault_though_it_was_replaced_later(self, memory):
        assert compare(memory, [kept(5)]).lost == [Answer(4, SNR, 2, 1)]

    def test_a_pair_of_which_nothing_came_is_lost_and_wrong(self, memory):
        memory.finished.clear()
        verdict = compare(memory, [])

        assert verdict.lost == memory.answers
        assert verdict.wrong == ["pair 4, feature:snr: None for 5, given around faults [1, 3]"]

    def test_an_answer_stored_twice_is_doubled(self, memory):
        assert compare(memory, [kept(2, 5, 5)]).doubled == 1

    def test_an_older_answer_that_is_current_is_wrong(self, memory):
        assert compare(memory, [kept(2, 5, current=2)]).wrong == [
            "pair 4, feature:snr: 2 for 5, given around faults [1, 3]"
        ]

    def test_a_score_saved_by_somebody_else_is_wrong(self, memory):
        assert any("saved by two" in problem for problem in compare(memory, [kept(2, 5, who="two")]).wrong)

    def test_a_score_of_the_reader_who_only_signed_in_is_wrong(self, memory):
        assert compare(memory, [kept(2, 5), kept(3, who="two", reader="two")]).wrong

    def test_a_finish_that_got_lost_is_wrong(self, memory):
        assert compare(memory, [kept(2, 5, finished=False)]).wrong == ["pair 4 is not finished"]


class TestSchedule:
    def test_every_kind_comes_about_equally_often(self):
        drawn = schedule(200, random.Random(1), only=None)

        assert len(drawn) == 200
        assert {drawn.count(kind) for kind in FAULTS} == {15, 16}

    def test_a_short_run_has_each_kind_once(self):
        assert sorted(schedule(0, random.Random(1), only=None)) == sorted(FAULTS)
