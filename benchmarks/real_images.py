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
import time
from datetime import UTC, date, datetime
from pathlib import Path

import nibabel
import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.browserless import PASSWORD, SimulatedReader, Visitor, invite, join  # noqa: E402
from benchmarks.report import Figure, arguments, report  # noqa: E402
from enhancement.core.noise import acquire  # noqa: E402
from enhancement.core.scan_protocols import scan_protocol  # noqa: E402
from enhancement.core.scanner import SCANNERS, AcquisitionHeader, FakePerson, new_uid, to_dicom  # noqa: E402
from tests.real_stack import Stack, running_stack  # noqa: E402

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared")
SAGITTAL = (0.0, -1.0, 0.0, 0.0, 0.0, -1.0)
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
ENHANCED_WITHIN_S = 1500


def main() -> None:
    options = arguments(__doc__)
    volumes = sorted((SHARED / "data" / "dev" / "spine").glob("*.nii.gz"))
    if not volumes:
        sys.exit(f"There are no spine volumes below {SHARED}; set READERSTUDY_SHARED.")
    chosen = volumes[:: max(1, len(volumes) // 2)][:2] if options.quick else volumes
    with running_stack() as stack, tempfile.TemporaryDirectory() as folder:
        figures = run(stack, chosen, Path(folder))
    sys.exit(0 if report("A study on real spine images, end to end", figures, as_json=options.json) else 1)


def run(stack: Stack, volumes: list[Path], folder: Path) -> list[Figure]:
    stages: list[Figure] = []

    def timed(name: str, began: float) -> None:
        stages.append(Figure(f"{name}", round(time.perf_counter() - began, 2), "s"))

    stack.add_administrator("coordinator", PASSWORD)
    coordinator = Visitor(stack.address).sign_in("coordinator")
    slug = coordinator.submit("/studies/new/", "/studies/new/", title="Real images").url.split("/studies/")[1]
    slug = slug.split("/")[0]
    began = time.perf_counter()
    pairs = sum(wrap(path, folder / "spine", number) for number, path in enumerate(volumes))
    timed("wrap into DICOM", began)
    began = time.perf_counter()
    vendor = SHARED / "data" / "dev" / "dicom"
    taken = json.loads(stack.manage("ingest", slug, str(folder / "spine"), str(vendor), "--json"))
    timed("ingest", began)
    began = time.perf_counter()
    ready = wait_for_images(stack, slug)
    timed("enhance and prepare", began)
    links = {role: invite(coordinator, slug, f"{role}@example.org", role) for role in ("statistician",)}
    readers = [
        SimulatedReader(join(stack.address, invite(coordinator, slug, f"r{n}@example.org", "reader"), f"reader-{n}"), n)
        for n in (1, 2)
    ]
    page = f"/studies/{slug}/"
    coordinator.submit(f"{page}allocation/", f"{page}allocation/seal/", reason="all images are checked")
    began = time.perf_counter()
    for reader in readers:
        reader.read_all()
    timed("read over HTTP", began)
    coordinator.submit(f"{page}close/", f"{page}close/lock/", reason="all pairs are read")
    began = time.perf_counter()
    coordinator.submit(f"{page}close/", f"{page}close/unblind/", reason="the analysis begins")
    join(stack.address, links["statistician"], "statistician")
    bundle = export(stack, slug, folder / "bundle")
    timed("unblind, analyse, export", began)
    same = analysed_again(stack, bundle, folder / "again")
    verified = json.loads(stack.manage("verify_study", slug, "--json"))
    failed = sum(not one["ok"] for one in verified["checks"])
    refused = [file for file in taken["files"] if file["status"] == "refused"]
    snr = json.loads((bundle / "results.json").read_text())["cells"]["FASTDL_FAST"]["snr"]
    return [
        *stages,
        Figure("image sets ready", ready, "sets", f"= {pairs}", ready >= pairs),
        Figure("pairs read by each reader", readers[0].pairs, "pairs", f"= {3 * ready}", readers[0].pairs == 3 * ready),
        Figure("files refused by name", len(refused), "files"),
        Figure("FAST-DL over FAST, preference for SNR", snr["mean_pref"], "of 1-5", "> 3", snr["mean_pref"] > 3),
        Figure("numbers that differ when analysed again", same, "numbers", "= 0", same == 0),
        Figure("checks that fail", failed, "checks", "= 0", failed == 0),
    ]


def wrap(path: Path, folder: Path, number: int) -> int:
    """Write SOC and FAST of one volume as DICOM; returns 1."""
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
        target.mkdir(parents=True)
        for index, dataset in enumerate(to_dicom(values, header=header, rng=rng)):
            dataset.save_as(target / f"{index:03d}.dcm", enforce_file_format=True)
    return 1


def volume_of(path: Path) -> tuple[np.ndarray, tuple[float, float, float], str]:
    """(Z, Y, X) with the head or the front at the top, its spacing, and its plane."""
    image = nibabel.load(path)
    values, zooms = np.asarray(image.dataobj, np.float32), image.header.get_zooms()[:3]
    plane = "axial" if "_ax_" in path.name else "sagittal"
    axis = int(np.argmin(values.shape)) if plane == "sagittal" else 2
    stack = np.rot90(np.moveaxis(values, axis, 0), axes=(1, 2))
    in_plane = [float(zoom) for index, zoom in enumerate(zooms) if index != axis]
    return np.ascontiguousarray(stack[:24]), (float(zooms[axis]) or 1.0, in_plane[1], in_plane[0]), plane


def wait_for_images(stack: Stack, slug: str) -> int:
    """Wait until the worker has nothing left to do; returns the number of image sets that are ready."""
    question = (
        "from readerstudy.models import Study; from readerstudy.queries import case_counts; "
        f"c = case_counts(Study.objects.get(slug='{slug}')); print('COUNTS', c.tasks_live, c.ready, c.tasks_failed)"
    )
    deadline = time.monotonic() + ENHANCED_WITHIN_S
    while time.monotonic() < deadline:
        answer = stack.manage("shell", "-c", question).split("COUNTS")[1].split()
        live, ready, failed = (int(word) for word in answer)
        if failed:
            raise RuntimeError(f"{failed} tasks failed")
        if live == 0:
            return ready
        time.sleep(3)
    raise RuntimeError("the worker is not done")


def export(stack: Stack, slug: str, target: Path) -> Path:
    deadline = time.monotonic() + ENHANCED_WITHIN_S
    while True:
        try:
            stack.manage("export_study", slug, str(target))
        except RuntimeError as error:
            if "not computed yet" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(2)
        else:
            return target


def analysed_again(stack: Stack, bundle: Path, target: Path) -> int:
    """Analyse the exported files by the command; the number of results that differ."""
    stack.manage(
        "analyse", str(bundle / "scores.csv"), "--allocation", str(bundle / "allocation.csv"),
        "--consistency", str(bundle / "consistency.csv"), "--image-metrics", str(bundle / "image_metrics.csv"),
        "--plan", str(bundle / "plan.json"), "--out", str(target),
    )  # fmt: skip
    first, second = (dict(flat(json.loads((one / "results.json").read_text()))) for one in (bundle, target))
    return sum(first.get(name) != second.get(name) for name in first.keys() | second.keys())


def flat(value: object, name: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in flat(item, f"{name}/{key}")]
    return [(name, value)]


if __name__ == "__main__":
    main()
