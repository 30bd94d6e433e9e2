"""The short form of `benchmarks/wire_classifier.py`: the same questions to a small study, in this process."""

import time

import pytest
from django.test import Client

from benchmarks.wire_classifier import answers_of, judged
from benchmarks.wire_judge import Answer, Verdict, judge, sizes_of
from benchmarks.wire_study import places
from readerstudy.services import allocate
from tests.conftest import REASON, SEED, signed_in
from tests.uneven import add_uneven_image_set

# Far enough that chance alone fails no run. A dozen pairs give no interval worth the name; the full run gives it.
HONEST, LEAKING = (0.35, 0.65), 0.6


def asker(client):
    def ask(path):
        begun = time.perf_counter()
        response = client.get(path)
        content = response.content
        return response.status_code, tuple(response.headers.items()), content, time.perf_counter() - begun

    return ask


@pytest.fixture
def answers(cast):
    for number in (1, 2, 3, 4):
        add_uneven_image_set(cast.study, number)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    found = places(cast.study.slug)
    answers = []
    for member in (cast.reader_one, cast.reader_two):
        client = signed_in(Client(), member.user)
        answers += answers_of(asker(client), [one for one in found if one["reader"] == member.user.username], seed=1)
    return answers


def test_the_arm_is_told_by_a_planted_leak_only(answers):
    assert {answer.status for answer in answers} == {200}
    assert len(answers) > 100

    found = {figure.name: figure.value for figure in judged(answers, resamples=2)}
    leaks = {name: auc for name, auc in found.items() if "leak" in name}
    assert len(leaks) == 3
    assert {name: auc for name, auc in leaks.items() if auc < LEAKING} == {}
    honest = {name: auc for name, auc in found.items() if name not in leaks}
    assert {name: auc for name, auc in honest.items() if not HONEST[0] < auc < HONEST[1]} == {}


class TestJudge:
    def made(self, *, leak):
        return [
            Answer(str(pair), arm_a, "slice", side, 200, (), b"", 1000 + pair * 7 + (leak and arm_a), 0.01)
            for pair in range(40)
            for side, arm_a in enumerate((pair % 2 == 0, pair % 2 == 1))
        ]

    def test_it_finds_one_byte_and_nothing_where_there_is_nothing(self):
        assert judge(self.made(leak=True), sizes_of, seed=1).auc > 0.99
        assert judge(self.made(leak=False), sizes_of, seed=1).is_chance

    def test_chance_is_an_interval_with_a_half_in_it(self):
        assert Verdict(0.52, 0.49, 0.55).is_chance
        assert not Verdict(0.55, 0.51, 0.58).is_chance
