"""What a browser says of its screen is bounded, and a screen below the protocol's minimum is refused in words."""

import math

import pytest

from readerstudy.core.display_check import (
    QUESTIONS,
    BadMeasurement,
    ScreenTooSmall,
    answers_of,
    require_resolution,
    screen_of,
)

MEASURED = {
    "screen_width_px": 1920,
    "screen_height_px": 1080,
    "window_width_px": 1900,
    "window_height_px": 950,
    "colour_depth": 24,
    "pixel_ratio": 1.25,
    "pixel_pitch_mm": 0.2767,
}


class TestScreenOf:
    def test_it_is_what_was_measured(self):
        screen = screen_of(MEASURED)

        assert (screen.screen_width_px, screen.pixel_ratio, screen.pixel_pitch_mm) == (1920, 1.25, 0.2767)

    def test_the_size_may_be_left_uncalibrated(self):
        assert screen_of({**MEASURED, "pixel_pitch_mm": None}).pixel_pitch_mm is None

    @pytest.mark.parametrize(
        "change",
        [
            {"screen_width_px": 10**9},
            {"screen_width_px": -1},
            {"screen_width_px": 1920.0},
            {"screen_width_px": True},
            {"screen_width_px": "1920"},
            {"screen_height_px": None},
            {"colour_depth": 0},
            {"pixel_ratio": 0},
            {"pixel_ratio": math.nan},
            {"pixel_ratio": math.inf},
            {"pixel_ratio": 10**400},
            {"pixel_pitch_mm": 0},
            {"pixel_pitch_mm": True},
            {"pixel_pitch_mm": "0.2"},
            {"gpu": "a fingerprint that nobody asked for"},
        ],
        ids=str,
    )
    def test_what_no_screen_measures_is_refused(self, change):
        with pytest.raises(BadMeasurement):
            screen_of({**MEASURED, **change})

    @pytest.mark.parametrize("body", [None, [], "screen", {}, {"screen_width_px": 1920}])
    def test_an_incomplete_one_is_refused(self, body):
        with pytest.raises(BadMeasurement, match="not complete"):
            screen_of(body)


class TestAnswersOf:
    def test_every_question_is_answered(self):
        given = dict.fromkeys(QUESTIONS, True) | {"fine_bars": False}

        assert answers_of(given) == given

    @pytest.mark.parametrize(
        "given",
        [None, {}, {"dark_patch": True}, dict.fromkeys(QUESTIONS, 1), dict.fromkeys((*QUESTIONS, "other"), True)],
        ids=str,
    )
    def test_anything_else_is_refused(self, given):
        with pytest.raises(BadMeasurement):
            answers_of(given)


class TestRequireResolution:
    @pytest.mark.parametrize("minimum", [(0, 0), (1920, 1080), (1280, 0), (0, 1080)])
    def test_enough_is_enough(self, minimum):
        require_resolution(screen_of(MEASURED), minimum)

    @pytest.mark.parametrize(
        ("minimum", "needed"),
        [((2560, 1440), "2560 × 1440"), ((1921, 0), "1921 × any"), ((0, 1200), "any × 1200")],
    )
    def test_less_is_told_with_what_was_measured_and_what_is_needed(self, minimum, needed):
        with pytest.raises(ScreenTooSmall, match=rf"1920 × 1080 pixels.*at least {needed}\. Please"):
            require_resolution(screen_of(MEASURED), minimum)
