"""The description of the exported tables: a Frictionless data package and a codebook for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.core.export.variables import Variable

CSV_GUARD = (
    "text cells starting with = + - @ TAB CR LF ' | % or (after blanks) a full-width =+-@ get one leading apostrophe; "
    "remove exactly one leading apostrophe to restore"
)


@dataclass(frozen=True)
class Resource:
    """One CSV file of the package."""

    path: str
    variables: Sequence[Variable]
    primary_key: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.removesuffix(".csv").replace("_", "-")


def descriptor(
    resources: Sequence[Resource], *, title: str, created: str, others: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """The tabular data package as its specification writes it; `created` is ISO 8601 in UTC.

    `others` are resources that are described already, as the data of figures.
    """
    return {
        "profile": "tabular-data-package",
        "name": "reader-study-export",
        "title": title,
        "created": created,
        "csv_guard": CSV_GUARD,
        "resources": [*(_resource(resource) for resource in resources), *map(dict, others)],
    }


def _resource(resource: Resource) -> dict[str, Any]:
    return {
        "name": resource.name,
        "path": resource.path,
        "profile": "tabular-data-resource",
        "encoding": "utf-8",
        "dialect": {"lineTerminator": "\r\n"},
        "schema": {
            "fields": [_field(variable) for variable in resource.variables],
            "missingValues": [""],
            "primaryKey": list(resource.primary_key),
        },
    }


def _field(variable: Variable) -> dict[str, Any]:
    described = {
        "name": variable.name,
        "type": variable.type,
        "title": variable.name,
        "description": variable.label,
    }
    return described | ({"constraints": dict(variable.constraints)} if variable.constraints else {})


def descriptor_json(package: dict[str, Any]) -> str:
    return json.dumps(package, indent=1, ensure_ascii=False)


def codebook(variables: Sequence[Variable]) -> pd.DataFrame:
    """Variable, its name of eight letters, type, label and values; one row each."""
    rows = [(one.name, one.name8, one.type, one.label, one.values) for one in variables]
    return pd.DataFrame(rows, columns=["variable", "name8", "type", "label", "values"])
