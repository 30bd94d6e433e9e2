"""The dictionary of the tables that tell how a study was read: sessions, activity, slices, looks, order of answers."""

from collections.abc import Mapping

import pandas as pd

from analysis.core.export.variables import PRESENTATION, READER, Variable

YES_NO = {"enum": [0, 1]}
PER_CENT_OF_DEFAULT = "per cent of the pair's default window, which both sides share"


def _text(name: str, name8: str, label: str, values: str = "") -> Variable:
    return Variable(name, name8, "string", label, values)


def _whole(name: str, name8: str, label: str, values: str = "") -> Variable:
    return Variable(name, name8, "integer", label, values)


def _number(name: str, name8: str, label: str) -> Variable:
    return Variable(name, name8, "number", label)


def _flag(name: str, name8: str, label: str) -> Variable:
    return Variable(name, name8, "integer", label, "0, 1", YES_NO)


SESSION = _whole("session", "SESSION", "Number of the reader's session: work at one browser without 30 minutes' pause")
SESSIONS = (
    READER,
    SESSION,
    _text("started_at", "STARTED", "When it began (UTC, server's clock)"),
    _text("last_active_at", "LASTACT", "Last sign of the reader, to half a minute (UTC, server's clock)"),
    _text("browser", "BROWSER", "As the browser names itself (User-Agent)"),
    _whole("display_checks", "NCHECKS", "How often the display was checked in this session; the last one follows"),
    _text("checked_at", "CHECKED", "When the display was checked (UTC, server's clock)"),
    _whole("screen_width_px", "SCRWIDTH", "Width of the screen, device pixels"),
    _whole("screen_height_px", "SCRHIGHT", "Height of the screen, device pixels"),
    _whole("window_width_px", "WINWIDTH", "Inside width of the browser window, device pixels"),
    _whole("window_height_px", "WINHIGHT", "Inside height of the browser window, device pixels"),
    _number("pixel_ratio", "PIXRATIO", "Device pixels a CSS pixel"),
    _whole("colour_depth", "COLDEPTH", "Bits a pixel, as the browser tells"),
    _number("pixel_pitch_mm", "PITCHMM", "Size of a device pixel by a bank card of 85.6 mm; empty: not calibrated"),
    _flag("saw_dark_patch", "SAWDARK", "Reader saw 5 % in black"),
    _flag("saw_bright_patch", "SAWBRIGT", "Reader saw 95 % in white"),
    _flag("saw_grey_steps", "SAWSTEPS", "Reader saw eleven grey steps, all different"),
    _flag("saw_fine_bars", "SAWBARS", "Reader saw lines of 1 pixel sharp and even, in both directions"),
)
WINDOW_AND_ZOOM = {
    "window_width_percent": f"Window width, {PER_CENT_OF_DEFAULT}",
    "window_level_percent": f"Shift of the window level, {PER_CENT_OF_DEFAULT} width; 0: none",
    "inverted": "1: black and white exchanged",
    "zoom_left_percent": "Zoom of the left side, 100: fit to the pane",
    "zoom_right_percent": "Zoom of the right side, 100: fit to the pane",
}
_SHORT: Mapping[str, str] = {
    "window_width_percent": "WWIDTH",
    "window_level_percent": "WLEVEL",
    "inverted": "INVERT",
    "zoom_left_percent": "ZOOML",
    "zoom_right_percent": "ZOOMR",
}
VIEWING = (
    READER,
    PRESENTATION,
    Variable("session", "SESSION", "integer", "Session in which the pair was first looked at"),
    _text("opened_at", "OPENED", "When the images were first on the screen (UTC, server's clock)"),
    _text("finished_at", "FINISHED", "When the pair was finished (UTC, server's clock)"),
    _number("active_s", "ACTIVES", "Active seconds: page visible, reader seen within a minute; sum of the intervals"),
    _whole("active_intervals", "NINTERV", "Number of intervals of activity"),
    _whole("slices", "SLICES", "Slices of either side: rungs of the ladder that all arms of the image set share"),
    _whole("seen_left", "SEENL", "Slices of the left side that were on the screen"),
    _whole("seen_right", "SEENR", "Slices of the right side that were on the screen"),
    _whole("looks", "NLOOKS", "Number of windows and zooms held for half a second"),
    *(_whole(f"last_{name}", f"L{_SHORT[name]}", f"Last: {label}") for name, label in WINDOW_AND_ZOOM.items()),
)
VIEWING_INTERVALS = (
    READER,
    PRESENTATION,
    _whole("interval", "INTERVAL", "Number of the interval within the presentation"),
    _text("started_at", "STARTED", "When activity began (UTC, reader's clock)"),
    _text("ended_at", "ENDED", "When it ended: hidden page, or a minute after the last sign (UTC, reader's clock)"),
    _number("seconds", "SECONDS", "Seconds between the two"),
)
VIEWING_SLICES = (
    READER,
    PRESENTATION,
    Variable("side", "SIDE", "string", "Side of the screen", "left, right", {"enum": ["left", "right"]}),
    _whole("slice", "SLICE", "Slice as the reader counted it, from 1"),
    _number("seconds", "SECONDS", "Active seconds on the screen; 0: passed through"),
)
VIEWING_LOOKS = (
    READER,
    PRESENTATION,
    _whole("look", "LOOK", "Number of the look within the presentation"),
    _text("at", "AT", "From when on (UTC, reader's clock)"),
    *(_whole(name, _SHORT[name], label) for name, label in WINDOW_AND_ZOOM.items()),
)
ANSWER_ORDER = (
    READER,
    PRESENTATION,
    _text("item", "ITEM", "feature:CODE, consistency:CODE:SIDE, diagnostic:SIDE, guess:enhanced"),
    _whole("place", "PLACE", "Place in the order of first answers, from 1; answers given at once share one"),
    _text("given_at", "GIVEN", "When the reader gave the first answer (UTC, server's clock); empty: not kept apart"),
    _text("answered_at", "ANSWERED", "When the first answer was saved, later where it waited (UTC, server's clock)"),
    _whole("changes", "CHANGES", "How often it was answered again"),
)
TABLES: Mapping[str, tuple[Variable, ...]] = {
    "reading_sessions": SESSIONS,
    "viewing": VIEWING,
    "viewing_intervals": VIEWING_INTERVALS,
    "viewing_slices": VIEWING_SLICES,
    "viewing_looks": VIEWING_LOOKS,
    "answer_order": ANSWER_ORDER,
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "reading_sessions": ("reader_id", "session"),
    "viewing": ("presentation_id",),
    "viewing_intervals": ("presentation_id", "interval"),
    "viewing_slices": ("presentation_id", "side", "slice"),
    "viewing_looks": ("presentation_id", "look"),
    "answer_order": ("presentation_id", "item"),
}


def reading_codebook() -> pd.DataFrame:
    """One row a column of these tables, for people."""
    rows = [(table, one.name, one.type, one.label, one.values) for table, columns in TABLES.items() for one in columns]
    return pd.DataFrame(rows, columns=["table", "variable", "type", "label", "values"])
