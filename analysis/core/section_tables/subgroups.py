"""Subgroups: interaction tests of all cells, means by reader, and every level of one comparison."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.section_tables.table import Band, Cell, PrintedTable, group, p_cell
from analysis.core.section_tables.view import View
from analysis.core.subgroups import FACTORS
from analysis.core.wording import NOTHING, format_p, interval, mean_sd, plain

NAMES = {
    "reader_id": "Reader",
    "region": "Region",
    "sequence": "Sequence",
    "vendor": "Vendor",
    "scanner_id": "Scanner",
}


def tables(view: View, comparison: str) -> Iterator[PrintedTable]:
    """The levels of one comparison; all together would be thousands of lines."""
    yield _interactions(view)
    yield _by_reader(view)
    yield _levels(view, comparison)


def _interactions(view: View) -> PrintedTable:
    p, adjusted = (view.at("subgroup_interactions", key) or {} for key in ("p", "bh"))

    def cells(comparison: str, feature: str) -> Iterator[Cell | str]:
        for factor in FACTORS:
            name = f"{comparison}/{feature}/{factor}"
            yield format_p(p.get(name))
            yield p_cell(adjusted.get(name), view.alpha)

    groups = (
        group(title, ((label, *cells(comparison, feature)) for feature, label in view.features.items()))
        for comparison, title in view.comparisons.items()
    )
    return PrintedTable(
        name="interactions",
        title="Does the preference differ between levels?",
        caption="Interaction tests of each feature and comparison. Exploratory",
        columns=("Feature", *(("P", "P, adjusted") * len(FACTORS))),
        bands=(Band("", 1), *(Band(NAMES[factor], 2) for factor in FACTORS)),
        groups=tuple(groups),
        notes=(
            "Wald F of the mean preference with standard errors by patient (CR1S), among levels with at least 3 "
            f"patients; a dash: fewer than two such levels, or no spread. Adjusted: Benjamini-Hochberg over all "
            f"{len(p)} tests; bold below {view.alpha:g}.",
        ),
    )


def _by_reader(view: View) -> PrintedTable:
    def cells(by_reader: Mapping[str, Any]) -> Iterator[str]:
        for reader in view.readers:
            own = by_reader.get(reader) or {}
            yield mean_sd(own.get("mean_pref"), own.get("sd_pref"), 2)
            yield _outcomes(own)

    groups = (
        group(title, ((label, *cells(cell["by_reader"])) for label, cell in view.cells(comparison)))
        for comparison, title in view.comparisons.items()
    )
    middle = (view.plan["scale_points"] + 1) // 2
    return PrintedTable(
        name="by_reader",
        title="Reader by reader",
        caption="Preference of each reader by feature and comparison",
        columns=("Feature", *(("Mean ± SD", "W / T / L") * len(view.readers))),
        bands=(Band("", 1), *(Band(reader, 2) for reader in view.readers)),
        groups=tuple(groups),
        notes=(
            f"Mean and SD on the scale; above {middle} the first-named arm was preferred. W / T / L: readings that it "
            "won, tied and lost; their sum is n.",
        ),
    )


def _outcomes(own: Mapping[str, Any]) -> str:
    counts = own.get("counts")
    if not counts:
        return NOTHING
    won, lost = (sum(n for name, n in counts.items() if name.startswith(sign)) for sign in ("p", "m"))
    return f"{won} / {counts['z0']} / {lost}"


def _levels(view: View, comparison: str) -> PrintedTable:
    def rows(feature: str) -> Iterator[tuple[str, ...]]:
        for factor in FACTORS:
            block = view.at("subgroups", f"{comparison}/{feature}/{factor}") or {}
            for level, at in sorted((block.get("levels") or {}).items()):
                tested = "yes" if level in block["levels_tested"] else "described only"
                yield (
                    level, NAMES[factor], str(at["n"]), str(at["n_sets"]), str(at["n_patients"]), plain(at["mean"], 2),
                    interval(at["ci_cr2"], 2), f"{at['win']} / {at['tie']} / {at['loss']}", tested,
                )  # fmt: skip

    return PrintedTable(
        name=f"subgroup_levels_{comparison}",
        title=f"Every level, {view.comparisons[comparison]}",
        caption="Mean preference in points of the scale, positive for the first-named arm, by level",
        columns=("Level", "Of", "n", "Image sets", "Patients", "Mean", "95 % CI", "W / T / L", "In the test"),
        groups=tuple(group(label, rows(feature)) for feature, label in view.features.items()),
        notes=("95 % CI by patient (CR2). n: readings. Compare levels by the interaction test only.",),
        folded=True,
        heading="Feature",
    )
