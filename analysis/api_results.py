"""Results over the API: sections, printed tables, figures with their data, the report, and where all of it comes from.

Every address refuses before unblinding, through `_analysis` or the services behind the pages.
"""

import json
from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router

from analysis import queries, queries_results
from analysis.access import require_study
from analysis.api_answers import REFUSALS, ApiRequest, a_file, file_answer, json_answer
from analysis.api_schemas import FigureFiles, Provenance, Results, SectionAnswer, SectionLine, Table, Value
from analysis.core.figure_data import typed_rows
from analysis.core.results_json import to_json
from analysis.core.section_tables.collection import every_table, section_tables, table_of
from analysis.core.section_tables.table import PrintedTable
from analysis.core.sections import BY_CODE, SECTIONS
from analysis.models import Analysis
from analysis.services.provenance import provenance
from analysis.services.report import report_file
from readerstudy.core.errors import NotFound, WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

router = Router(tags=["Results"])
SectionCode = Literal[
    "preferences", "paper", "subgroups", "agreement", "conduct", "consistency", "images", "transitivity", "blinding"
]


def _analysis(found: Study, plan_version: int) -> Analysis:
    require(found.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(found, plan_version=plan_version)
    if analysis is None:
        raise WrongState(f"The results by plan version {plan_version} are not computed.")
    return analysis


def _asked(request: ApiRequest, slug: str, plan_version: int) -> Analysis:
    return _analysis(require_study(request.auth, slug), plan_version)


@router.get("/studies/{slug}/results.json", response={200: Results, **REFUSALS}, url_name="api_results")
def results(request: ApiRequest, slug: str, plan_version: int = 1) -> HttpResponse:
    """Every statistic at full precision, by the sealed plan or, with plan_version, by a post hoc one."""
    return json_answer(to_json(_asked(request, slug, plan_version).results["results"]))


@router.get("/studies/{slug}/provenance/", response={200: Provenance, **REFUSALS}, url_name="api_provenance")
def where_from(request: ApiRequest, slug: str, plan_version: int = 1) -> dict[str, Any]:
    """From what the results were made: plan, data and allocation by their hashes, seed, versions, files with hashes."""
    return provenance(_asked(request, slug, plan_version))


@router.get("/studies/{slug}/results/", response={200: list[SectionLine], **REFUSALS}, url_name="api_sections")
def sections(request: ApiRequest, slug: str, plan_version: int = 1) -> list[dict[str, Any]]:
    """The sections of the results page with the names of their tables and figures."""
    analysis = _asked(request, slug, plan_version)
    tables, drawn = list(every_table(queries_results.stored(analysis))), queries_results.all_figures(analysis)
    return [
        {
            **{name: getattr(one, name) for name in ("code", "title", "lead")},
            "tables": [table.name for code, table in tables if code == one.code],
            "figures": [figure.name for figure in drawn if figure.section == one.code],
        }
        for one in SECTIONS
    ]


@router.get("/studies/{slug}/results/{section}/", response={200: SectionAnswer, **REFUSALS}, url_name="api_section")
def section(
    request: ApiRequest, slug: str, section: SectionCode, plan_version: int = 1, comparison: str = ""
) -> dict[str, Any]:
    """One section as it is printed: its tables in full, its figures by address. `comparison`: whose subgroups."""
    analysis = _asked(request, slug, plan_version)
    stored = queries_results.stored(analysis)
    asked = comparison or stored.view.plan["primary_comparison"]
    if asked not in stored.view.comparisons:
        raise NotFound(f"There is no comparison '{asked}'; there are {', '.join(stored.view.comparisons)}.")
    shown = queries_results.figures(analysis, BY_CODE[section], asked)
    known = {figure.name: figure for figure in queries_results.all_figures(analysis)}
    about = BY_CODE[section]
    return {
        **{name: getattr(about, name) for name in ("code", "title", "lead", "needs")},
        "comparison": asked,
        "tables": [_printed(table) for table in section_tables(stored, section, asked)],
        "figures": [_figure(known[figure.name], plan_version) for figure in shown],
    }


def _printed(table: PrintedTable) -> dict[str, Any]:
    return {
        **{name: getattr(table, name) for name in ("name", "title", "caption", "heading")},
        "columns": list(table.columns),
        "bands": [{"title": band.title, "span": band.span} for band in table.bands],
        "groups": [
            {"title": group.title, "rows": [[str(cell) for cell in row] for row in group.rows]}
            for group in table.groups
        ],
        "notes": list(table.notes),
    }


@router.get("/studies/{slug}/results/{name}.csv", **a_file("csv"), url_name="api_printed_table")
def printed_table(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> HttpResponse:
    """Any table of any section as it is printed: table1, table2, preferences, drift_by_reader, …"""
    content = queries_results.table_csv(_asked(request, slug, plan_version), name)
    return file_answer(content.encode(), "csv", f"{slug}-{name}.csv")


@router.get("/studies/{slug}/results/{name}.json", response={200: Table, **REFUSALS}, url_name="api_printed_table_json")
def printed_table_json(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> dict[str, Any]:
    """The same table with its caption, its groups and the notes that stand below it."""
    table = table_of(queries_results.stored(_asked(request, slug, plan_version)), name)
    if table is None:
        raise NotFound("There is no such table.")
    return _printed(table)


@router.get("/studies/{slug}/figures/", response={200: list[FigureFiles], **REFUSALS}, url_name="api_figures")
def figures(request: ApiRequest, slug: str, plan_version: int = 1) -> list[dict[str, Any]]:
    """Every figure of the results with the addresses of its files; empty until the worker has drawn them."""
    analysis = _asked(request, slug, plan_version)
    return [_figure(one, plan_version) for one in queries_results.all_figures(analysis)]


def _figure(one: queries_results.ShownFigure, plan_version: int) -> dict[str, Any]:
    version = f"?plan_version={plan_version}" if plan_version != 1 else ""
    kinds = {"svg": "svg", "png": "png", "csv": "csv", "rows": "json"}
    return {
        **{name: getattr(one, name) for name in ("name", "section", "title", "caption")},
        **{name: f"figures/{one.name}.{kind}{version}" for name, kind in kinds.items()},
    }


def _figure_file(request: ApiRequest, slug: str, name: str, kind: str, plan_version: int) -> bytes:
    return bytes(queries_results.figure_file(_asked(request, slug, plan_version), f"{name}.{kind}").content)


@router.get("/studies/{slug}/figures/{name}.svg", **a_file("svg"), url_name="api_figure_svg")
def figure_svg(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> HttpResponse:
    """A figure of the results as SVG."""
    return file_answer(_figure_file(request, slug, name, "svg", plan_version), "svg", f"{slug}-{name}.svg")


@router.get("/studies/{slug}/figures/{name}.png", **a_file("png"), url_name="api_figure_png")
def figure_png(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> HttpResponse:
    """The same figure as PNG, at 200 dots an inch."""
    return file_answer(_figure_file(request, slug, name, "png", plan_version), "png", f"{slug}-{name}.png")


@router.get("/studies/{slug}/figures/{name}.csv", **a_file("csv"), url_name="api_figure_csv")
def figure_csv(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> HttpResponse:
    """The numbers that the figure shows, as CSV."""
    return file_answer(_figure_file(request, slug, name, "csv", plan_version), "csv", f"{slug}-{name}.csv")


@router.get(
    "/studies/{slug}/figures/{name}.json", response={200: list[dict[str, Value]], **REFUSALS},
    url_name="api_figure_json",
)  # fmt: skip
def figure_json(request: ApiRequest, slug: str, name: str, plan_version: int = 1) -> HttpResponse:
    """The numbers that the figure shows, as a list of rows; null where there is none."""
    rows = typed_rows(_figure_file(request, slug, name, "csv", plan_version), name=f"{name}.csv")
    return json_answer(json.dumps(rows, ensure_ascii=False, allow_nan=False))


@router.get("/studies/{slug}/report.pdf", **a_file("pdf"), url_name="api_report_pdf")
def report_pdf(request: ApiRequest, slug: str, plan_version: int = 1) -> HttpResponse:
    """The report, typeset."""
    return _report(request, slug, "pdf", plan_version)


@router.get("/studies/{slug}/report.html", **a_file("html"), url_name="api_report_html")
def report_html(request: ApiRequest, slug: str, plan_version: int = 1) -> HttpResponse:
    """The report as one file for a browser, which loads nothing."""
    return _report(request, slug, "html", plan_version)


def _report(request: ApiRequest, slug: str, kind: str, plan_version: int) -> HttpResponse:
    file = report_file(require_study(request.auth, slug), kind, plan_version=plan_version)
    return file_answer(bytes(file.content), kind, f"{slug}-report.{kind}")
