"""Denoise one DICOM series to a derived DICOM series; no database. It does not de-identify."""

import json
import os
import shutil
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from pydicom.dataset import Dataset

from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadDicom, BadInput, ReaderStudyError
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, SeriesDraft, group_instances
from readerstudy.core.volume import build_volume

# Outside of a study there is no secret to protect: equal sources and settings give equal UIDs everywhere.
UID_KEY = b"denoise_series"


class Command(BaseCommand):
    help = "Denoise the one DICOM MR series in SRC_DIR to a derived series in DST_DIR (new or empty)."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own name and form)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", metavar="SRC_DIR", type=Path)
        parser.add_argument("target", metavar="DST_DIR", type=Path)
        parser.add_argument("--strength", type=float, help="share of the noise to remove, 0 to 1; default 0.7")
        parser.add_argument("--weights", type=Path, help="instead of the shipped weights")
        parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
        parser.add_argument("--json", action="store_true", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = _denoise_folder(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        line = "{instances} instances in {seconds:.1f} s, {clipped_values} values clipped: {output}".format(**report)
        self.stdout.write(json.dumps(report) if options["json"] else line)


def _denoise_folder(options: dict[str, Any]) -> dict[str, Any]:
    from enhancement.core.denoise import DEFAULT_STRENGTH, denoise_volume, load_denoiser
    from enhancement.core.derived import count_clipped, write_derived_series
    from enhancement.core.weights import ALGORITHM_NAME, ALGORITHM_VERSION

    _refuse_occupied(options["target"])
    draft = _read_one_series(options["source"])
    volume = build_volume(draft)
    strength = DEFAULT_STRENGTH if options["strength"] is None else options["strength"]
    denoiser = load_denoiser(options["weights"], device=options["device"])
    denoised = denoise_volume(volume.values_zyx, denoiser=denoiser, strength=strength)
    order = list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True))
    derived = write_derived_series(
        draft.datasets,
        denoised.volume_zyx,
        uid_key=UID_KEY,
        description=f"Noise reduction by a neural network, strength {strength:g}",
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoiser.weights_sha256,
        now=timezone.now(),
        order=order,
    )
    _write(derived, options["target"])
    return asdict(denoised.report) | {
        "output": str(options["target"]),
        "instances": len(derived),
        "series_instance_uid": str(derived[0].SeriesInstanceUID),
        "clipped_values": count_clipped(draft.datasets, denoised.volume_zyx, order=order),
        "findings": [finding.message for finding in draft.findings],
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
