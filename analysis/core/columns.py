"""What a column of a table may hold, and the one way to check a whole table against its columns."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.core.csv_text import RawTable
from readerstudy.core.errors import BadCell, WrongColumns

# Codes travel into file names and into R, SAS and SPSS.
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")

Parse = Callable[[str], object]


@dataclass(frozen=True)
class Column:
    """`parse` turns a cell's text into its value, or raises ValueError with the rule in words."""

    name: str
    parse: Parse
    may_be_absent: bool = False


def text(cell: str) -> str:
    return cell


def key(cell: str) -> str:
    if not cell:
        raise ValueError("must not be empty")
    return cell


def code(cell: str) -> str:
    if not _CODE.fullmatch(cell):
        raise ValueError("must be a code: letters, digits, '_', '.' and '-', at most 32 characters")
    return cell


def count(cell: str) -> int:
    if not _WHOLE.fullmatch(cell) or int(cell) < 1:
        raise ValueError("must be a whole number from 1")
    return int(cell)


def measure(cell: str) -> float:
    """A number that may be missing; NaN where it is."""
    if not cell:
        return math.nan
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    if not math.isfinite(value):
        raise ValueError("must be a number or empty")
    return value


def amount(cell: str) -> float:
    """A number from 0 that may be missing."""
    value = measure(cell)
    if value < 0:
        raise ValueError("must not be negative")
    return value


def flag(cell: str) -> float:
    if cell not in ("", "0", "1"):
        raise ValueError("must be 0, 1 or empty")
    return float(cell) if cell else math.nan


def score(points: int) -> Parse:
    """A score from 1 to `points`; NaN where the reader gave none."""

    def parse(cell: str) -> float:
        if not cell:
            return math.nan
        if not _WHOLE.fullmatch(cell) or not 1 <= int(cell) <= points:
            raise ValueError(f"must be a whole number from 1 to {points}, or empty")
        return float(cell)

    return parse


def one_of(choices: Sequence[str]) -> Parse:
    def parse(cell: str) -> str:
        if cell not in choices:
            raise ValueError(f"must be one of: {', '.join(choice or 'empty' for choice in choices)}")
        return cell

    return parse


def typed_frame(raw: RawTable, columns: Sequence[Column]) -> pd.DataFrame:
    """The table with values in place of text, indexed by line number. Raises WrongColumns and BadCell."""
    _check_names(raw, columns)
    present = [column for column in columns if column.name in raw.columns]
    cells = {column.name: _values(raw, column) for column in present}
    return pd.DataFrame(cells, index=pd.Index(raw.lines, name="line", dtype="int64"))


def _check_names(raw: RawTable, columns: Sequence[Column]) -> None:
    doubled = sorted({name for name in raw.columns if raw.columns.count(name) > 1})
    unknown = [name for name in raw.columns if name not in {column.name for column in columns}]
    missing = [column.name for column in columns if column.name not in raw.columns and not column.may_be_absent]
    for names, what in ((doubled, "stands twice"), (unknown, "is not known here"), (missing, "is missing")):
        if names:
            raise WrongColumns(f"{raw.name}, line 1: column '{names[0][:80]}' {what}.")


def _values(raw: RawTable, column: Column) -> list[object]:
    place = raw.columns.index(column.name)
    known: dict[str, object] = {}
    values = []
    for line, row in zip(raw.lines, raw.rows, strict=True):
        cell = row[place]
        if cell not in known:
            known[cell] = _parsed(cell, column, f"{raw.name}, line {line}")
        values.append(known[cell])
    return values


def _parsed(cell: str, column: Column, where: str) -> object:
    try:
        return column.parse(cell)
    except ValueError as error:
        raise BadCell(f"{where}, column {column.name}: '{cell[:40]}' {error}.") from error
