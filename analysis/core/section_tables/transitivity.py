"""Whether one scale of worth explains all comparisons, feature by feature."""

from collections.abc import Iterator
from typing import Any

from analysis.core.section_tables.table import Cell, PrintedTable, group, p_cell
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, plain


def tables(view: View) -> Iterator[PrintedTable]:
    """None where the study has no closed circle of comparisons."""
    models = {feature: view.at("models", f"worth/{feature}") for feature in view.features}
    if not any(models.values()):
        return

    def row(feature: str, label: str) -> Iterator[Cell | str]:
        model: dict[str, Any] = models[feature] or {}
        worth, free, test = (model.get(key) or {} for key in ("worth", "free", "transitivity_lrt"))
        yield label
        yield from (plain(worth.get(arm), 2) for arm in view.arms)
        yield from (plain(free.get(comparison), 2) for comparison in view.comparisons)
        yield plain(test.get("lr"), 2)
        yield str(test.get("df", NOTHING))
        yield p_cell(test.get("p"), view.alpha)
        yield model.get("reason") or ""

    yield PrintedTable(
        name="transitivity_tests",
        title="One scale of worth?",
        caption="Worth of each arm, the preference seen in each comparison, and the test of transitivity",
        columns=("Feature", *(f"Worth of {view.arm(arm)}" for arm in view.arms),
                 *(f"Seen, {title}" for title in view.comparisons.values()), "χ²", "df", "P", "Not fitted"),
        groups=(group("", (tuple(row(feature, label)) for feature, label in view.features.items())),),
        notes=(
            "Log cumulative odds of the raw scores; one arm is the reference at 0. Likelihood ratio of a free effect "
            "for each comparison against differences of worth. Descriptive: readings are taken as independent, so "
            "P may be too small.",
        ),
    )  # fmt: skip
