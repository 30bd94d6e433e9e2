"""The conduct of a study for its staff, in every status: what is blind stays blind.

This is the second place that knows which arm stood where. What leaves it is turned to a random direction for every
pair (see `core.interim.turn`) before anything is computed.
"""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.core import interim
from analysis.queries import why_missing
from readerstudy import queries
from readerstudy.core.answers import value_of
from readerstudy.models import Allocation, Reading, Score, Study


def conduct_figures(study: Study, *, safety: bool) -> dict[str, Any]:
    """Figures by reader and pooled, never by arm or comparison; `safety` adds how many consistency boxes are ticked."""
    points = study.scale.count()
    frame = pd.DataFrame(_rows(study, points), columns=list(interim.COLUMNS))
    frame = frame.astype({"raw_score": float, "turned": float, "duration_s": float, "finished": bool})
    figures = interim.interim(frame, points=points)
    return {**figures, "consistency_flags": _flags(study)} if safety else figures


def _rows(study: Study, points: int) -> Iterator[dict[str, Any]]:
    features = list(study.features.values_list("code", flat=True))
    answers = queries.given_answers(Reading.objects.filter(allocation__study=study))
    key = study.allocation_seed.encode()  # as secret as the sides themselves
    allocations = study.allocations.select_related("reader", "reading", *Allocation.OF_SIDES)
    for allocation in allocations.order_by("reader__code", "position"):
        reading = getattr(allocation, "reading", None)
        given = answers.get(reading.pk, {}) if reading else {}
        for feature in features:
            answer = given.get(f"feature:{feature}")
            score = value_of(answer)
            yield {
                "reader_id": allocation.reader.code,
                "presentation_id": allocation.presentation_id,
                "presentation_order": allocation.position,
                "replicate": allocation.repeat,
                "pair": str(allocation.pair_id),
                "feature_id": feature,
                "raw_score": math.nan if score is None else score,
                "turned": math.nan if score is None else _turned(score, allocation, points, key),
                "missing_reason": "" if score is not None else why_missing(answer, opened=reading is not None),
                "duration_s": reading.active_seconds if reading else math.nan,
                "finished": bool(reading and reading.finished_at),
            }


def _turned(score: int, allocation: Allocation, points: int, key: bytes) -> int:
    a_on_left = allocation.left_arm == allocation.pair.comparison.arm_a
    return interim.turn(score, a_on_left=a_on_left, points=points, key=key, pair=str(allocation.pair_id))


def _flags(study: Study) -> int:
    """How many consistency boxes are ticked in all readings together, as they stand now."""
    readings = list(Reading.objects.filter(allocation__study=study))
    ticked = Score.objects.filter(save_of__reading__in=readings, item__startswith="consistency:", value=1)
    if not ticked.exists():
        return 0
    answers = queries.answers_of(readings)
    return sum(value for given in answers.values() for item, value in given.items() if item.startswith("consistency:"))
