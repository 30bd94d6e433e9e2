"""What the results pages show of one analysis: its tables, its figures, and whether it is still up to date."""

from dataclasses import dataclass

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.section_tables.collection import Stored, table_of
from analysis.core.sections import Section
from analysis.core.versions import NUMBERS, package_versions
from analysis.models import Analysis, ResultFile
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, require

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}


@dataclass(frozen=True)
class ShownFigure:
    """A figure of a page; `name` is that of its files, without the ending."""

    name: str
    section: str
    title: str
    caption: str


def stored(analysis: Analysis) -> Stored:
    return Stored(analysis.results["results"], queries.shown_tables(analysis), queries.arm_names(analysis.study))


def all_figures(analysis: Analysis) -> list[ShownFigure]:
    """The figures that were drawn, in the order of the sections."""
    files = analysis.files.filter(name__endswith=".svg").values_list("name", "section", "title", "caption")
    return [ShownFigure(name.removesuffix(".svg"), *about) for name, *about in files]


def figures(analysis: Analysis, section: Section, comparison: str) -> list[ShownFigure]:
    """The figures of a section; of the subgroups only those of one comparison."""
    shown = [figure for figure in all_figures(analysis) if figure.section == section.code]
    if section.code != "subgroups":
        return shown
    features = analysis.results["results"]["meta"]["plan"]["features"]
    wanted = {f"forest_{comparison.lower()}_{feature['id']}" for feature in features}
    return [figure for figure in shown if figure.name in wanted]


def figure_file(analysis: Analysis, name: str) -> ResultFile:
    require(analysis.study.status, Act.JOIN_ARMS)
    found = analysis.files.filter(name=name).first()
    if found is None or name.rsplit(".", 1)[-1] not in MEDIA_TYPES:
        raise NotFound("There is no such figure.")
    return found


def table_csv(analysis: Analysis, name: str) -> str:
    """A table as printed, by the name of its file. What was laid out with the results comes first."""
    require(analysis.study.status, Act.JOIN_ARMS)
    for table in queries.shown_tables(analysis):
        if table["name"] == name:
            return to_csv(queries.printed_frame(table))
    found = table_of(stored(analysis), name)
    if found is None:
        raise NotFound("There is no such table.")
    return to_csv(found.frame())


def outdated(analysis: Analysis, section: Section) -> list[str]:
    """Why the results that are shown might not be those that would be computed now; empty while they are."""
    reasons = []
    if section.needs not in analysis.results["results"] and not section.optional:
        reasons.append("They were computed by an earlier version of this product, which did not have this section.")
    if queries.measured_since(analysis):
        reasons.append("Images were measured again after they were computed.")
    now = package_versions(NUMBERS)
    other = [f"{name} {before} ({now[name]} now)" for name, before in analysis.versions.items()
             if name in now and before != now[name]]  # fmt: skip
    if other:
        reasons.append(f"They were computed with {', '.join(other)}: last digits may differ.")
    return reasons
