"""Every address of the product, filled with things of one study: what a person with a list of links could ask for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from readerstudy.models import Allocation, Study

# Answers whose bytes are images: what they may depend on is tested in test_what_readers_receive.py.
PIXELS = {"stack", "pixel_slice"}


@dataclass(frozen=True)
class Pattern:
    """One address with the names of its parameters."""

    name: str
    parameters: frozenset[str]


def every_pattern(
    patterns: list[Any] | None = None, *, space: str = "", above: frozenset[str] = frozenset()
) -> Iterator[Pattern]:
    for one in get_resolver().url_patterns if patterns is None else patterns:
        parameters = above | set(one.pattern.converters)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from every_pattern(one.url_patterns, space=inner, above=parameters)
        elif isinstance(one, URLPattern):
            yield Pattern(f"{space}{one.name}", frozenset(parameters))


@dataclass(frozen=True)
class Things:
    """What addresses of a study can name. A new kind of address must be told here what to be filled with."""

    study: Study
    allocation: Allocation | None
    keys: dict[str, int] = field(default_factory=dict)  # name of the address -> primary key
    upload: str = "00000000-0000-4000-8000-000000000000"
    invitation: str = "none"  # the token in its link

    def value(self, pattern: Pattern, parameter: str) -> Any:
        place = (pattern.name, parameter)
        table = "ratings_long" if "api_table" in pattern.name else "table2"
        table = "win_tie_loss" if "api_figure" in pattern.name else table
        known = {
            "slug": self.study.slug,
            "upload": self.upload,
            "uidb64": "MQ",
            "number": 1,
            "act": "accept",
            "z": 0,
            "name": table,
            "section": "agreement",
            "pk": self.keys.get(pattern.name, 1),
            "token": self.allocation.token if self.allocation else "none",
        }
        if place == ("accept_invitation", "token"):
            return self.invitation
        if place == ("result_figure", "name"):
            return "win_tie_loss.svg"
        if place in {("stack", "token"), ("pixel_slice", "token")} and self.allocation:
            return self.allocation.left_token
        return known[parameter]

    def addresses(self) -> dict[str, str]:
        """Name of the address -> path."""
        return {
            pattern.name: reverse(pattern.name, kwargs={one: self.value(pattern, one) for one in pattern.parameters})
            for pattern in every_pattern()
        }
