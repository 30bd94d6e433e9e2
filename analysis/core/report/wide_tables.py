"""Tables that were laid out for pages and files, as tables of a report: each group of columns is one of its own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from analysis.core import tables
from analysis.core.report.document import Table

SEPARATOR = ": "
MOST_COLUMNS = 15


def laid_out_tables(results: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Tables 2 to 4 of results that come without a study: arms as files write them, no Table 1."""
    shown = [
        _laid_out("table2", "Table 2", "Preference by feature and comparison, all readers", tables.table2(results)),
        _laid_out("table3", "Table 3", "Agreement between readers (Spearman)", tables.table3(results)),
    ]
    if metrics := results["image_metrics"]:
        caption = "Similarity of the image series before and after enhancement"
        shown.append(_laid_out("table4", "Table 4", caption, tables.table4(metrics)))
    return tuple(shown)


def _laid_out(name: str, title: str, caption: str, frame: pd.DataFrame) -> dict[str, Any]:
    flat = tables.flat(frame)
    rows = [["" if pd.isna(cell) else str(cell) for cell in row] for row in flat.itertuples(index=False)]
    return {"name": name, "title": title, "caption": caption, "columns": list(flat.columns), "rows": rows}


def report_tables(laid_out: Mapping[str, Any]) -> Iterator[Table]:
    """
    One table a group, as `SOC vs FAST` of `SOC vs FAST: P`; columns without a group are repeated in each.

    `laid_out` has title, caption, columns and rows of text. A narrow table stays in one piece.
    """
    columns, rows = laid_out["columns"], laid_out["rows"]
    groups = _groups(columns)
    shared = groups.pop("", [])
    if len(columns) <= MOST_COLUMNS or not groups:
        yield _part(laid_out["title"], laid_out, range(len(columns)), rows, "")
        return
    for title, places in groups.items():
        yield _part(f"{laid_out['title']}: {title}", laid_out, [*shared, *places], rows, f"{title}{SEPARATOR}")


def _groups(columns: Sequence[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(columns):
        title, separator, _ = name.partition(SEPARATOR)
        groups.setdefault(title if separator else "", []).append(place)
    return groups


def _part(
    title: str, laid_out: Mapping[str, Any], places: Sequence[int], rows: Sequence[Sequence[Any]], prefix: str
) -> Table:
    columns = tuple(str(laid_out["columns"][place]).removeprefix(prefix) for place in places)
    cells = tuple(tuple(str(row[place]) for place in places) for row in rows)
    return Table(title, laid_out["caption"], columns, cells, laid_out.get("note") or "")
