"""What the tables of cells share: a row a feature under its comparison, numbers with their intervals, n."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analysis.core.section_tables.table import Cell, Group, group
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, interval, plain

Line = Callable[[str, str, Mapping[str, Any]], Iterable[Cell | str | int]]  # comparison, feature, cell


def by_comparison(view: View, line: Line) -> tuple[Group, ...]:
    return tuple(
        group(
            title,
            (
                (label, *line(comparison, feature, view.results["cells"][comparison][feature]))
                for feature, label in view.features.items()
            ),
        )
        for comparison, title in view.comparisons.items()
    )


def estimate(value: float | None, ci: Sequence[float] | None, decimals: int = 2) -> str:
    return NOTHING if value is None else with_interval(plain(value, decimals), ci, 1, decimals)


def with_interval(printed: str, ci: Sequence[float] | None, factor: float, decimals: int) -> str:
    if ci is None or None in ci:
        return printed
    return f"{printed} ({interval([factor * limit for limit in ci], decimals)})"
