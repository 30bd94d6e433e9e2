"""Tables 1 to 4 in the layout of the paper, with what must stand beside its numbers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.core.plan import AS_PUBLISHED, PRIMARY_METHOD
from analysis.core.section_tables.table import Band, Cell, Group, PrintedTable, group, p_cell
from analysis.core.section_tables.view import View
from analysis.core.tables import flat, table3, table4
from analysis.core.wording import mean_sd

TABLE_1 = "table1"


def tables(view: View, stored: Sequence[Mapping[str, Any]]) -> Iterator[PrintedTable]:
    """`stored`: the tables that were laid out with the results; Table 1 comes from the headers of the series."""
    yield from (_protocol(one) for one in stored if one["name"] == TABLE_1)
    yield _preferences(view)
    yield _agreement(view)
    if view.at("image_metrics"):
        yield _similarity(view)


def _protocol(stored: Mapping[str, Any]) -> PrintedTable:
    """A group a sequence, a row an arm, as in the paper."""
    keys = {name: place for place, name in enumerate(stored["columns"])}
    kept = [place for name, place in keys.items() if name != "Sequence"]
    sequences: dict[str, list[Sequence[str]]] = {}
    for row in stored["rows"]:
        sequences.setdefault(row[keys["Sequence"]], []).append([row[place] for place in kept])
    return PrintedTable(
        name=TABLE_1,
        title="Table 1",
        caption=stored["caption"],
        columns=tuple(stored["columns"][place] for place in kept),
        groups=tuple(group(title, rows) for title, rows in sequences.items()),
        notes=(
            "Medians of the headers, the range in brackets where they vary; n: series. Reduction: 1 less mean scan "
            "time over that of SOC, in image sets that have both.",
        ),
        heading="Sequence",
    )


def _preferences(view: View) -> PrintedTable:
    names, multiplicity = view.comparisons, view.results["multiplicity"]

    def cells(comparison: str, feature: str) -> Iterator[Cell]:
        cell, name = view.results["cells"][comparison][feature], f"{comparison}/{feature}"
        yield Cell(mean_sd(cell["mean_pref"], cell["sd_pref"], 1))
        yield p_cell(multiplicity[AS_PUBLISHED]["p"][name], view.alpha)
        yield p_cell(multiplicity[PRIMARY_METHOD]["p"][name], view.alpha)

    rows: list[Sequence[Cell | str | int]] = [
        [label, *(cell for comparison in names for cell in cells(comparison, feature))]
        for feature, label in view.features.items()
    ]
    middle = (view.plan["scale_points"] + 1) // 2
    return PrintedTable(
        name="table2",
        title="Table 2",
        caption="Preference by feature and comparison, all readers combined",
        columns=("Feature", *(("Mean ± SD", "P, as published", "P, primary") * len(names))),
        bands=(Band("", 1), *(Band(names[comparison], 3) for comparison in names)),
        groups=(group("", rows),),
        notes=(
            f"Above {middle} the first-named arm was preferred. P in bold below {view.alpha:g}, unadjusted. SD is the "
            "spread of single readings, no interval of the mean.",
            "As published: Wilcoxon signed rank against no difference, zeros dropped, ties corrected, normal, without "
            "continuity correction; it takes readings as independent. Primary: exact sign flip by patient. Intervals "
            "and adjusted P are on the page of preferences; the CSV has all columns.",
        ),
    )


def _of_frame(frame: Any, **facts: Any) -> PrintedTable:
    flattened = flat(frame)
    rows = flattened.astype(str).itertuples(index=False)
    return PrintedTable(columns=tuple(map(str, flattened.columns)), groups=(group("", rows),), **facts)


def _agreement(view: View) -> PrintedTable:
    return _of_frame(
        table3(view.results),
        name="table3",
        title="Table 3",
        caption="Agreement between readers (Spearman), all features and comparisons stacked",
        notes=(
            "Stacking features counts it as agreement that some features score higher than others for everybody: the "
            "last row is what remains when image sets are permuted within cells, so that no reader agrees about any "
            "case (200 permutations). The page of agreement has the coefficients within features and cells.",
        ),
    )


def _similarity(view: View) -> PrintedTable:
    """SSIM first, as the paper's table; then L1, which its text reports."""
    table = _of_frame(
        table4(view.results["image_metrics"]),
        name="table4",
        title="Table 4",
        caption="Similarity of the image series before and after enhancement",
        notes=(
            "n: image sets. SSIM: 11 × 11 Gaussian window, mean of slices, range of the reference series (the first "
            "named). L1: mean absolute difference in stored units. P: signed rank with continuity correction, as "
            "published; the interval is by patient (CR2). The page of image metrics has all measures.",
            "Similarity of a denoised image to its source does not prove that nothing was invented.",
        ),
    )
    (only,) = table.groups
    kinds: dict[str, list[tuple[Cell, ...]]] = {}
    for row in only.rows:
        kinds.setdefault(str(row[0]), []).append(row[1:])
    groups = tuple(Group(title, tuple(rows)) for title, rows in kinds.items())
    return PrintedTable(
        name=table.name, title=table.title, caption=table.caption, notes=table.notes, columns=table.columns[1:],
        groups=groups, heading=table.columns[0],
    )  # fmt: skip
