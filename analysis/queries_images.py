"""Reads what was measured on images, and what figures are made of. Nothing before unblinding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.core.csv_text import to_csv
from analysis.core.figures.layout import Layout, Row
from analysis.core.figures.render import DrawnRow, Picture
from analysis.core.figures.windows import Window, window_of
from analysis.core.metric_names import KINDS, parse_metric
from analysis.core.wording import minutes
from analysis.models import FigurePlate, ImageMetric
from readerstudy.core import display
from readerstudy.core.blinding import StackGeometry
from readerstudy.core.errors import BadFigure, NotFound
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import ImageSet, Series, Study
from readerstudy.services import files

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
        for one in study.image_sets.order_by("code")
        if (slices := one.geometry.get("slices"))
    ]


def drawn_rows(study: Study, layout: Layout) -> list[DrawnRow]:
    """
    The pictures of a layout: one slice of each arm's display stack.

    Raises WrongState before unblinding, BadFigure where the study lacks what the layout names.
    """
    require(study.status, Act.JOIN_ARMS)
    return [_drawn_row(study, row, layout.arms) for row in layout.rows]


def _drawn_row(study: Study, row: Row, arms: Sequence[str]) -> DrawnRow:
    image_set = study.image_sets.filter(code=row.image_set).first()
    if image_set is None:
        raise BadFigure(f"The study has no image set '{row.image_set}'.")
    series = {
        one.arm.code: one
        for one in image_set.series.filter(removed_at=None, arm__code__in=arms, display__isnull=False).select_related(
            "arm", "display", "derived_from"
        )
        if one.arm
    }
    if missing := [arm for arm in arms if arm not in series]:
        raise BadFigure(f"{image_set.code} has no image of {missing[0]} that was shown to readers.")
    pictures = tuple(Picture(_slice(series[arm], row.slice), _time(series[arm])) for arm in arms)
    geometry = StackGeometry.from_json(image_set.geometry)
    return DrawnRow(
        row=row,
        pictures=pictures,
        window=window_of(row, [one.pixels for one in pictures], as_read=_as_read(image_set, arms)),
        spacing_mm=(geometry.spacing_mm[1], geometry.spacing_mm[2]),
        has_geometry=bool(geometry.orientation),
    )


def _slice(series: Series, z: int) -> Any:
    if series.display is None:
        raise BadFigure("The series has no display stack.")
    with files.open_stored(series.display) as stream:
        index = display.StackIndex.read(stream)
        if z >= index.slices:
            raise BadFigure(f"Slice {z + 1} is asked for, and the series has {index.slices}.")
        return display.decode_slice(display.slice_bytes(stream, index, z), index.rows, index.columns)


def _time(series: Series) -> str:
    """How long the acquisition took: a denoised series took as long as what it was made from."""
    acquired = series.derived_from or series
    seconds = acquired.parameters.get("scan_time_s")
    return f"{minutes(seconds)} min" if seconds else ""


def _as_read(image_set: ImageSet, arms: Sequence[str]) -> Window | None:
    """What readers began with, for all pairs of these arms together."""
    pairs = image_set.pairs.filter(comparison__arm_a__code__in=arms, comparison__arm_b__code__in=arms)
    edges = [(one.window_center - one.window_width / 2, one.window_center + one.window_width / 2) for one in pairs]
    return Window(min(low for low, _ in edges), max(high for _, high in edges)) if edges else None
