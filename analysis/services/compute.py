"""Compute the results of an unblinded study, by its sealed plan, from the same bytes that are exported."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from django.db import transaction
from django.utils import timezone

from analysis import queries
from analysis.core import tables
from analysis.core.blinding_index import blinding_table
from analysis.core.csv_text import to_csv
from analysis.core.dataset import (
    parse_allocation,
    parse_consistency,
    parse_guesses,
    parse_image_metrics,
    parse_scores,
)
from analysis.core.integrity_tables import consistency_table, diagnostic_table
from analysis.core.plan import comparisons_of
from analysis.core.repeat_table import repeat_table
from analysis.core.results import analyse
from analysis.models import Analysis
from analysis.queries import arm_names
from analysis.services.measure import measure_images
from analysis.services.plans import Version, version_of
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study, User
from readerstudy.services import audit, tasks
from readerstudy.services.close import verify_scores
from readerstudy.services.tasks import Progress

Tables = dict[str, bytes]


@transaction.atomic
def request_analysis(study: Study, *, actor: User, plan_version: int = 1) -> None:
    """Ask the worker to compute the results (again), by the sealed plan or by a post hoc version of it."""
    require(study.status, Act.JOIN_ARMS)
    version_of(study, plan_version)
    audit.record(study, actor, "analysis requested", plan_version=plan_version)
    if plan_version == 1:
        tasks.enqueue(study, "analyse", study.pk)
    else:
        tasks.enqueue(study, "analyse_post_hoc", study.plan_versions.get(number=plan_version).pk)


def compute(study: Study, progress: Progress, *, plan_version: int = 1) -> Analysis:
    """Image metrics first, series by series; then every table. What was measured before is not measured again."""
    require(study.status, Act.JOIN_ARMS)
    version = version_of(study, plan_version)
    verify_scores(study)
    measure_images(study, progress, plan=version.plan)
    progress(0, 1, "computing the tables")
    inputs = input_tables(study)
    results = results_of(version.plan, inputs)
    shown = {
        "results": results,
        "tables": [_labelled(table, version) for table in laid_out_tables(study, results)],
        "plan_line": plan_line(version),
        "participants_line": tables.participants_line(queries.participants(study)),
    }
    with transaction.atomic():
        analysis = Analysis.objects.create(
            study=study,
            made_at=timezone.now(),
            results=shown,
            plan_version=version.number,
            plan_sha256=version.sha256,
            data_sha256=results["meta"]["sha256"],
            versions={"python": results["meta"]["python"], **results["meta"]["packages"]},
        )
        audit.record(
            study,
            None,
            "analysis computed",
            plan_version=version.number,
            post_hoc=version.post_hoc,
            plan_sha256=analysis.plan_sha256,
            data_sha256=analysis.data_sha256,
        )
        # A task of its own: the numbers do not wait for their figures, and stand when one cannot be drawn.
        tasks.enqueue(study, "draw_results", analysis.pk)
    return analysis


def input_frames(study: Study) -> dict[str, pd.DataFrame]:
    """The tidy tables that the statistics read, as they are exported. Refused before unblinding."""
    frames = {
        "scores": queries.scores_by_arm(study),
        "allocation": queries.allocation_table(study),
        "consistency": queries.consistency_by_arm(study),
    }
    optional = {"image_metrics": queries.image_metrics(study), "guesses": queries.guesses_by_arm(study)}
    return frames | {name: frame for name, frame in optional.items() if frame is not None}


def input_tables(study: Study) -> Tables:
    """The same tables as files."""
    return {f"{name}.csv": to_csv(frame).encode() for name, frame in input_frames(study).items()}


def plan_line(version: Version) -> str:
    """Which plan the results follow, in the words that stand with them."""
    if not version.post_hoc:
        return "By the analysis plan that was sealed before reading began (version 1)."
    return (
        f"Post hoc: by version {version.number} of the analysis plan, made after the seal on "
        f"{version.made_at:%Y-%m-%d} by {version.made_by}: {version.reason}"
    )


def _labelled(table: dict[str, Any], version: Version) -> dict[str, Any]:
    """A table that is printed away from its page still says that it is post hoc."""
    label = f"Post hoc, plan version {version.number}: " if version.post_hoc else ""
    return {**table, "caption": f"{label}{table['caption']}"}


def results_of(plan: Mapping[str, Any], inputs: Tables) -> dict[str, Any]:
    """The same path as `manage.py analyse` on the exported files: parse, prove, compute."""
    images, guesses = inputs.get("image_metrics.csv"), inputs.get("guesses.csv")
    return analyse(
        parse_scores(inputs["scores.csv"], name="scores.csv", scale_points=plan["scale_points"]),
        parse_allocation(inputs["allocation.csv"], name="allocation.csv"),
        comparisons=comparisons_of(plan),
        consistency=parse_consistency(inputs["consistency.csv"], name="consistency.csv"),
        image_metrics=parse_image_metrics(images, name="image_metrics.csv") if images else None,
        guesses=parse_guesses(guesses, name="guesses.csv") if guesses else None,
        seed=plan["seed"],
        plan=plan,
    )


def laid_out_tables(study: Study, results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Tables 1 to 4 of the paper and what its text tells beside them, as the page and the CSV files show them."""
    names = arm_names(study)

    def shown(name: str, title: str, caption: str, table: pd.DataFrame) -> dict[str, Any]:
        return _shown(name, title, caption, table, arm_names=names)

    caption = "Protocol parameters by sequence and arm"
    yield shown("table1", "Table 1", caption, tables.table1(queries.protocol_rows(study)))
    yield shown("table2", "Table 2", "Preference by feature and comparison, all readers", tables.table2(results))
    yield shown("table3", "Table 3", "Agreement between readers (Spearman)", tables.table3(results))
    if results["image_metrics"]:
        caption = "Similarity of the image series before and after enhancement"
        yield shown("table4", "Table 4", caption, tables.table4(results["image_metrics"]))
        every = tables.image_metrics_table(results["image_metrics"])
        yield shown("table_image_metrics", "Image metrics", "Every measure of every series, and of every two", every)
    if results["consistency"]:
        items = dict(study.consistency_items.values_list("code", "label"))
        caption = "Apparent loss, corruption, alteration, creation or exaggeration of anatomy or pathology"
        yield shown("table_consistency", "Consistency", caption, consistency_table(results["consistency"], items))
    if results["intra_reader"]:
        caption = "Agreement of readers with themselves: hidden repeats against first showings"
        yield shown("table_repeats", "Repeats", caption, repeat_table(results["intra_reader"]))
    if judged := queries.diagnostic_quality(study):
        caption = "Displays that readers judged of diagnostic quality"
        yield shown("table_diagnostic_quality", "Diagnostic quality", caption, diagnostic_table(judged))
    if index := results.get("blinding_index"):
        caption = "Which side readers thought was enhanced: indices of blinding with 95 % intervals"
        yield shown("table_blinding", "Blinding", caption, blinding_table(index))


def _shown(name: str, title: str, caption: str, table: pd.DataFrame, *, arm_names: dict[str, str]) -> dict[str, Any]:
    """A table as text; arms by the codes that the study gave them, not by the ids of files."""
    flat = tables.flat(table)
    rows = [[_cell(cell, arm_names) for cell in row] for row in flat.itertuples(index=False)]
    columns = [_cell(column, arm_names) for column in flat.columns]
    return {"name": name, "title": title, "caption": caption, "columns": columns, "rows": rows}


def _cell(value: object, arm_names: dict[str, str]) -> str:
    if pd.isna(value):
        return ""
    return re.sub(r"\w+", lambda word: arm_names.get(word.group(), word.group()), str(value))
