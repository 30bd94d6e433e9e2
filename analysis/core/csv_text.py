"""CSV in and out: UTF-8, RFC 4180, CRLF, a header, empty cells for what is missing.

A text cell that a spreadsheet would run as a formula is written with one apostrophe in front, and read back
by removing exactly one. An apostrophe in front is itself guarded, so the pair of functions loses nothing.
"""

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from readerstudy.core.errors import UnreadableTable, WrongColumns

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
    reader = csv.reader(io.StringIO(_decode(data, name), newline=""), strict=True)
    lines, rows = [], []
    known: dict[str, str] = {}  # tables repeat their cells: each text is kept once, or a large one fills the memory
    try:
        columns = tuple(next(reader, ()))
        for row in reader:
            if row:
                _check_width(row, columns, f"{name}, line {reader.line_num}")
                lines.append(reader.line_num)
                rows.append(tuple(known.get(cell) or known.setdefault(cell, unguard(cell)) for cell in row))
    except csv.Error as error:
        raise UnreadableTable(f"{name}, line {reader.line_num}: this is not CSV ({error}).") from error
    if not columns:
        raise UnreadableTable(f"{name}: the file is empty; its first line must name the columns.")
    return RawTable(name, hashlib.sha256(data).hexdigest(), columns, tuple(lines), tuple(rows))


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableTable(f"{name}, line {line}: this is not UTF-8; save the table as UTF-8.") from error


def _check_width(row: list[str], columns: tuple[str, ...], where: str) -> None:
    if len(row) != len(columns):
        raise WrongColumns(f"{where}: {len(row)} cells under {len(columns)} column names.")


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
