import dataclasses
from itertools import product

import numpy as np
import pytest

from enhancement.core.readers import Presentation, active_seconds, noise_of, simulate_answers
from readerstudy.core.answers import PinFrame
from readerstudy.core.protocol import REFERENCE_PROTOCOL
from readerstudy.core.scoring import ScoringProtocol, check_answers, missing_items

PROTOCOL = ScoringProtocol(
    features=tuple(item.code for item in REFERENCE_PROTOCOL.features),
    scale=tuple(choice.value for choice in REFERENCE_PROTOCOL.scale),
    consistency=tuple(item.code for item in REFERENCE_PROTOCOL.consistency),
    diagnostic_quality=True,
)
# What the demo measures on its images, relative to FAST.
NOISE = {"SOC": 0.78, "FAST": 1.0, "FAST-DL": 0.45}
SWAPPED = {"left": "right", "right": "left"}


def present(reader: int, number: int, left: str, right: str) -> Presentation:
    return Presentation(
        reader=f"R{reader}",
        participant=f"P{number // 2}",
        image_set=f"S{number}",
        repeat=1,
        noise={"left": NOISE[left], "right": NOISE[right]},
        picture={"left": left, "right": right},
    )


def scores(feature: str, *, left: str, right: str, readers: int = 3, sets: int = 111) -> np.ndarray:
    """(readers, sets), higher where the right side is preferred."""
    answers = [
        simulate_answers(present(reader, number, left, right), protocol=PROTOCOL, seed="7")[f"feature:{feature}"]
        for reader, number in product(range(readers), range(sets))
    ]
    return np.reshape(answers, (readers, sets))


class TestSimulateAnswers:
    def test_they_are_complete_and_allowed(self):
        answers = simulate_answers(present(1, 1, "SOC", "FAST"), protocol=PROTOCOL, seed="1")

        assert check_answers(PROTOCOL, answers) == answers
        assert missing_items(PROTOCOL, answers) == []

    def test_they_use_what_a_protocol_allows_and_all_of_it_is_allowed(self):
        full = dataclasses.replace(PROTOCOL, rest_no_difference=True, not_assessable=("motion",))
        frame = PinFrame(slices=12, height=320.0, width=300.5)
        shown = [dataclasses.replace(present(1, number, "SOC", "FAST"), frame=frame) for number in range(200)]

        readings = [simulate_answers(one, protocol=full, seed="1") for one in shown]

        for answers in readings:
            assert check_answers(full, answers, frame=frame) == answers
            assert missing_items(full, answers) == []
        everything = [(item, answer) for answers in readings for item, answer in answers.items()]
        assert any(answer == {"value": 3, "by": "rest"} for _, answer in everything)
        assert any(answer == {"not_assessable": "motion"} for _, answer in everything)
        assert {"comment", "pin"} <= {item.split(":")[0] for item, _ in everything}

    # Table 2 of Bash 2021: mean of perceived SNR for the arm named first.
    @pytest.mark.parametrize(
        ("better", "worse", "mean"), [("SOC", "FAST", 3.7), ("FAST-DL", "SOC", 3.4), ("FAST-DL", "FAST", 3.9)]
    )
    def test_preference_for_less_noise_is_near_that_of_the_paper(self, better: str, worse: str, mean: float):
        assert abs(scores("snr", left=worse, right=better).mean() - mean) < 0.5

    def test_the_side_decides_nothing(self):
        right = scores("snr", left="FAST", right="SOC")
        left = scores("snr", left="SOC", right="FAST")

        assert right.mean() - 3 == pytest.approx(3 - left.mean(), abs=0.1)

    def test_resolution_is_not_preferred_on_either_side(self):
        found = scores("resolution", left="FAST", right="SOC")

        assert abs(found.mean() - 3) < 0.1
        assert 0.1 < found.std() < 0.6

    def test_readers_agree_more_than_by_chance_and_less_than_wholly(self):
        found = scores("snr", left="FAST", right="SOC")

        assert 0.1 < np.corrcoef(found)[0, 1] < 0.95

    def test_the_same_question_has_the_same_answer(self):
        first, again = (simulate_answers(present(1, 1, "SOC", "FAST"), protocol=PROTOCOL, seed="1") for _ in range(2))
        other = [simulate_answers(present(1, n, "SOC", "FAST"), protocol=PROTOCOL, seed="2") for n in range(9)]

        assert first == again
        assert any(answers != first for answers in other)


class TestActiveSeconds:
    def test_it_is_a_plausible_time(self):
        found = [active_seconds(present(1, n, "SOC", "FAST"), seed="1") for n in range(100)]

        assert 30 < np.median(found) < 48
        assert min(found) > 5


class TestNoiseOf:
    @pytest.mark.parametrize("sigma", [5.0, 20.0])
    def test_white_noise_on_an_even_object_is_measured(self, sigma: float):
        values = 500 + np.random.default_rng(1).normal(0, sigma, (3, 80, 80))

        assert noise_of(values) == pytest.approx(sigma / 500, rel=0.05)

    def test_an_empty_volume_has_none(self):
        assert noise_of(np.zeros((2, 16, 16))) == 0
