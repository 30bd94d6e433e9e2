"""Reads what was measured on images, and what figures are made of. Nothing before unblinding."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.core.csv_text import to_csv
from analysis.core.metric_names import KINDS, parse_metric
from analysis.models import FigurePlate, ImageMetric
from readerstudy import queries
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

LISTING_COLUMNS = ("image_set_id", "patient_id", "metric", "reference_arm", "other_arm", "value", "data_range", "note")


def metric_listing(study: Study) -> list[dict[str, Any]]:
    """One row a number: every metric of every series and contrast, with its data range or why it is missing."""
    require(study.status, Act.JOIN_ARMS)
    rows = ImageMetric.objects.filter(image_set__study=study).order_by("image_set__code", "name").values_list(
        "image_set__code", "image_set__participant__code", "name", "reference__arm__code", "other__arm__code",
        "value", "data_range", "note",
    )  # fmt: skip
    return [dict(zip(LISTING_COLUMNS, row, strict=True)) for row in rows]


def metric_listing_csv(study: Study) -> str:
    return to_csv(pd.DataFrame(metric_listing(study), columns=list(LISTING_COLUMNS)))


@dataclass(frozen=True)
class MetricTable:
    """The numbers of one series, or of one contrast, of every image set: a row an image set."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def metric_tables(study: Study) -> list[MetricTable]:
    """The listing as the page shows it: contrasts first, then single series."""
    groups: dict[tuple[str, ...], dict[str, dict[str, str]]] = {}
    for row in metric_listing(study):
        arms = tuple(arm for arm in (row["reference_arm"], row["other_arm"]) if arm)
        cells = groups.setdefault(arms, {}).setdefault(row["image_set_id"], {})
        metric = parse_metric(row["metric"])
        cells[metric.kind] = f"{row['value']:.{metric.decimals}f}" if row["value"] is not None else "–"
        if row["note"]:
            cells["note"] = row["note"]
    ordered = sorted(groups.items(), key=lambda item: -len(item[0]))
    return [_metric_table(" vs ".join(arms), by_set) for arms, by_set in ordered]


def _metric_table(title: str, by_set: Mapping[str, Mapping[str, str]]) -> MetricTable:
    kinds = [kind for kind in KINDS if any(kind in cells for cells in by_set.values())]
    notes = any("note" in cells for cells in by_set.values())
    columns = ("Image set", *(KINDS[kind].label for kind in kinds), *(("Why not",) if notes else ()))
    rows = tuple(
        (code, *(cells.get(kind, "") for kind in kinds), *((cells.get("note", ""),) if notes else ()))
        for code, cells in by_set.items()
    )
    return MetricTable(title, columns, rows)


def plates(study: Study) -> list[FigurePlate]:
    require(study.status, Act.JOIN_ARMS)
    return list(study.figure_plates.select_related("changed_by"))


def plate(study: Study, pk: int) -> FigurePlate:
    require(study.status, Act.JOIN_ARMS)
    found = study.figure_plates.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such figure.")
    return found


def figure_arms(study: Study) -> list[str]:
    """The arms that readers saw, in the protocol's order: these have display stacks on one scale."""
    return list(study.arms.filter(shown=True).values_list("code", flat=True))


def figure_image_sets(study: Study) -> list[dict[str, Any]]:
    """What a row may be made of: {"code", "label", "slices"}."""
    return [
        {"code": one.code, "label": f"{one.code} · {one.label}", "short": one.sequence, "slices": slices}
        for one in queries.scored_image_sets(study).order_by("code")
        if (slices := one.geometry.get("slices"))
    ]
