"""All statistics on tidy files from anywhere; no database is touched."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.core.csv_text import to_csv
from analysis.core.dataset import (
    infer_comparisons,
    read_allocation,
    read_consistency,
    read_guesses,
    read_image_metrics,
    read_scores,
)
from analysis.core.layouts import SCALE_POINTS
from analysis.core.plan import MOST_REPLICATES, SEED, comparisons_of, read_plan
from analysis.core.report.about import About, program_version
from analysis.core.report.build import build_report, in_order, laid_out_tables
from analysis.core.report.html import to_html
from analysis.core.results import analyse, to_json
from analysis.core.tables import flat, image_metrics_table, table2, table3, table4
from analysis.services.whole_folder import whole_folder
from readerstudy.core.errors import BadData, BadPlan


class Command(BaseCommand):
    help = (
        "Analyse a table of scores with its allocation: results.json (full precision), table2.csv, table3.csv and, "
        "with image metrics, table4.csv and table_image_metrics.csv; report.html and report.pdf with methods, "
        "deviations, tables and figures. "
        "Only for studies that are unblinded: the allocation names the arms."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own shape; nothing here needs the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scores", type=Path, metavar="SCORES.csv", help="one row a presentation and feature")
        parser.add_argument("--allocation", type=Path, required=True, metavar="ALLOCATION.csv")
        parser.add_argument("--consistency", type=Path, metavar="CONSISTENCY.csv")
        parser.add_argument("--image-metrics", type=Path, metavar="IMAGE_METRICS.csv")
        parser.add_argument(
            "--guesses", type=Path, metavar="GUESSES.csv", help="which side readers thought enhanced: blinding indices"
        )
        parser.add_argument("--plan", type=Path, metavar="PLAN.json", help="default: the reference choices")
        parser.add_argument(
            "--bootstrap", type=int, metavar="B", help="replicates, 0 for none; default: the plan's (4999)"
        )
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="made when it is not there")
        parser.add_argument(
            "--figures", action="store_true", help="also DIR/figures: each as SVG, PNG and its data as CSV"
        )
        parser.add_argument("--title", default="", help="of the report; default: the name of SCORES.csv")
        parser.add_argument("--no-report", action="store_true", help="neither report.html nor report.pdf")
        parser.add_argument("--json", action="store_true", help="print what was written as JSON")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            with whole_folder(options["out"]) as folder:
                results = _results(options)
                written = _write(folder, results)
                if options["figures"] or not options["no_report"]:
                    plots = _plots(results, options["image_metrics"])
                if options["figures"]:
                    written += _write_figures(folder / "figures", plots)
                if not options["no_report"]:
                    written += _write_report(folder, in_order(results), plots, options["title"])
        except BadData as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']}: cannot be written ({error.strerror}).") from error
        self.stdout.write(_report(results, written, as_json=options["json"]))


def _results(options: Mapping[str, Any]) -> dict[str, Any]:
    plan = read_plan(options["plan"]) if options["plan"] else None
    if options["bootstrap"] is not None and not 0 <= options["bootstrap"] <= MOST_REPLICATES:
        raise BadPlan(f"--bootstrap must be from 0 to {MOST_REPLICATES}, not {options['bootstrap']}.")
    scores = read_scores(options["scores"], scale_points=plan["scale_points"] if plan else SCALE_POINTS)
    allocation = read_allocation(options["allocation"])
    consistency, metrics, guesses = options["consistency"], options["image_metrics"], options["guesses"]
    return analyse(
        scores,
        allocation,
        comparisons=comparisons_of(plan) if plan else infer_comparisons(allocation),
        consistency=read_consistency(consistency) if consistency else None,
        image_metrics=read_image_metrics(metrics) if metrics else None,
        guesses=read_guesses(guesses) if guesses else None,
        seed=plan["seed"] if plan else SEED,
        plan=plan,
        replicates=options["bootstrap"],
    )


def _write(folder: Path, results: dict[str, Any]) -> list[str]:
    """The names of the files that were written."""
    texts = {
        "results.json": to_json(results),
        "table2.csv": to_csv(flat(table2(results))),
        "table3.csv": to_csv(flat(table3(results))),
    }
    if results["image_metrics"]:
        texts["table4.csv"] = to_csv(flat(table4(results["image_metrics"])))
        texts["table_image_metrics.csv"] = to_csv(flat(image_metrics_table(results["image_metrics"])))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return list(texts)


def _plots(results: dict[str, Any], metrics: Path | None) -> list[Any]:
    from analysis.core.plots.collection import all_plots  # matplotlib takes a second to load

    return all_plots(in_order(results), images=read_image_metrics(metrics).frame if metrics else None)


def _write_figures(folder: Path, plots: list[Any]) -> list[str]:
    """Every figure as SVG and PNG with the numbers that it shows; the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for plot in plots:
        files = {"svg": plot.svg, "png": plot.png, "csv": to_csv(plot.data).encode()}
        for kind, content in files.items():
            (folder / f"{plot.name}.{kind}").write_bytes(content)
            written.append(f"figures/{plot.name}.{kind}")
    return written


def _write_report(folder: Path, results: Mapping[str, Any], plots: list[Any], title: str) -> list[str]:
    from analysis.core.report.figures import figures_of
    from analysis.core.report.pdf import to_pdf  # like the plots: only when it is wanted

    about = About(title=title or results["meta"]["dataset"], tables=laid_out_tables(results), program=program_version())
    document = build_report(results, about, figures_of(plots))
    (folder / "report.html").write_text(to_html(document), encoding="utf-8", newline="\n")
    (folder / "report.pdf").write_bytes(to_pdf(document))
    return ["report.html", "report.pdf"]


def _report(results: Mapping[str, Any], written: list[str], *, as_json: bool) -> str:
    meta = results["meta"]
    if as_json:
        keys = ("sha256", "allocation_sha256", "plan_sha256", "n_rows", "n_missing", "n_patients", "n_image_sets")
        return json.dumps({"files": written} | {key: meta[key] for key in keys} | {"readers": meta["readers"]})
    return (
        f"{meta['n_patients']} participants, {meta['n_image_sets']} image sets, {len(meta['readers'])} readers, "
        f"{meta['n_rows']} rows of which {meta['n_missing']} without a score: wrote {', '.join(written)}."
    )
