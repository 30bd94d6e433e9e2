"""Claim: a whole study runs on real spine images through the real stack, from DICOM to tables.

Each spine volume of the evaluation data is acquired twice through k-space (SOC and FAST), wrapped into DICOM and
ingested together with the vendor series. The worker enhances, two simulated readers read over HTTP, the study is
locked, unblinded, analysed and exported; the exported files, analysed again by the command, must give the same
results. The images come from the folder READERSTUDY_SHARED (or ../shared); nothing of them is kept.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import journey  # noqa: E402
from benchmarks.report import Figure, arguments, report  # noqa: E402
from benchmarks.stages import Stages  # noqa: E402
from enhancement.core.noise import acquire  # noqa: E402
from enhancement.core.scan_protocols import scan_protocol  # noqa: E402
from enhancement.core.scanner import SCANNERS, AcquisitionHeader, FakePerson, new_uid, to_dicom  # noqa: E402
from tests.real_stack import Stack, running_stack  # noqa: E402

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared")
CLAIM = "A study on real spine images, end to end"
SAGITTAL = (0.0, -1.0, 0.0, 0.0, 0.0, -1.0)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
READERS = 2
WORKER_WITHIN_S = 2400


def main() -> None:
    options = arguments(__doc__)
    volumes = sorted((SHARED / "data" / "dev" / "spine").glob("*.nii.gz"))
    if not volumes:
        sys.exit(f"There are no spine volumes below {SHARED}; set READERSTUDY_SHARED.")
    chosen = volumes[:: max(1, len(volumes) // 2)][:2] if options.quick else volumes
    with running_stack() as stack, tempfile.TemporaryDirectory() as folder:
        figures = run(stack, chosen, Path(folder))
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


def run(stack: Stack, volumes: list[Path], folder: Path) -> list[Figure]:
    stages, pid = Stages(), stack.supervisor_pid
    coordinator, slug = journey.open_study(stack, "Real images")
    with stages.stage("wrap into DICOM", root_pid=os.getpid()):
        for number, path in enumerate(volumes):
            wrap(path, folder / "spine", number)
    with stages.stage("ingest by the command", root_pid=pid):
        vendor = SHARED / "data" / "dev" / "dicom"
        taken = json.loads(stack.manage("ingest", slug, str(folder / "spine"), str(vendor), "--json"))
    with stages.stage("enhance and prepare", root_pid=pid):
        journey.wait_for_worker(stack, "ingest", "enhance", "display", within_s=WORKER_WITHIN_S)
    ready = journey.ready_image_sets(stack)
    journey.invite_statistician(stack, coordinator, slug)
    readers = journey.invite_readers(stack, coordinator, slug, READERS)
    journey.seal(coordinator, slug)
    with stages.stage("read over HTTP", root_pid=pid):
        readers = journey.read_at_once(readers)
    journey.lock(coordinator, slug)
    with stages.stage("unblind, analyse, export", root_pid=pid):
        journey.unblind(coordinator, slug)
        journey.wait_for_worker(stack, "analyse", within_s=WORKER_WITHIN_S)
        bundle = folder / "bundle"
        stack.manage("export_study", slug, str(bundle))
    refused = [file for file in taken["files"] if file["status"] == "refused"]
    wanted, snr = len(volumes), journey.preference_for_enhanced_snr(bundle)
    return [
        *stages.figures,
        Figure("image sets ready", ready, "sets", f">= {wanted}", ready >= wanted),
        *journey.readings(readers, wanted=3 * ready),
        Figure("files refused by name", len(refused), "files"),
        Figure("simulated readers, SNR of FAST-DL over FAST", snr, "of 1-5", "> 3", snr > 3),
        *journey.proofs(stack, slug, bundle, folder / "again"),
    ]


def wrap(path: Path, folder: Path, number: int) -> None:
    """Write SOC and FAST of one volume as DICOM."""
    rng = np.random.default_rng([7, number])
    clean, spacing, plane = volume_of(path)
    scanner = SCANNERS[number % len(SCANNERS)]
    sequence = "T1" if "t1w" in path.name.lower() else "STIR" if "stir" in path.name.lower() else "T2"
    protocol = scan_protocol(sequence, plane, field_t=scanner.field_t)
    person = FakePerson(f"TEST^REAL{number}", f"REAL-{number:03d}", date(1960 + number, 3, 1), "FM"[number % 2], 70.0)
    normal = np.cross(*np.reshape(SAGITTAL if plane == "sagittal" else AXIAL, (2, 3)))
    study_uid = new_uid(rng)
    for accelerated in (False, True):
        averages = protocol.fast_nex if accelerated else protocol.soc_nex
        values = acquire(clean, rng=rng, snr=14.0, averages=averages, phase_fraction=0.8, g_max=1.4)
        header = AcquisitionHeader(
            person=person,
            scanner=scanner,
            protocol=protocol,
            accelerated=accelerated,
            region="lumbar" if "lumbar" in path.name else "cervical",
            origins_mm=np.outer(np.arange(len(values)) * spacing[0], normal),
            cosines=SAGITTAL if plane == "sagittal" else AXIAL,
            spacing_mm=spacing,
            study_uid=study_uid,
            frame_of_reference_uid=new_uid(rng),
            series_number=2 + accelerated,
            started_at=datetime(2021, 3, 1, 9, 10 * accelerated, tzinfo=UTC).replace(tzinfo=None),
        )
        target = folder / f"{number:02d}" / ("fast" if accelerated else "soc")
        journey.save_series(to_dicom(values, header=header, rng=rng), target)


def volume_of(path: Path) -> tuple[np.ndarray, tuple[float, float, float], str]:
    """(Z, Y, X) with the head or the front at the top, its spacing, and its plane."""
    image = nibabel.load(path)
    values, zooms = np.asarray(image.dataobj, np.float32), image.header.get_zooms()[:3]
    plane = "axial" if "_ax_" in path.name else "sagittal"
    axis = int(np.argmin(values.shape)) if plane == "sagittal" else 2
    stack = np.rot90(np.moveaxis(values, axis, 0), axes=(1, 2))
    in_plane = [float(zoom) for index, zoom in enumerate(zooms) if index != axis]
    return np.ascontiguousarray(stack[:24]), (float(zooms[axis]) or 1.0, in_plane[1], in_plane[0]), plane


if __name__ == "__main__":
    main()
