"""Denoise one DICOM series to a derived DICOM series; no database. It does not de-identify."""

import os
import shutil
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils import timezone
from pydicom import dcmread
from pydicom.dataset import Dataset

from enhancement.core.derived import derive_series
from enhancement.core.guard import judge
from enhancement.core.provenance import description_of
from enhancement.core.suitability import require_magnitudes, require_usable
from enhancement.management.denoising import DenoisingCommand, denoiser_of
from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadDicom, BadInput
from readerstudy.core.findings import Finding
from readerstudy.core.packed import volumes_in
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, SeriesVolume, build_volume, group_instances

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
    from enhancement.core.denoise import DenoisedSlices
    from enhancement.core.weights import ALGORITHM_NAME, ALGORITHM_VERSION

    _refuse_occupied(options["target"])
    datasets, volume, findings = _read_one_series(options["source"])
    require_magnitudes(datasets)
    observations = require_usable(volume.value_slices)
    denoiser = denoiser_of(options)
    denoised = DenoisedSlices(volume.value_slices, denoiser=denoiser, strength=options["strength"])
    derived = derive_series(
        datasets,
        denoised,
        uid_key=UID_KEY,
        description=description_of(options["strength"]),
        algorithm_name=ALGORITHM_NAME,
        algorithm_version=ALGORITHM_VERSION,
        weights_sha256=denoiser.weights_sha256,
        now=timezone.now(),
        order=list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True)),
    )
    results = _write(derived, options["target"])
    (result,) = volumes_in(results)
    verdict = judge(volume.value_slices, result.value_slices, clipped=derived.clipped)
    return asdict(denoised.report) | {
        "output": str(options["target"]),
        "instances": len(results),
        "series_instance_uid": str(results[0].SeriesInstanceUID),
        "clipped_values": derived.clipped,
        "findings": [finding.message for finding in (*findings, *observations)],
        "guard": verdict.to_json(),
    }


def _refuse_occupied(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(f"{target} is not an empty folder; name a new one.")


def _read_one_series(source: Path) -> tuple[list[Dataset], SeriesVolume, tuple[Finding, ...]]:
    """The instances, their stack and what was found; not the draft, which holds the pixels once more."""
    if not source.is_dir():
        raise BadInput(f"{source} is not a folder.")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    drafts = group_instances([_read_file(path, source) for path in files])
    if len(drafts) != 1:
        raise BadInput(f"{source} must hold one stack of MR images; it holds {len(drafts)}.")
    errors = [finding.message for finding in drafts[0].findings if finding.severity == "error"]
    if errors:
        raise BadInput(f"{source}: {errors[0]}")
    return drafts[0].datasets, build_volume(drafts[0]), drafts[0].findings


def _read_file(path: Path, source: Path) -> Instance:
    name = str(path.relative_to(source))
    try:
        dataset = read_instance(path.read_bytes())
        return Instance(name, dataset, decode_stored(dataset))
    except BadDicom as error:
        raise BadDicom(f"{name}: {error}") from error


class _Files(Sequence[Dataset]):
    """The instances of a folder, each read when it is asked for."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: Any) -> Any:
        return (
            [dcmread(path) for path in self._paths[index]] if isinstance(index, slice) else dcmread(self._paths[index])
        )


def _write(derived: Iterable[Dataset], target: Path) -> Sequence[Dataset]:
    """All of the series or nothing: written beside its place within DST_DIR, then moved there."""
    created = not target.exists()
    unfinished = target / f".unfinished-{os.getpid()}"
    names = []
    try:
        unfinished.mkdir(parents=True)
        for index, dataset in enumerate(derived, start=1):
            names.append(f"{index:05d}.dcm")
            dataset.save_as(unfinished / names[-1], enforce_file_format=True)
        for name in names:
            os.replace(unfinished / name, target / name)
        unfinished.rmdir()
    except BaseException:
        shutil.rmtree(target if created else unfinished, ignore_errors=True)
        raise
    return _Files([target / name for name in names])
