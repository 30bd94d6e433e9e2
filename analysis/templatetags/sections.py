"""A wide table on a page: groups of columns, as `SOC vs FAST: P`, stand below each other as sections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template

register = template.Library()
SEPARATOR = ": "


@dataclass(frozen=True)
class Section:
    """Rows under their own headings; an empty title where the table is one piece."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@register.filter
def sections(table: Mapping[str, Any]) -> list[Section]:
    """One section a group; columns without a group, such as the feature, are repeated in each."""
    places = _places(table["columns"])
    keys = places.pop("", [])
    return [_section(table, title, [*keys, *group]) for title, group in (places or {"": []}).items()]


def _places(columns: Sequence[str]) -> dict[str, list[int]]:
    """The places of the columns by the title of their group; those without one under ''."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(columns):
        title, separator, _ = name.partition(SEPARATOR)
        places.setdefault(title if separator else "", []).append(place)
    return places


def _section(table: Mapping[str, Any], title: str, places: Sequence[int]) -> Section:
    columns = tuple(table["columns"][place].removeprefix(f"{title}{SEPARATOR}") for place in places)
    return Section(title, columns, tuple(tuple(row[place] for place in places) for row in table["rows"]))
