"""The one place where scores meet arms. It refuses before unblinding."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from django.db.models import Count

from analysis.models import Analysis, ImageMetric
from readerstudy import queries
from readerstudy.core.answers import REST, Given, value_of
from readerstudy.core.lifecycle import Act, require
from readerstudy.core.scoring import GUESS, GUESS_LEFT, GUESS_RIGHT, GUESS_UNSURE, SIDES
from readerstudy.models import Allocation, AskGuess, ConsistencyItem, Reading, Study

SCORE_COLUMNS = (
    "study_id", "reader_id", "presentation_id", "presentation_order", "session", "replicate", "patient_id",
    "image_set_id", "region", "plane", "sequence", "scanner_id", "vendor", "field_t", "site_id", "comparison_id",
    "left_arm", "right_arm", "feature_id", "raw_score", "missing_reason", "not_assessable_reason", "by_rest",
    "duration_s",
)  # fmt: skip
ALLOCATION_COLUMNS = (
    "presentation_id", "reader_id", "image_set_id", "comparison_id", "replicate", "left_arm", "right_arm",
)  # fmt: skip
CONSISTENCY_COLUMNS = (
    "study_id", "reader_id", "presentation_id", "patient_id", "image_set_id", "comparison_id", "replicate",
    "left_arm", "right_arm", "item", "flag_left", "flag_right",
)  # fmt: skip
FINDING_COLUMNS = (
    "study_id", "reader_id", "presentation_id", "patient_id", "image_set_id", "comparison_id", "side", "arm", "item",
    "category", "subject", "comment", "pin_slice", "pin_x", "pin_y",
)  # fmt: skip

GUESS_COLUMNS = (
    "study_id", "reader_id", "presentation_id", "replicate", "patient_id", "image_set_id", "comparison_id", "left_arm",
    "right_arm", "enhanced_side", "guess",
)  # fmt: skip
GUESS_WORDS = {GUESS_LEFT: "left", GUESS_UNSURE: "unsure", GUESS_RIGHT: "right"}


def arm_id(code: str) -> str:
    """Arm codes in files have no hyphen, as the statistics specification writes them: FAST-DL is FASTDL."""
    return code.replace("-", "")


def arm_names(study: Study) -> dict[str, str]:
    """Arm as in files -> arm as the study writes it."""
    return {arm_id(code): code for code in study.arms.values_list("code", flat=True)}


def _presentations(study: Study) -> list[dict[str, Any]]:
    """One row an allocation with everything known about it; the join of arms and scores begins here."""
    require(study.status, Act.JOIN_ARMS)
    allocations = study.allocations.select_related(
        "reader", "reading", *Allocation.OF_SIDES, "pair__image_set__scanner__site",
        "pair__image_set__participant__site",
    ).order_by("reader__code", "position")  # fmt: skip
    readings = Reading.objects.filter(allocation__study=study).select_related("allocation__reader")
    answers = queries.given_answers(readings)
    sessions = queries.session_numbers(study)
    return [_presentation(study, allocation, answers, sessions) for allocation in allocations]


def _presentation(
    study: Study, allocation: Any, answers: dict[int, dict[str, Given]], sessions: dict[int, int]
) -> dict[str, Any]:
    image_set = allocation.pair.image_set
    scanner = image_set.scanner
    site = image_set.participant.site or (scanner.site if scanner else None)
    reading = getattr(allocation, "reading", None)
    finished = reading is not None and reading.finished_at is not None
    left, right = allocation.arms
    return {
        "study_id": study.slug,
        "reader_id": allocation.reader.code,
        "presentation_id": allocation.presentation_id,
        "presentation_order": allocation.position,
        "session": sessions.get(reading.pk, 1) if reading else 1,
        "replicate": allocation.repeat,
        "patient_id": image_set.participant.code,
        "image_set_id": image_set.code,
        "region": image_set.region,
        "plane": image_set.plane,
        "sequence": f"{image_set.plane[:3].upper()}_{image_set.sequence}".strip("_"),
        "scanner_id": scanner.code if scanner else "",
        "vendor": scanner.manufacturer if scanner else "",
        "field_t": scanner.field_strength_t if scanner else None,
        "site_id": site.code if site else "",
        "comparison_id": allocation.pair.comparison.code,
        "left_arm": arm_id(left.code),
        "right_arm": arm_id(right.code),
        "duration_s": round(reading.active_seconds, 1) if reading else None,
        "finished": finished,
        "answers": answers.get(reading.pk, {}) if reading else {},
    }


def scores_by_arm(study: Study) -> pd.DataFrame:
    """Long table of raw scores with the arm on each side, one row a reader × presentation × feature.

    Raises StillBlinded's parent WrongState before the study is unblinded.
    """
    features = list(study.features.values_list("code", flat=True))
    rows = [{**row, "feature_id": code, **_score(row, code)} for row in _presentations(study) for code in features]
    frame = pd.DataFrame(rows, columns=list(SCORE_COLUMNS))
    return frame.astype({"raw_score": "Int64", "by_rest": "Int64"})


def _score(row: dict[str, Any], feature: str) -> dict[str, Any]:
    answer = row["answers"].get(f"feature:{feature}")
    said = answer if isinstance(answer, dict) else {}
    value = value_of(answer)
    scored = value is not None
    return {
        "raw_score": value,
        "missing_reason": "" if scored else why_missing(answer, opened=row["duration_s"] is not None),
        "not_assessable_reason": said.get("not_assessable", ""),
        "by_rest": int(said.get("by") == REST) if scored else None,
    }


def why_missing(answer: Given | None, *, opened: bool) -> str:
    """The code of `layouts.MISSING_REASONS` for a feature without a score."""
    if answer is not None:
        return "not_assessable"
    return "skipped" if opened else "not_reached"


def allocation_table(study: Study) -> pd.DataFrame:
    return pd.DataFrame(_presentations(study), columns=list(ALLOCATION_COLUMNS))


def consistency_by_arm(study: Study) -> pd.DataFrame:
    """One row a finished presentation × consistency item; an unticked box of a finished pair is 0."""
    items = list(study.consistency_items.values_list("code", flat=True))
    rows = [
        {
            **row,
            "item": item,
            **{f"flag_{side}": row["answers"].get(f"consistency:{item}:{side}", 0) for side in ("left", "right")},
        }
        for row in _presentations(study)
        if row["finished"]
        for item in items
    ]
    return pd.DataFrame(rows, columns=list(CONSISTENCY_COLUMNS))


def findings_by_arm(study: Study) -> pd.DataFrame:
    """One row a box that was ticked in a finished presentation, with what the reader said about it and where.

    `pin_slice` counts from 1 as the screen does; `pin_x` and `pin_y` are pixels of the pair's frame (`core.answers`).
    """
    items = {one.code: one for one in study.consistency_items.all()}
    rows = [
        _finding(row, items[code], side)
        for row in _presentations(study)
        if row["finished"]
        for code in items
        for side in SIDES
        if row["answers"].get(f"consistency:{code}:{side}")
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).astype({"pin_slice": "Int64"})


def _finding(row: dict[str, Any], item: ConsistencyItem, side: str) -> dict[str, Any]:
    place = f"{item.code}:{side}"
    pin = row["answers"].get(f"pin:{place}", {})
    return {
        **row,
        "side": side,
        "arm": row[f"{side}_arm"],
        "item": item.code,
        "category": item.category,
        "subject": item.subject,
        "comment": row["answers"].get(f"comment:{place}", ""),
        "pin_slice": pin["slice"] + 1 if pin else None,
        "pin_x": pin.get("x"),
        "pin_y": pin.get("y"),
    }


def guesses_by_arm(study: Study) -> pd.DataFrame | None:
    """One row a finished presentation: which side was enhanced, if either, and which one the reader thought.

    An enhanced arm is one that the protocol makes from another. None where nobody was asked; refused before unblinding.
    """
    require(study.status, Act.JOIN_ARMS)
    if queries.conditions_of(study).guess == AskGuess.NEVER:
        return None
    enhanced = {arm_id(code) for code in study.arms.filter(source__isnull=False).values_list("code", flat=True)}
    rows = [
        {**row, "enhanced_side": _enhanced_side(row, enhanced), "guess": GUESS_WORDS.get(row["answers"].get(GUESS), "")}
        for row in _presentations(study)
        if row["finished"]
    ]
    return pd.DataFrame(rows, columns=list(GUESS_COLUMNS))


def _enhanced_side(row: dict[str, Any], enhanced: set[str]) -> str:
    """Empty where neither side, or both, are enhanced: then there is no right guess."""
    sides = [side for side in SIDES if row[f"{side}_arm"] in enhanced]
    return sides[0] if len(sides) == 1 else ""


def diagnostic_quality(study: Study) -> list[dict[str, Any]]:
    """By arm: how many displays were judged, and how many of diagnostic quality; hidden repeats are left out."""
    counts: dict[str, list[int]] = {}
    for row in _presentations(study):
        if row["replicate"] != 1:
            continue
        for side in ("left", "right"):
            value = row["answers"].get(f"diagnostic:{side}")
            if value is not None:
                count = counts.setdefault(row[f"{side}_arm"], [0, 0])
                count[0] += value
                count[1] += 1
    return [{"arm": arm, "diagnostic": good, "judged": n} for arm, (good, n) in sorted(counts.items())]


def protocol_rows(study: Study) -> list[dict[str, Any]]:
    """The input of Table 1: one row an acquired series with its parameters."""
    rows = []
    for series in queries.current_series(study).filter(image_set__training=False, arm__source=None):
        parameters = series.parameters
        matrix = parameters.get("acquisition_matrix")
        rows.append(
            {
                "image_set": series.image_set.code,
                "region": series.image_set.region,
                "plane": series.image_set.plane,
                "sequence": series.image_set.sequence,
                "arm": series.arm.code if series.arm else "",
                "matrix": "×".join(str(number) for number in matrix) if matrix else None,
                "etl": parameters.get("echo_train_length"),
                **{name: parameters.get(name) for name in PARAMETERS},
            }
        )
    return rows


PARAMETERS = ("tr_ms", "te_ms", "ti_ms", "averages", "slice_thickness_mm", "scan_time_s")


def participants(study: Study) -> list[dict[str, Any]]:
    return list(queries.scored_participants(study).values("code", "sex", "age_years"))


def image_metrics(study: Study) -> pd.DataFrame | None:
    """Wide table of the image metrics, one row an image set; None where there are none."""
    rows = ImageMetric.objects.filter(image_set__study=study, value__isnull=False).values_list(
        "image_set__code", "image_set__participant__code", "name", "value"
    )
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=["image_set_id", "patient_id", "name", "value"])
    wide = frame.pivot_table(index=["image_set_id", "patient_id"], columns="name", values="value").reset_index()
    wide.columns.name = None
    return wide


def measured_with(study: Study) -> list[str]:
    """The software by which the images were measured: one line, or more where it changed on the way."""
    kept = ImageMetric.objects.filter(image_set__study=study).exclude(measured_with="")
    return sorted(set(kept.values_list("measured_with", flat=True)))


def measured_since(analysis: Analysis) -> bool:
    """
    Whether what the results have of the images was measured again after they were computed.

    Measures that only another version of the plan asks for, such as registered ones, do not count.
    """
    stored = (analysis.results["results"].get("image_metrics") or {}).get("n_measured", {})
    known = ImageMetric.objects.filter(image_set__study=analysis.study_id, value__isnull=False)
    return stored != dict(known.filter(name__in=stored).values_list("name").annotate(n=Count("pk")))


def latest_analysis(study: Study, *, plan_version: int = 1) -> Analysis | None:
    """The last computation by one version of the plan: 1 is the sealed one, which no other replaces."""
    return Analysis.objects.filter(study=study, plan_version=plan_version).first()


def computed_versions(study: Study) -> dict[int, Any]:
    """Plan version -> when its results were last computed."""
    rows = Analysis.objects.filter(study=study).order_by("made_at").values_list("plan_version", "made_at")
    return dict(rows)


def shown_tables(analysis: Analysis) -> list[dict[str, Any]]:
    """The tables as the page shows them; they were laid out when the analysis was made."""
    return analysis.results["tables"]


def printed_frame(table: Mapping[str, Any]) -> pd.DataFrame:
    """A stored table for a file."""
    return pd.DataFrame(table["rows"], columns=table["columns"])
