"""Column headings of a results table: `SOC vs FAST: P` stands under `SOC vs FAST`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django import template

register = template.Library()
SEPARATOR = ": "


@dataclass(frozen=True)
class Group:
    """Neighbouring columns under one heading; a column without one is a group of its own with no title."""

    title: str
    columns: tuple[str, ...]


@register.filter
def heading_groups(columns: Sequence[str]) -> list[Group]:
    """The groups in their order."""
    split = [name.partition(SEPARATOR) for name in columns]
    named = [(before, after) if separator else ("", before) for before, separator, after in split]
    groups = groupby(named, key=lambda pair: pair[0])
    return [Group(title, tuple(name for _, name in pairs)) for title, pairs in groups]


@register.filter
def has_groups(columns: Sequence[str]) -> bool:
    return any(SEPARATOR in name for name in columns)
