"""The check of a reader's display: what is asked about the test pattern, what is measured, and whether it is enough.

The pattern is in the manner of SMPTE RP 133 (grey steps, 5 % in black, 95 % in white, bars of single lines); the sizes
come from the browser and are bounded here, because anybody can send anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from readerstudy.core.errors import BadInput
from readerstudy.core.wording import translatable

# Each is answered with yes or no; its words stand in the page.
QUESTIONS = ("dark_patch", "bright_patch", "grey_steps", "fine_bars")
MOST_PIXELS = 32_768  # of an edge
PITCH_MM = (0.02, 2.0)  # finer than any telephone, coarser than any projector at a desk
_WHOLE = {
    "screen_width_px": (100, MOST_PIXELS),
    "screen_height_px": (100, MOST_PIXELS),
    "window_width_px": (1, MOST_PIXELS),
    "window_height_px": (1, MOST_PIXELS),
    "colour_depth": (1, 64),
}


ANY = translatable("any")  # width or height, where the protocol demands none


class BadMeasurement(BadInput):
    """A browser sent something that no screen measures."""


class ScreenTooSmall(BadInput):
    """The screen has fewer pixels than the protocol demands."""


@dataclass(frozen=True)
class Screen:
    """Device pixels of a screen and of the window's inside; `pixel_ratio` is device pixels a CSS pixel."""

    screen_width_px: int
    screen_height_px: int
    window_width_px: int
    window_height_px: int
    colour_depth: int
    pixel_ratio: float
    pixel_pitch_mm: float | None  # None where the size was not calibrated


def screen_of(measured: object) -> Screen:
    """The screen in what a browser sent. Raises BadMeasurement naming the value."""
    if not isinstance(measured, Mapping) or set(measured) != {*_WHOLE, "pixel_ratio", "pixel_pitch_mm"}:
        raise BadMeasurement(translatable("The measures of the screen are not complete. Load the page again."))
    whole = {name: _whole(name, measured[name]) for name in _WHOLE}
    pitch = measured["pixel_pitch_mm"]
    return Screen(
        **whole,
        pixel_ratio=_number("pixel_ratio", measured["pixel_ratio"], (0.1, 16.0)),
        pixel_pitch_mm=None if pitch is None else _number("pixel_pitch_mm", pitch, PITCH_MM),
    )


def _whole(name: str, value: object) -> int:
    low, high = _WHOLE[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        refusal = translatable("'{name}' must be a whole number from {low} to {high}.")
        raise BadMeasurement(refusal, name=name, low=low, high=high)
    return value


def _number(name: str, value: object, limits: tuple[float, float]) -> float:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        refusal = translatable("'{name}' must be a number from {low} to {high}.")
        raise BadMeasurement(refusal, name=name, low=low, high=high)
    return round(float(value), 5)


def answers_of(given: object) -> dict[str, bool]:
    """Yes or no to every question. Raises BadMeasurement."""
    if not isinstance(given, Mapping) or set(given) != set(QUESTIONS):
        raise BadMeasurement(translatable("Answer every question about the pattern with yes or no."))
    if not all(isinstance(answer, bool) for answer in given.values()):
        raise BadMeasurement(translatable("Each answer about the pattern must be yes or no."))
    return {question: given[question] for question in QUESTIONS}


def require_resolution(screen: Screen, minimum_px: tuple[int, int]) -> None:
    """Raise ScreenTooSmall, in words for the reader, unless the screen has the protocol's pixels (width, height)."""
    width, height = minimum_px
    if screen.screen_width_px >= width and screen.screen_height_px >= height:
        return
    raise ScreenTooSmall(
        translatable(
            "This screen has {has} pixels; to make all readers see the same detail, this study needs at least "
            "{width} × {height}. Please open it on a larger screen, or set this one to its full resolution. "
            "If there is none, tell your coordinator. Everything you have scored is kept."
        ),
        has=f"{screen.screen_width_px} × {screen.screen_height_px}",
        width=width or ANY,
        height=height or ANY,
    )
