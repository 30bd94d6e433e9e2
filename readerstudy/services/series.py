"""Write a series row: what ingest took in and what the denoiser made go through the same door."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset

from readerstudy.core import display
from readerstudy.core.packed import PackedVolume
from readerstudy.core.pixels import pixel_sha256
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Arm, ImageSet, Participant, Series, StoredFile, Study
from readerstudy.services import archive, files


@dataclass(frozen=True)
class NewSeries:
    """A de-identified series ready to be stored: its instances in slice order and its volume."""

    participant: Participant
    series_uid: str
    datasets: Sequence[Dataset]
    volume: SeriesVolume | PackedVolume
    parameters: dict[str, Any]
    findings: list[dict[str, str]] = field(default_factory=list)
    deidentification: dict[str, int] = field(default_factory=dict)
    origin: str = Series.Origin.ACQUIRED
    image_set: ImageSet | None = None
    arm: Arm | None = None
    derived_from: Series | None = None
    review: str = ""


def store_series(study: Study, new: NewSeries) -> Series:
    """Write the files, then the row. Call inside the transaction that makes the series known."""
    slices, rows, columns = new.volume.stored_slices.shape
    return Series.objects.create(
        study=study,
        participant=new.participant,
        image_set=new.image_set,
        arm=new.arm,
        series_uid=new.series_uid,
        origin=new.origin,
        derived_from=new.derived_from,
        review=new.review,
        archive=archive.store(study, new.datasets),
        thumbnail=_thumbnail(study, new.volume),
        pixel_sha256=pixel_sha256(new.volume.stored_slices),
        rows=rows,
        columns=columns,
        slices=slices,
        spacing_mm=[round(float(part), 4) for part in new.volume.spacing_mm],
        parameters=new.parameters,
        findings=new.findings,
        deidentification=new.deidentification,
    )


def _thumbnail(study: Study, volume: SeriesVolume | PackedVolume) -> StoredFile:
    values = volume.value_slices[volume.value_slices.shape[0] // 2][None]
    if volume.photometric == "MONOCHROME1":
        values = np.max(values) - values
    content = io.BytesIO()
    Image.fromarray(display.thumbnail(values)).save(content, format="PNG")
    return files.store(study, "thumbnails", content.getvalue(), suffix=".png")
