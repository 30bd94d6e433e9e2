"""CSV in and out: UTF-8, RFC 4180, CRLF, a header, empty cells for what is missing.

A text cell that a spreadsheet would run as a formula is written with one apostrophe in front, and read back
by removing exactly one. An apostrophe in front is itself guarded, so the pair of functions loses nothing.
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from readerstudy.core.errors import BadCell, UnreadableTable, WrongColumns

LONGEST_CELL = 32_767
MOST_TRIED = 200  # cells of a broken row that are looked at for the one that is broken
_BLANK = r"[ \u00a0\u200b\ufeff]"
_RUNS_AS_FORMULA = re.compile(rf"[=+\-@\t\r\n'|%]|{_BLANK}+[=+\-@]|{_BLANK}*[＝＋－＠]")


@dataclass(frozen=True)
class RawTable:
    """Cells as text; `lines` holds the line of the file on which each row ends."""

    name: str
    sha256: str
    columns: tuple[str, ...]
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


def guard(text: str) -> str:
    """The text as it may stand in a spreadsheet's cell."""
    return f"'{text}" if _RUNS_AS_FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if text.startswith("'") else text


def read_bytes(path: Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableTable(f"{path}: cannot be read ({error.strerror}).") from error


def parse_table(data: bytes, *, name: str) -> RawTable:
    """Rows of text with their line numbers. Raises UnreadableTable and WrongColumns."""
    text = _decode(data, name)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, rows = [], []
    columns: tuple[str, ...] = ()
    began = 1  # the line on which the row that is being read begins
    known: dict[str, str] = {}  # tables repeat their cells: each text is kept once, or a large one fills the memory
    try:
        columns = tuple(next(reader, ()))
        _check_separator(columns, name)
        began = reader.line_num + 1
        for row in reader:
            if row:
                _check_width(row, columns, f"{name}, line {reader.line_num}")
                lines.append(reader.line_num)
                rows.append(tuple(known.get(cell) or known.setdefault(cell, unguard(cell)) for cell in row))
            began = reader.line_num + 1
    except csv.Error as error:
        column = _column_of_failure(text, began, columns)
        raise UnreadableTable(f"{name}, line {began}, column {column}: this is not CSV ({error}).") from error
    if not columns:
        raise UnreadableTable(f"{name}, line 1: the file is empty; its first line must name the columns.")
    if any(len(cell) > LONGEST_CELL for cell in known):
        _refuse_long_cell(columns, lines, rows, name)
    return RawTable(name, hashlib.sha256(data).hexdigest(), columns, tuple(lines), tuple(rows))


def _refuse_long_cell(columns: Sequence[str], lines: Sequence[int], rows: Sequence[Sequence[str]], name: str) -> None:
    for line, row in zip(lines, rows, strict=True):
        for column, cell in zip(columns, row, strict=True):
            if len(cell) > LONGEST_CELL:
                rule = f"has {len(cell)} characters, more than the {LONGEST_CELL} of a spreadsheet"
                raise BadCell(f"{name}, line {line}, column {column}: '{cell[:40]}' {rule}.")


def _decode(data: bytes, name: str) -> str:
    """The text of the file. Raises UnreadableTable that names the cell of the first byte that is no text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableTable(f"{name}, line 1, column 1: this is UTF-16, not UTF-8; save the table as CSV UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = _place(error.object[: error.start].decode("utf-8"))
        raise UnreadableTable(f"{name}, {where}: this is not UTF-8; save the table as UTF-8.") from error
    if "\0" in text:
        raise UnreadableTable(f"{name}, {_place(text[: text.index(chr(0))])}: there is a zero byte in the text.")
    return text


def _place(before: str) -> str:
    """ "line 3, column vendor" of what follows this beginning of a table."""
    try:
        rows = list(csv.reader(io.StringIO(before + ".", newline="")))
    except csv.Error:  # a cell before it is no cell either: its line must do
        rows = []
    line = len(_lines(before + "."))
    number = len(rows[-1]) if rows else 1
    named = len(rows) > 1 and number <= len(rows[0])
    return f"line {line}, column {rows[0][number - 1] if named else number}"


def _check_separator(columns: tuple[str, ...], name: str) -> None:
    """One long column name is what a spreadsheet of another country, or a copied table, looks like."""
    mark = next((mark for mark in (";", "\t", "|") if len(columns) == 1 and mark in columns[0]), None)
    if mark:
        what = "tabs" if mark == "\t" else f"'{mark}'"
        first = columns[0].split(mark)[0][:80]
        raise WrongColumns(
            f"{name}, line 1, column {first}: the cells are separated by {what}; save the table as CSV with commas."
        )


def _check_width(row: list[str], columns: tuple[str, ...], where: str) -> None:
    if len(row) != len(columns):
        place = columns[len(row)] if len(row) < len(columns) else len(columns) + 1
        raise WrongColumns(f"{where}, column {place}: {len(row)} cells under {len(columns)} column names.")


def _column_of_failure(text: str, line: int, columns: tuple[str, ...]) -> str | int:
    """The column of the first cell of the row of that line that is no cell of CSV."""
    record = "".join(_lines(text)[line - 1 :])
    whole, end = 0, record.find(",")
    for _ in range(MOST_TRIED):
        if end < 0:
            break
        whole, end = max(whole, _whole_cells(record[:end])), record.find(",", end + 1)
    return columns[whole] if whole < len(columns) else whole + 1


def _whole_cells(text: str) -> int:
    """How many cells the beginning of a row has; 0 where its last one is not whole."""
    try:
        return len(next(csv.reader([text], strict=True), ()))
    except csv.Error:
        return 0


def _lines(text: str) -> list[str]:
    """Lines as the reader of CSV counts them: other programs' breaks, such as U+2028, are text."""
    return io.StringIO(text, newline="").readlines()


def to_csv(frame: pd.DataFrame) -> str:
    """The frame without its index; numbers as they are, text guarded."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([guard(str(column)) for column in frame.columns])
    for row in frame.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str):
        return guard(value)
    return "" if pd.isna(value) else value
