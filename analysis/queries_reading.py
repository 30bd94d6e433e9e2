"""How a study was read: sessions, activity, slices, looks, order of answers; one frame a table.

Nothing here names an arm: rows are by presentation and side, and meet the arms in the allocation only. They are asked
for by the export, which refuses before unblinding.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from analysis.core.export.reading_variables import (
    ANSWER_ORDER,
    SESSIONS,
    VIEWING,
    VIEWING_INTERVALS,
    VIEWING_LOOKS,
    VIEWING_SLICES,
)
from analysis.core.export.variables import Variable
from readerstudy import queries
from readerstudy.core.display_check import QUESTIONS
from readerstudy.core.lifecycle import Act, require
from readerstudy.core.scoring import SIDES
from readerstudy.core.viewing import LOOK, Viewing
from readerstudy.models import Reading, ReadingSession, Score, Study


def reading_tables(study: Study) -> dict[str, pd.DataFrame]:
    """Name -> table, those that have rows. Refused before unblinding like every table of the export."""
    require(study.status, Act.JOIN_ARMS)
    readings = list(
        Reading.objects.filter(allocation__study=study)
        .select_related("allocation__reader", "allocation__pair__image_set")
        .order_by("allocation__reader__code", "allocation__position")
    )
    viewings = queries.viewings_of(readings)
    looked_at = [(reading, viewings[reading.pk]) for reading in readings if reading.pk in viewings]
    rows = {
        "reading_sessions": (SESSIONS, _sessions(study)),
        "viewing": (VIEWING, _viewing(looked_at, queries.session_numbers(study))),
        "viewing_intervals": (VIEWING_INTERVALS, _intervals(looked_at)),
        "viewing_slices": (VIEWING_SLICES, _slices(looked_at)),
        "viewing_looks": (VIEWING_LOOKS, _looks(looked_at)),
        "answer_order": (ANSWER_ORDER, _answer_order(study)),
    }
    frames = {name: _frame(variables, list(found)) for name, (variables, found) in rows.items()}
    return {name: frame for name, frame in frames.items() if len(frame)}


def _frame(variables: tuple[Variable, ...], rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[variable.name for variable in variables])
    return frame.astype({variable.name: "Int64" for variable in variables if variable.type == "integer"})


def _sessions(study: Study) -> Iterator[dict[str, Any]]:
    sessions = ReadingSession.objects.filter(reader__study=study).select_related("reader").prefetch_related("checks")
    for session in sessions.order_by("reader__code", "number"):
        checks = list(session.checks.all())
        yield {
            "reader_id": session.reader.code,
            "session": session.number,
            "started_at": _instant(session.started_at),
            "last_active_at": _instant(session.last_active_at),
            "browser": session.browser,
            "display_checks": len(checks),
            **(_check(checks[-1]) if checks else {}),
        }


def _check(check: Any) -> dict[str, Any]:
    measured = ("screen_width_px", "screen_height_px", "window_width_px", "window_height_px", "pixel_ratio")
    return {
        "checked_at": _instant(check.checked_at),
        **{name: getattr(check, name) for name in (*measured, "colour_depth", "pixel_pitch_mm")},
        **{f"saw_{question}": int(check.answers[question]) for question in QUESTIONS},
    }


LookedAt = list[tuple[Reading, Viewing]]


def _viewing(looked_at: LookedAt, sessions: dict[int, int]) -> Iterator[dict[str, Any]]:
    for reading, viewing in looked_at:
        slices = int(reading.allocation.pair.image_set.geometry["slices"])
        last = dict(zip(LOOK, viewing.looks[-1][1:], strict=True)) if viewing.looks else {}
        yield {
            **_place(reading),
            "session": sessions.get(reading.pk),
            "opened_at": _instant(reading.opened_at),
            "finished_at": _instant(reading.finished_at) if reading.finished_at else "",
            "active_s": round(viewing.active_s, 3),
            "active_intervals": len(viewing.intervals),
            "slices": slices,
            **{f"seen_{side}": len(viewing.seen[side]) for side in SIDES},
            "looks": len(viewing.looks),
            **{f"last_{name}": value for name, value in last.items()},
        }


def _intervals(looked_at: LookedAt) -> Iterator[dict[str, Any]]:
    for reading, viewing in looked_at:
        for number, (start, end) in enumerate(viewing.intervals, start=1):
            times = {"started_at": _moment(start), "ended_at": _moment(end), "seconds": (end - start) / 1000}
            yield {**_place(reading), "interval": number, **times}


def _slices(looked_at: LookedAt) -> Iterator[dict[str, Any]]:
    for reading, viewing in looked_at:
        for side in SIDES:
            for rung, ms in viewing.seen[side].items():
                yield {**_place(reading), "side": side, "slice": rung + 1, "seconds": ms / 1000}


def _looks(looked_at: LookedAt) -> Iterator[dict[str, Any]]:
    for reading, viewing in looked_at:
        for number, (at, *values) in enumerate(viewing.looks, start=1):
            yield {**_place(reading), "look": number, "at": _moment(at), **dict(zip(LOOK, values, strict=True))}


def _answer_order(study: Study) -> Iterator[dict[str, Any]]:
    """The first answer to each item, in order; answers of one save share a place."""
    scored = Reading.objects.filter(allocation__study=study)  # without training
    scores = Score.objects.filter(save_of__reading__in=scored, value__isnull=False)
    scores = scores.select_related("save_of__reading__allocation__reader").order_by(
        "save_of__reading__allocation__reader__code",
        "save_of__reading__allocation__position",
        "save_of__version",
        "pk",
    )
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    places: dict[str, list[int]] = {}
    for score in scores:
        place = _place(score.save_of.reading)
        versions = places.setdefault(place["presentation_id"], [])
        row = rows.get((place["presentation_id"], score.item))
        if row is not None:
            row["changes"] += 1
            continue
        if score.save_of.version not in versions:
            versions.append(score.save_of.version)
        given = score.save_of.given_at
        saved = {
            "given_at": _instant(given) if given else "",
            "answered_at": _instant(score.save_of.saved_at),
            "changes": 0,
        }
        rows[place["presentation_id"], score.item] = {**place, "item": score.item, "place": len(versions), **saved}
    yield from rows.values()


def _place(reading: Reading) -> dict[str, str]:
    allocation = reading.allocation
    return {"reader_id": allocation.reader.code, "presentation_id": allocation.presentation_id}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")[:-4] + "Z"


def _moment(ms: int) -> str:
    return _instant(datetime.fromtimestamp(ms / 1000, UTC))
