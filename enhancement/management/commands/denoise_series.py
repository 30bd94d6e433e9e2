"""Denoise one DICOM series to a derived DICOM series; no database. It does not de-identify."""

import os
import shutil
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone
from pydicom.dataset import Dataset

from enhancement.core.derived import count_clipped, write_derived_series
from enhancement.core.guard import judge
from enhancement.core.provenance import description_of
from enhancement.core.suitability import require_magnitudes, require_usable
from enhancement.management.denoising import DenoisingCommand, denoiser_of
from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadDicom, BadInput
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, SeriesDraft, group_instances
from readerstudy.core.volume import build_volume

# Outside of a study there is no secret to protect: equal sources and settings give equal UIDs everywhere.
UID_KEY = b"denoise_series"


class Command(DenoisingCommand):
    help = "Denoise the one DICOM MR series in SRC_DIR to a derived series in DST_DIR (new or empty)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SRC_DIR", type=Path)
        parser.add_argument("target", metavar="DST_DIR", type=Path)
        super().add_arguments(parser)

    def denoise(self, options: dict[str, Any]) -> dict[str, Any]:
        return _denoise_folder(options)

    def line(self, report: dict[str, Any]) -> str:
        words = "{instances} instances in {seconds:.1f} s, {clipped_values} values clipped: {output}".format(**report)
        if report["guard"]["ok"]:
            return words
        outside = "; ".join(figure["words"] for figure in report["guard"]["figures"] if not figure["ok"])
        return f"{words}\nLook at it before you use it. Outside the expected range: {outside}."


def _denoise_folder(options: dict[str, Any]) -> dict[str, Any]:
    from enhancement.core.denoise import denoise_volume
    from enhancement.core.weights import ALGORITHM_NAME, ALGORITHM_VERSION

    _refuse_occupied(options["target"])
    draft = _read_one_series(options["source"])
    require_magnitudes(draft.datasets)
    volume = build_volume(draft)
    values = volume.values_zyx
    observations = require_usable(values)
    denoiser = denoiser_of(options)
    denoised = denoise_volume(values, denoiser=denoiser, strength=options["strength"])
    order = list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True))
    derived = write_derived_series(
        draft.datasets,
        denoised.volume_zyx,
        uid_key=UID_KEY,
        description=description_of(options["strength"]),
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoiser.weights_sha256,
        now=timezone.now(),
        order=order,
    )
    _write(derived, options["target"])
    clipped = count_clipped(draft.datasets, denoised.volume_zyx, order=order)
    return asdict(denoised.report) | {
        "output": str(options["target"]),
        "instances": len(derived),
        "series_instance_uid": str(derived[0].SeriesInstanceUID),
        "clipped_values": clipped,
        "findings": [finding.message for finding in (*draft.findings, *observations)],
        "guard": judge(values, denoised.volume_zyx, clipped=clipped).to_json(),
    }


def _refuse_occupied(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} is not an empty folder; name a new one.")


def _read_one_series(source: Path) -> SeriesDraft:
    if not source.is_dir():
        raise BadInput(f"{source} is not a folder.")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    drafts = group_instances([_read_file(path, source) for path in files])
    if len(drafts) != 1:
        raise BadInput(f"{source} must hold one stack of MR images; it holds {len(drafts)}.")
    errors = [finding.message for finding in drafts[0].findings if finding.severity == "error"]
    if errors:
        raise BadInput(f"{source}: {errors[0]}")
    return drafts[0]


def _read_file(path: Path, source: Path) -> Instance:
    name = str(path.relative_to(source))
    try:
        dataset = read_instance(path.read_bytes())
        return Instance(name, dataset, decode_stored(dataset))
    except BadDicom as error:
        raise BadDicom(f"{name}: {error}") from error


def _write(derived: list[Dataset], target: Path) -> None:
    """All of the series or nothing: written beside its place within DST_DIR, then moved there."""
    created = not target.exists()
    unfinished = target / f".unfinished-{os.getpid()}"
    try:
        unfinished.mkdir(parents=True)
        names = [f"{index:05d}.dcm" for index in range(1, len(derived) + 1)]
        for name, dataset in zip(names, derived, strict=True):
            dataset.save_as(unfinished / name, enforce_file_format=True)
        for name in names:
            os.replace(unfinished / name, target / name)
        unfinished.rmdir()
    except BaseException:
        shutil.rmtree(target if created else unfinished, ignore_errors=True)
        raise
