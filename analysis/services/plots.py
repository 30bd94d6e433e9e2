"""The figures of the results: drawn by the worker from what an analysis stored, and kept beside it."""

import hashlib
from collections.abc import Iterator

from django.db import transaction

from analysis import queries
from analysis.models import Analysis, ResultFile
from analysis.services.draw import DrawnFigure, draw_all
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import User
from readerstudy.services import audit, tasks
from readerstudy.services.tasks import Progress


@transaction.atomic
def request_figures(analysis: Analysis, *, actor: User) -> None:
    """Ask the worker to draw the figures of stored results (again)."""
    require(analysis.study.status, Act.JOIN_ARMS)
    audit.record(analysis.study, actor, "figures requested", plan_version=analysis.plan_version)
    tasks.enqueue(analysis.study, "draw_results", analysis.pk)


def draw_figures(analysis: Analysis, progress: Progress) -> list[ResultFile]:
    """
    Every figure as SVG, PNG and the numbers that it shows as CSV; the same results give the same bytes.

    Raises WrongState where the images were measured again since: the figures would not be those of the results.
    """
    require(analysis.study.status, Act.JOIN_ARMS)
    if analysis != queries.latest_analysis(analysis.study, plan_version=analysis.plan_version):
        return []  # computed again meanwhile: those results have a task of their own
    if queries.measured_since(analysis):
        raise WrongState("The images were measured again after these results were computed. Compute the results again.")
    files = list(_drawn(analysis, progress))
    with transaction.atomic():
        # Those of earlier computations by the same plan go: they can be drawn again from what is stored.
        ResultFile.objects.filter(analysis__study=analysis.study, analysis__plan_version=analysis.plan_version).delete()
        ResultFile.objects.bulk_create(files)
    return files


def _drawn(analysis: Analysis, progress: Progress) -> Iterator[ResultFile]:
    from analysis.core.plots.collection import drawings  # the web process stays without matplotlib

    study, position = analysis.study, 0
    pieces = drawings(
        analysis.results["results"], images=queries.image_metrics(study), arm_names=queries.arm_names(study)
    )
    for number, piece in enumerate(pieces):
        progress(number, len(pieces), "figures drawn")
        for figure in draw_all([piece]):
            yield from _files(analysis, figure, position)
            position += 1


def _files(analysis: Analysis, figure: DrawnFigure, position: int) -> Iterator[ResultFile]:
    for kind, content in figure.files.items():
        yield ResultFile(
            analysis=analysis,
            name=f"{figure.name}.{kind}",
            section=figure.section,
            position=position,
            title=figure.title,
            caption=figure.caption,
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
        )
