"""The tables of each section, in the order in which they are to be read."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from analysis.core.csv_text import to_csv
from analysis.core.plan import POST_HOC
from analysis.core.section_tables import (
    agreement,
    blinding,
    conduct,
    consistency,
    images,
    paper,
    preferences,
    subgroups,
    transitivity,
)
from analysis.core.section_tables.table import PrintedTable
from analysis.core.section_tables.view import View
from analysis.core.sections import SECTIONS


@dataclass(frozen=True)
class Stored:
    """What an analysis keeps: its results, the tables that were laid out with them, and the arms' names."""

    results: Mapping[str, Any]
    tables: Sequence[Mapping[str, Any]]
    arm_names: Mapping[str, str]

    @property
    def view(self) -> View:
        return View(self.results, self.arm_names)


BY_SECTION: dict[str, Callable[[Stored, str], Iterable[PrintedTable]]] = {
    "preferences": lambda stored, _: preferences.tables(stored.view),
    "paper": lambda stored, _: paper.tables(stored.view, stored.tables),
    "subgroups": lambda stored, comparison: subgroups.tables(stored.view, comparison),
    "agreement": lambda stored, _: agreement.tables(stored.view),
    "conduct": lambda stored, _: conduct.tables(stored.view),
    "consistency": lambda stored, _: consistency.tables(stored.view, stored.tables),
    "images": lambda stored, _: images.tables(stored.view),
    "transitivity": lambda stored, _: transitivity.tables(stored.view),
    "blinding": lambda stored, _: blinding.tables(stored.view),
}


# Why a page has nothing to show, by section; the others always have something.
NOTHING_HERE = {
    "subgroups": "No feature was scored, so there are no subgroups.",
    "conduct": "No pair was read, so there is nothing to tell about how it went.",
    "consistency": "This study asks nothing about consistency, or no pair was finished.",
    "images": "No image metric was measured: there are no series of two arms on one grid.",
    "transitivity": "Transitivity needs three arms of which each is compared with each other.",
    "blinding": "Readers were not asked which side was enhanced.",
}


def section_tables(stored: Stored, section: str, comparison: str) -> list[PrintedTable]:
    """
    The tables of one section; none where what it needs was not computed.

    Parameters
    ----------
    section
        A code of `sections.SECTIONS`.
    comparison
        The id of the comparison whose subgroup levels are listed.
    """
    needs = next(one.needs for one in SECTIONS if one.code == section)
    made = BY_SECTION[section](stored, comparison) if stored.results.get(needs) else ()
    return [_labelled(table, stored) for table in made]


def _labelled(table: PrintedTable, stored: Stored) -> PrintedTable:
    """A table that is taken away from its page still says that it is post hoc."""
    version = (stored.view.plan.get(POST_HOC) or {}).get("version")
    label = f"Post hoc, plan version {version}: " if version else ""
    return table if table.caption.startswith(label) else replace(table, caption=f"{label}{table.caption}")


def every_table(stored: Stored) -> Iterator[tuple[str, PrintedTable]]:
    """The code of the section and the table, each once: of any section and, for subgroup levels, of any comparison."""
    seen = set()
    for section in SECTIONS:
        for comparison in stored.view.comparisons if section.code == "subgroups" else [""]:
            for table in section_tables(stored, section.code, comparison):
                if table.name not in seen:
                    seen.add(table.name)
                    yield section.code, table


def table_of(stored: Stored, name: str) -> PrintedTable | None:
    """The table with this name; None for an unknown one."""
    return next((table for _, table in every_table(stored) if table.name == name), None)


def table_files(stored: Stored) -> dict[str, bytes]:
    """Every table as a CSV file: path below the folder of the results -> content."""
    return {f"sections/{code}/{table.name}.csv": to_csv(table.frame()).encode() for code, table in every_table(stored)}
