"""The figures of the results as files of the bundle: as drawn, with the numbers that they show."""

from dataclasses import dataclass
from typing import Any

from analysis.core.figure_data import figure_resource
from analysis.models import Analysis, ResultFile
from analysis.services.report import REPORT
from readerstudy.core.lifecycle import Act, require


@dataclass(frozen=True)
class FigureFiles:
    """`files` by path in the bundle; `resources` describe their data for the data package."""

    files: dict[str, bytes]
    resources: list[dict[str, Any]]


def figure_files(analysis: Analysis, *, folder: str = "figures") -> FigureFiles:
    """Of one analysis, in the order of the pages; none where the worker has not drawn them yet."""
    require(analysis.study.status, Act.JOIN_ARMS)
    drawn = list(analysis.files.exclude(section=REPORT))
    return FigureFiles(
        files={f"{folder}/{one.name}": bytes(one.content) for one in drawn},
        resources=[_described(one, folder) for one in drawn if one.name.endswith(".csv")],
    )


def _described(one: ResultFile, folder: str) -> dict[str, Any]:
    return figure_resource(f"{folder}/{one.name}", bytes(one.content), title=one.title, caption=one.caption)
