"""All statistics on tidy files from anywhere; no database is touched."""

import json
from argparse import ArgumentParser, BooleanOptionalAction
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
from analysis.core.report.document import Figure
from analysis.core.report.html import to_html
from analysis.core.results import analyse
from analysis.core.results_json import to_json
from analysis.core.section_tables.collection import Stored, table_files
from analysis.core.tables import flat, image_metrics_table, table2, table3, table4
from analysis.core.versions import PRINTING, package_versions
from analysis.core.wording import counted
from analysis.services.draw import DrawnFigure, draw_all
from analysis.services.whole_folder import whole_folder
from readerstudy.core.errors import BadData, BadPlan


class Command(BaseCommand):
    help = (
        "Analyse a table of scores with its allocation: results.json (full precision), table2.csv, table3.csv and, "
        "with image metrics, table4.csv and table_image_metrics.csv; every other table in sections/, every figure as "
        "SVG and PNG with its numbers in figures/; report.html and report.pdf with methods, deviations, tables and "
        "figures. "
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
            "--figures",
            action=BooleanOptionalAction,
            default=True,
            help="DIR/figures: each as SVG, PNG and its data as CSV (default: yes)",
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
                    figures = _figures(results, options["image_metrics"], png=options["figures"])
                if options["figures"]:
                    written += _write_figures(folder / "figures", figures)
                if not options["no_report"]:
                    written += _write_report(folder, in_order(results), figures, options["title"])
        except BadData as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']}: cannot be written ({error.strerror}).") from error
        self.stdout.write(_report(results, written, options["out"], as_json=options["json"]))


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
    files = {name: text.encode() for name, text in texts.items()}
    files |= table_files(Stored(in_order(results), laid_out_tables(results), {}))
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return list(files)


def _figures(results: dict[str, Any], metrics: Path | None, *, png: bool) -> list[DrawnFigure]:
    from analysis.core.plots.collection import drawings  # matplotlib takes a second to load

    return draw_all(drawings(in_order(results), images=read_image_metrics(metrics).frame if metrics else None), png=png)


def _write_figures(folder: Path, figures: list[DrawnFigure]) -> list[str]:
    """Every figure as SVG and PNG with the numbers that it shows; the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        for kind, content in figure.files.items():
            (folder / f"{figure.name}.{kind}").write_bytes(content)
            written.append(f"figures/{figure.name}.{kind}")
    return written


def _write_report(folder: Path, results: Mapping[str, Any], figures: list[DrawnFigure], title: str) -> list[str]:
    from analysis.core.report.pdf import to_pdf  # like the plots: only when it is wanted

    about = About(
        title=title or results["meta"]["dataset"],
        tables=laid_out_tables(results),
        program=program_version(),
        printed_with=package_versions(PRINTING),
    )
    shown = [Figure(one.name, one.section, one.title, one.caption, one.svg.decode()) for one in figures]
    document = build_report(results, about, shown)
    (folder / "report.html").write_text(to_html(document), encoding="utf-8", newline="\n")
    (folder / "report.pdf").write_bytes(to_pdf(document))
    return ["report.html", "report.pdf"]


def _report(results: Mapping[str, Any], written: list[str], folder: Path, *, as_json: bool) -> str:
    meta = results["meta"]
    if as_json:
        keys = ("sha256", "allocation_sha256", "plan_sha256", "n_rows", "n_missing", "n_patients", "n_image_sets")
        return json.dumps({"files": written} | {key: meta[key] for key in keys} | {"readers": meta["readers"]})
    return (
        f"{counted(meta['n_patients'], 'participant')}, {counted(meta['n_image_sets'], 'image set')}, "
        f"{counted(len(meta['readers']), 'reader')}, "
        f"{meta['n_rows']} rows of which {meta['n_missing']} without a score: wrote results.json and "
        f"{len(written) - 1} other files to {folder}."
    )
