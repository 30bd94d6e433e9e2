"""A printed table: cells that are text, in groups of rows, under headings that may share a band."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.core.wording import NOTHING, format_p

WIDE = 26  # signs beyond which a cell is words and may wrap
_NUMBERS = re.compile(r"[\s\d.,:<>=≤≥±×%()/−–-]*(?:\b(?:to|of)\b[\s\d.,<>±%()/−–-]*)*")


@dataclass(frozen=True)
class Cell:
    """What stands in one place; `strong` where the paper prints in bold."""

    text: str
    strong: bool = False

    @property
    def is_words(self) -> bool:
        return len(self.text) > WIDE

    def __str__(self) -> str:
        return self.text


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """Rows under a heading of their own; an empty title where the table is one piece."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Band:
    """A heading above several columns, as "SOC vs FAST" above its mean and its P; no title above the first ones."""

    title: str
    span: int


@dataclass(frozen=True)
class PrintedTable:
    """
    One table of a results page.

    `name` is that of its CSV file; `notes` stand below it: the method, what n counts, what not to conclude; `folded`
    tables are opened by whoever looks for them; `heading` is what the groups are, for the CSV.
    """

    name: str
    title: str
    caption: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    bands: tuple[Band, ...] = ()
    notes: tuple[str, ...] = ()
    folded: bool = False
    heading: str = "Comparison"

    @property
    def has_rows(self) -> bool:
        return any(group.rows for group in self.groups)

    @property
    def kinds(self) -> tuple[str, ...]:
        """For each column `number`, `text` or `words` (text long enough to wrap)."""
        rows = [row for one in self.groups for row in one.rows]
        return tuple(_kind([row[place] for row in rows]) for place in range(len(self.columns)))

    def frame(self) -> pd.DataFrame:
        """The table for a file: groups as a first column, bands before the names of their columns."""
        columns, grouped = self._named_columns(), any(group.title for group in self.groups)
        rows = [
            [*([group.title] if grouped else []), *("" if str(cell) == NOTHING else str(cell) for cell in row)]
            for group in self.groups
            for row in group.rows
        ]
        return pd.DataFrame(rows, columns=[*([self.heading] if grouped else []), *columns])

    def _named_columns(self) -> list[str]:
        titles = [band.title for band in self.bands for _ in range(band.span)] or [""] * len(self.columns)
        return [": ".join(part for part in pair if part) for pair in zip(titles, self.columns, strict=True)]


def _kind(cells: Sequence[Cell]) -> str:
    if cells and all(_NUMBERS.fullmatch(cell.text) for cell in cells):
        return "number"
    return "words" if any(cell.is_words for cell in cells) else "text"


def group(title: str, rows: Iterable[Sequence[Cell | str | int]]) -> Group:
    return Group(title, tuple(tuple(_cell(value) for value in row) for row in rows))


def _cell(value: Cell | str | int) -> Cell:
    return value if isinstance(value, Cell) else Cell(str(value))


def p_cell(p: float | None, alpha: float) -> Cell:
    """A P as it is printed, strong below the level."""
    return Cell(format_p(p), strong=p is not None and p < alpha)


def within(block: Any, *path: str) -> Any:
    """What stands at the end of the path; None where a part of it is not there."""
    for part in path:
        block = block.get(part) if isinstance(block, Mapping) else None
    return block


def in_order(blocks: Mapping[str, Any], order: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The blocks in this order, not in that of the storage; what is not there is left out."""
    return ((name, blocks[name]) for name in order if name in blocks)
