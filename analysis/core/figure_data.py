"""The numbers that a figure shows, read back from its CSV: as rows with types, and described for the data package."""

import math
import re
from collections.abc import Sequence
from typing import Any

from analysis.core.csv_text import RawTable, parse_table

_WHOLE = re.compile(r"-?[0-9]{1,15}")
Value = str | int | float | None


def typed_rows(content: bytes, *, name: str) -> list[dict[str, Value]]:
    """One dict a row; a column is of numbers where all that stands in it is one, and None where nothing stands."""
    table = parse_table(content, name=name)
    kinds = _kinds(table)
    read = {"integer": int, "number": float, "string": str}
    return [
        {column: read[kind](cell) if cell else None for (column, kind), cell in zip(kinds.items(), row, strict=True)}
        for row in table.rows
    ]


def _kinds(table: RawTable) -> dict[str, str]:
    return {column: _kind([row[place] for row in table.rows]) for place, column in enumerate(table.columns)}


def _kind(cells: Sequence[str]) -> str:
    there = [cell for cell in cells if cell]
    if all(_WHOLE.fullmatch(cell) for cell in there):
        return "integer"
    return "number" if all(map(_is_number, there)) else "string"


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False


def figure_resource(path: str, content: bytes, *, title: str, caption: str) -> dict[str, Any]:
    """The data of a figure as a resource of a tabular data package; `figure` says which pictures show it."""
    stem = path.removesuffix(".csv")
    kinds = _kinds(parse_table(content, name=path))
    return {
        "name": re.sub(r"[^a-z0-9._-]+", "-", stem.lower().replace("_", "-")),
        "path": path,
        "profile": "tabular-data-resource",
        "title": title,
        "description": caption,
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\r\n"},
        "figure": [f"{stem}.svg", f"{stem}.png"],
        "schema": {
            "fields": [{"name": column, "type": kind} for column, kind in kinds.items()],
            "missingValues": [""],
        },
    }
