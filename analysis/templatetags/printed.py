"""A printed table on a page: every cell with the kind of its column, so that numbers stand under each other."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template

register = template.Library()


@register.filter
def beside(cells: Iterable[Any], kinds: Iterable[str]) -> Iterator[tuple[Any, str]]:
    """Each cell (or heading) with the kind of its column: `number`, `text` or `words`."""
    return zip(cells, kinds, strict=True)
