"""What may be answered, and what is missing."""

import pytest

from readerstudy.core.scoring import GUESS, BadScore, ScoringProtocol, check_answers, missing_items

PROTOCOL = ScoringProtocol(("snr", "artifacts"), (1, 2, 3, 4, 5), ("loss_anatomy",), diagnostic_quality=True)


class TestCheckAnswers:
    def test_it_accepts_every_kind_of_item_and_clearing(self):
        answers = {
            "feature:snr": 5,
            "consistency:loss_anatomy:left": 1,
            "diagnostic:right": 0,
            "feature:artifacts": None,
        }

        assert check_answers(PROTOCOL, answers) == answers

    @pytest.mark.parametrize("value", [0, 6, -1, "3", 2.0, True, [3]])
    def test_it_refuses_a_value_outside_the_scale(self, value):
        with pytest.raises(BadScore):
            check_answers(PROTOCOL, {"feature:snr": value})

    @pytest.mark.parametrize("item", ["feature:other", "feature:SOC", "consistency:loss_anatomy", "diagnostic:SOC", ""])
    def test_it_refuses_an_item_that_the_protocol_does_not_have(self, item):
        with pytest.raises(BadScore):
            check_answers(PROTOCOL, {item: 1})


class TestMissingItems:
    def test_features_and_diagnostic_quality_are_required_and_boxes_are_not(self):
        assert missing_items(PROTOCOL, {}) == [
            "feature:snr",
            "feature:artifacts",
            "diagnostic:left",
            "diagnostic:right",
        ]

    def test_nothing_is_missing_once_all_is_answered(self):
        answers = {"feature:snr": 3, "feature:artifacts": 1, "diagnostic:left": 1, "diagnostic:right": 0}

        assert missing_items(PROTOCOL, answers) == []


class TestGuess:
    ASKED = ScoringProtocol(("snr",), (1, 2, 3), (), diagnostic_quality=False, guess=True)

    def test_it_is_asked_and_missing_where_the_protocol_wants_it(self):
        assert check_answers(self.ASKED, {GUESS: 2}) == {GUESS: 2}
        assert missing_items(self.ASKED, {"feature:snr": 1}) == [GUESS]

    @pytest.mark.parametrize("value", [0, 4, "left", True])
    def test_another_answer_is_refused(self, value):
        with pytest.raises(BadScore):
            check_answers(self.ASKED, {GUESS: value})

    def test_elsewhere_it_is_no_item(self):
        with pytest.raises(BadScore):
            check_answers(PROTOCOL, {GUESS: 2})
        assert GUESS not in PROTOCOL.required_items()
