"""Figures for print: made, kept, drawn and exported, after unblinding only."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from django.db import transaction
from django.utils import timezone

from analysis import queries_images as queries
from analysis.core.figures.layout import Layout, Row, layout_of
from analysis.core.figures.render import PREVIEW_DPI, Panel, page_of, render
from analysis.models import FigurePlate
from analysis.services.pictures import drawn_rows
from readerstudy.core.errors import BadFigure, VersionConflict, WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study, User
from readerstudy.services import audit

MOST_PLATES = 200
WAITS_S = 20.0
# The drawing library keeps its style and fonts for the whole process: one figure at a time, and nobody waits long.
_DRAWING = BoundedSemaphore(1)


@dataclass(frozen=True)
class Preview:
    """A PNG for the screen, and where its panels lie."""

    png: bytes
    panels: tuple[Panel, ...]

    @property
    def data_url(self) -> str:
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    if not _DRAWING.acquire(timeout=WAITS_S):
        raise WrongState("Other figures are being drawn. Try again in a moment.")
    try:
        yield
    finally:
        _DRAWING.release()


def preview(study: Study, layout: Layout) -> Preview:
    """Draw for the screen; nothing is kept."""
    rows = drawn_rows(study, layout)
    with _one_at_a_time():
        return Preview(render(layout, rows, kind="png", dpi=PREVIEW_DPI), page_of(layout, rows).panels)


@transaction.atomic
def make_plate(study: Study, *, actor: User, title: str) -> FigurePlate:
    """A new figure: the first image set in its middle slice, every arm that readers saw."""
    require(study.status, Act.JOIN_ARMS)
    image_sets, arms = queries.figure_image_sets(study), queries.figure_arms(study)
    if not image_sets or not arms:
        raise WrongState("No image set of this study was prepared for display.")
    if study.figure_plates.count() >= MOST_PLATES:
        raise WrongState(f"The study has {MOST_PLATES} figures already. Remove one first.")
    first = image_sets[0]
    row = Row(first["code"], first["slices"] // 2)
    plate = FigurePlate.objects.create(
        study=study,
        title=_titled(title),
        layout=Layout(rows=(row,), arms=tuple(arms)).to_json(),
        changed_by=actor,
        changed_at=timezone.now(),
    )
    audit.record(study, actor, "figure made", figure=plate.pk)
    return plate


@transaction.atomic
def save_plate(plate: FigurePlate, *, actor: User, title: str, layout: Any, base_version: int) -> FigurePlate:
    """Keep a changed figure. Raises VersionConflict where somebody saved it since, BadFigure for a bad layout."""
    study = plate.study
    require(study.status, Act.JOIN_ARMS)
    wanted = layout_of(layout)
    drawn_rows(study, wanted)
    changed = FigurePlate.objects.filter(pk=plate.pk, version=base_version).update(
        title=_titled(title),
        layout=wanted.to_json(),
        version=base_version + 1,
        changed_by=actor,
        changed_at=timezone.now(),
    )
    if not changed:
        raise VersionConflict("Somebody else saved this figure meanwhile. Open it again to see what changed.")
    audit.record(study, actor, "figure saved", figure=plate.pk, version=base_version + 1)
    plate.refresh_from_db()
    return plate


@transaction.atomic
def remove_plate(plate: FigurePlate, *, actor: User) -> None:
    require(plate.study.status, Act.JOIN_ARMS)
    audit.record(plate.study, actor, "figure removed", figure=plate.pk)
    plate.delete()


def export_plate(plate: FigurePlate, *, actor: User, kind: str) -> bytes:
    """The saved figure for print; the audit trail keeps what was given to whom, by its SHA-256."""
    require(plate.study.status, Act.JOIN_ARMS)
    layout = layout_of(plate.layout)
    rows = drawn_rows(plate.study, layout)
    with _one_at_a_time():
        content = render(layout, rows, kind=kind)
    sha256 = hashlib.sha256(content).hexdigest()
    audit.record(
        plate.study, actor, "figure exported", figure=plate.pk, version=plate.version, format=kind, sha256=sha256
    )
    return content


def _titled(title: str) -> str:
    title = " ".join(title.split())
    if not title or len(title) > 120 or not title.isprintable():
        raise BadFigure("A figure needs a title of at most 120 signs.")
    return title
