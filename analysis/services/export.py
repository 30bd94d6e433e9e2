"""The tables of an unblinded study as they are exported, and the files made from them."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.dataset import parse_allocation, parse_scores
from analysis.core.export import frames, programs, reading_variables, scripts, variables
from analysis.core.export.datapackage import Resource, codebook, descriptor, descriptor_json
from analysis.core.export.variables import Vocabulary
from analysis.core.plan import comparisons_of
from analysis.queries_reading import reading_tables
from analysis.services.compute import Tables, input_frames
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

Described = Sequence[Mapping[str, Any]]
# The columns that together name a row of a table.
KEYS = {
    "ratings_long": ("presentation_id", "feature_id"),
    "ratings_wide_by_presentation": ("presentation_id",),
    "ratings_wide_by_reader": ("comparison_id", "feature_id", "image_set_id"),
    "scores": ("presentation_id", "feature_id"),
    "consistency": ("presentation_id", "item"),
    "findings": ("presentation_id", "item", "side"),
    "allocation": ("presentation_id",),
    "image_metrics": ("image_set_id",),
    "guesses": ("presentation_id",),
    **reading_variables.KEYS,
}


@dataclass(frozen=True)
class Export:
    """The tables of one study at one moment. Made by `export_of`, which refuses before unblinding."""

    study: Study
    inputs: dict[str, pd.DataFrame]
    reading: dict[str, pd.DataFrame] = field(default_factory=dict)  # how it was read

    @cached_property
    def input_files(self) -> Tables:
        """What `manage.py analyse` reads, and the findings that readers described."""
        return {f"{name}.csv": to_csv(frame).encode() for name, frame in self.inputs.items()}

    @cached_property
    def long(self) -> pd.DataFrame:
        """Through the same door as any file, so that what is exported was proved."""
        plan = self.study.plan
        scores = parse_scores(self.input_files["scores.csv"], name="scores.csv", scale_points=plan["scale_points"])
        allocation = parse_allocation(self.input_files["allocation.csv"], name="allocation.csv")
        return frames.ratings_long(scores, allocation, comparisons_of(plan))

    @property
    def words(self) -> Vocabulary:
        return Vocabulary.of(self.long, scale_points=self.study.plan["scale_points"])

    @property
    def names(self) -> list[str]:
        """The tables that this study has, in the order in which they are told about."""
        return [name for name in KEYS if name in self.inputs or name in DERIVED or name in self.reading]

    def table(self, name: str) -> pd.DataFrame:
        if name in self.reading:
            return self.reading[name]
        return DERIVED[name](self.long) if name in DERIVED else self.inputs[name]

    def resource(self, name: str) -> Resource:
        return Resource(f"{name}.csv", self._variables(name), KEYS[name])

    def _variables(self, name: str) -> tuple[variables.Variable, ...]:
        if name in reading_variables.TABLES:
            return reading_variables.TABLES[name]
        if name == "image_metrics":
            return variables.image_metrics_variables(list(self.inputs[name].columns))
        if name == "ratings_wide_by_reader":
            return variables.wide_by_reader_variables(self.words, sorted(set(self.long["reader_id"])))
        return VARIABLES[name](self.words)


DERIVED: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "ratings_long": lambda long: long,
    "ratings_wide_by_presentation": frames.wide_by_presentation,
    "ratings_wide_by_reader": frames.wide_by_reader,
}
VARIABLES: dict[str, Callable[[Vocabulary], tuple[variables.Variable, ...]]] = {
    "ratings_long": variables.ratings_long_variables,
    "ratings_wide_by_presentation": variables.wide_by_presentation_variables,
    "scores": variables.scores_variables,
    "consistency": variables.consistency_variables,
    "findings": variables.findings_variables,
    "allocation": variables.allocation_variables,
    "guesses": variables.guesses_variables,
}


def export_of(study: Study) -> Export:
    """Refused before unblinding: every table here joins scores and arms."""
    require(study.status, Act.JOIN_ARMS)
    frames = {**input_frames(study), "findings": queries.findings_by_arm(study)}
    return Export(study, frames, reading_tables(study))


def data_files(export: Export, *, at: datetime, others: Described = ()) -> dict[str, bytes]:
    """
    Name -> content of tables, dictionary, files for SPSS and SAS, and scripts; equal input gives equal bytes.

    `others` are resources of the dictionary whose files are not made here.
    """
    scale = dict(export.study.scale.values_list("value", "label"))
    described = export.resource("ratings_long").variables
    tables = {f"{name}.csv": to_csv(export.table(name)).encode() for name in DERIVED}
    with tempfile.TemporaryDirectory(prefix="readerstudy-export-") as name:
        folder = Path(name)
        programs_ = {
            "ratings_long.sav": programs.sav_bytes(export.long, described, scale, folder=folder, at=at),
            "ratings_long.xpt": programs.xpt_bytes(export.long, described, folder=folder, at=at),
        }
    return {
        **tables,
        **export.input_files,
        **{f"{name}.csv": to_csv(frame).encode() for name, frame in export.reading.items()},
        "codebook_reading.csv": to_csv(reading_variables.reading_codebook()).encode(),
        "datapackage.json": package_json(export, at=at, others=others).encode(),
        "codebook.csv": to_csv(codebook(described)).encode(),
        **programs_,
        **{name: text.encode() for name, text in scripts.script_files(scale).items()},
    }


def package_json(export: Export, *, at: datetime, others: Described = ()) -> str:
    resources = [export.resource(name) for name in export.names]
    created = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    package = descriptor(resources, title=export.study.title, created=created, others=others)
    return descriptor_json(package) + "\n"
