"""What may be answered, and what is missing."""

import pytest

from readerstudy.core.answers import PinFrame, from_stored, to_stored, value_of
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


FULL = ScoringProtocol(
    ("snr", "artifacts"),
    (1, 2, 3, 4, 5),
    ("loss_anatomy",),
    diagnostic_quality=True,
    rest_no_difference=True,
    not_assessable=("motion", "coverage"),
)
FRAME = PinFrame(slices=3, height=24.0, width=20.0)
BY_REST = {"value": 3, "by": "rest"}


class TestNoDifferenceForTheRest:
    def test_it_is_an_answer_where_the_protocol_allows_it(self):
        assert check_answers(FULL, {"feature:snr": BY_REST}) == {"feature:snr": BY_REST}
        with pytest.raises(BadScore, match="does not allow"):
            check_answers(PROTOCOL, {"feature:snr": BY_REST})

    @pytest.mark.parametrize(
        "answer",
        [{"value": 4, "by": "rest"}, {"value": 3}, {"value": 3, "by": "me"}, {"value": 3, "by": "rest", "arm": 1}, {}],
    )
    def test_it_means_the_middle_of_the_scale_and_nothing_else(self, answer):
        with pytest.raises(BadScore):
            check_answers(FULL, {"feature:snr": answer})

    def test_it_answers_features_only(self):
        with pytest.raises(BadScore):
            check_answers(FULL, {"diagnostic:left": {"value": 1, "by": "rest"}})


class TestNotAssessable:
    def test_a_reason_is_an_answer_and_nothing_is_missing_then(self):
        answer = {"feature:snr": {"not_assessable": "motion"}}

        assert check_answers(FULL, answer) == answer
        assert "feature:snr" not in missing_items(FULL, answer)

    @pytest.mark.parametrize("reason", ["", "boredom", None, 3, ["motion"]])
    def test_it_refuses_another_reason(self, reason):
        with pytest.raises(BadScore, match="motion, coverage"):
            check_answers(FULL, {"feature:snr": {"not_assessable": reason}})

    def test_a_protocol_without_reasons_asks_for_every_score(self):
        with pytest.raises(BadScore, match="every feature"):
            check_answers(PROTOCOL, {"feature:snr": {"not_assessable": "motion"}})


class TestComments:
    def test_blanks_around_it_go_and_nothing_left_is_no_comment(self):
        item = "comment:loss_anatomy:left"

        assert check_answers(PROTOCOL, {item: "  nerve root L5 \n"}) == {item: "nerve root L5"}
        assert check_answers(PROTOCOL, {item: " "}) == {item: None}

    @pytest.mark.parametrize("text", ["x" * 501, 3, ["a"], "\ud800", "a\0b"])
    def test_it_refuses_what_is_no_short_text(self, text):
        with pytest.raises(BadScore):
            check_answers(PROTOCOL, {"comment:loss_anatomy:left": text})


class TestPins:
    ITEM = "pin:loss_anatomy:right"

    def test_it_is_a_rung_and_a_place_to_a_tenth_of_a_pixel(self):
        pin = {"slice": 2, "x": 12.345, "y": 24}

        checked = check_answers(PROTOCOL, {self.ITEM: pin}, frame=FRAME)

        assert checked == {self.ITEM: {"slice": 2, "x": 12.3, "y": 24.0}}

    @pytest.mark.parametrize(
        "change",
        [
            {"slice": 3}, {"slice": -1}, {"slice": 0.5}, {"slice": True}, {"slice": None}, {"x": 20.1}, {"y": -0.1},
            {"x": float("nan")}, {"y": float("inf")}, {"x": "1"}, {"x": 10**400}, {"arm": "SOC"},
        ],
        ids=str,
    )  # fmt: skip
    def test_it_refuses_a_place_outside_the_image(self, change):
        with pytest.raises(BadScore):
            check_answers(PROTOCOL, {self.ITEM: {"slice": 1, "x": 5.0, "y": 5.0, **change}}, frame=FRAME)

    def test_it_refuses_a_pin_without_an_image(self):
        with pytest.raises(BadScore, match="no image"):
            check_answers(PROTOCOL, {self.ITEM: {"slice": 1, "x": 5.0, "y": 5.0}})


class TestStored:
    @pytest.mark.parametrize(
        "answer",
        [None, 0, 4, BY_REST, {"not_assessable": "motion"}, "a text", {"slice": 1, "x": 2.5, "y": 3.0}],
        ids=str,
    )
    def test_what_is_stored_comes_back_as_it_was_given(self, answer):
        assert from_stored(*to_stored(answer)) == answer

    def test_only_numbers_have_a_value(self):
        assert [value_of(answer) for answer in (4, BY_REST, {"not_assessable": "motion"}, "4", None)] == [
            4, 3, None, None, None,
        ]  # fmt: skip


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
