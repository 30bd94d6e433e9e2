"""Claim: a study of the paper's size goes through the real stack on one small machine.

61 simulated participants give 111 image sets of 16 x 512 x 512 in the paper's composition. SOC and FAST of each are
acquired through k-space with noise of their own and uploaded over HTTP as a browser sends them; the worker makes
FAST-DL and SOC-DL; three simulated readers read 333 pairs each; then lock, unblind, analysis and export.

To save time one phantom serves all image sets of a region and plane: participants differ in header, contrast,
scanner, noise level and noise, not in anatomy. The phantoms are no part of what is measured.
"""

import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from analysis.core.csv_text import parse_table, unguard  # noqa: E402
from benchmarks import journey  # noqa: E402
from benchmarks.report import Figure, parser, report  # noqa: E402
from benchmarks.stages import Stages  # noqa: E402
from enhancement.core.case_mix import Case, case_mix  # noqa: E402
from enhancement.core.phantom import SpinePhantom  # noqa: E402
from enhancement.core.simulated_case import Size, draw_phantom, simulate_case  # noqa: E402
from tests.real_stack import Stack, running_stack  # noqa: E402

CLAIM = "A study of the paper's size, end to end"
SEED = 61
WORKER_WITHIN_S = 7200
MAKER_PROCESSES = 2
MIB = 1024 * 1024


@dataclass(frozen=True)
class Scale:
    """How large a study is run."""

    image_sets: int
    readers: int
    size: Size

    @property
    def cases(self) -> list[Case]:
        return case_mix(self.image_sets)

    @property
    def participants(self) -> int:
        return len({case.participant for case in self.cases})


PAPER = Scale(111, 3, Size(matrix=512, slices=16))
QUICK = Scale(4, 2, Size(matrix=192, slices=8))


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="leave the exported files in this new folder")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, stages = Path(name), Stages()
        figures = run(QUICK if chosen.quick else PAPER, folder, stages)
        ok = report(CLAIM, figures, as_json=chosen.json, quick=chosen.quick)
        if not chosen.json:
            print_tables(folder / "bundle")
        if chosen.keep:
            shutil.copytree(folder / "bundle", chosen.keep)
    sys.exit(0 if ok else 1)


def run(scale: Scale, folder: Path, stages: Stages) -> list[Figure]:
    with stages.stage("make the DICOM", root_pid=os.getpid()):
        make_dicom(scale, folder / "dicom")
    with running_stack() as stack:
        outcome = play(stack, scale, folder, stages)
        disk = bytes_by_kind(stack.data_dir)
        proofs = journey.proofs(stack, "paper-size", folder / "bundle", folder / "again")
    return [*stages.figures, *outcome, *disk, *proofs]


def make_dicom(scale: Scale, folder: Path) -> None:
    # Image sets of one anatomy in a row, so that a process makes each phantom once.
    cases = sorted(scale.cases, key=lambda case: (case.region, case.plane, case.number))
    share = -(-len(cases) // (2 * MAKER_PROCESSES))
    with ProcessPoolExecutor(MAKER_PROCESSES) as pool:
        list(pool.map(partial(write_case, folder=folder, size=scale.size), cases, chunksize=share))


def write_case(case: Case, *, folder: Path, size: Size) -> None:
    """SOC and FAST of one image set, in a folder for each series."""
    phantom = phantom_of(case.region, case.plane, size)
    for arm, datasets in simulate_case(case, seed=SEED, size=size, phantom=phantom).items():
        journey.save_series(datasets, folder / f"{case.number:03d}-{'a' if arm == 'SOC' else 'b'}")


@lru_cache(maxsize=1)
def phantom_of(region: str, plane: str, size: Size) -> SpinePhantom:
    return draw_phantom(Case(1, 1, region, plane, "T2"), seed=SEED, size=size)


def play(stack: Stack, scale: Scale, folder: Path, stages: Stages) -> list[Figure]:
    """From the upload to the exported files, stage by stage."""
    pid = stack.supervisor_pid
    coordinator, slug = journey.open_study(stack, "Paper size")
    with stages.stage("upload over HTTP", root_pid=pid):
        sent = journey.upload(coordinator, slug, folder / "dicom")
    with stages.stage("ingest", root_pid=pid):
        journey.wait_for_worker(stack, "ingest", within_s=WORKER_WITHIN_S)
    with stages.stage("enhance and prepare the display", root_pid=pid):
        journey.wait_for_worker(stack, "enhance", "display", within_s=WORKER_WITHIN_S)
    statistician = journey.invite_statistician(stack, coordinator, slug)
    readers = journey.invite_readers(stack, coordinator, slug, scale.readers)
    with stages.stage("allocate and seal", root_pid=pid):
        journey.seal(coordinator, slug)
    with stages.stage("read over HTTP", root_pid=pid):
        readers = journey.read_at_once(readers)
    with stages.stage("lock", root_pid=pid):
        journey.lock(coordinator, slug)
    with stages.stage("unblind and analyse", root_pid=pid):
        journey.unblind(coordinator, slug)
        journey.wait_for_worker(stack, "analyse", within_s=WORKER_WITHIN_S)
    with stages.stage("export", root_pid=pid):
        bundle = journey.download_bundle(statistician, slug, folder / "bundle")
    return [*contents(stack, scale, sent), *journey.readings(readers, wanted=3 * scale.image_sets), *preference(bundle)]


def contents(stack: Stack, scale: Scale, sent: journey.Sent) -> list[Figure]:
    people, ready = journey.count_rows(stack, "participant"), journey.ready_image_sets(stack)
    series = journey.count_rows(stack, "series")
    refused = journey.count_rows(stack, "uploadedfile", "status <> 'taken'")
    wanted = 4 * scale.image_sets  # SOC, FAST, FAST-DL, SOC-DL
    return [
        Figure("files uploaded", sent.files, "files"),
        Figure("bytes uploaded", round(sent.size / MIB), "MiB"),
        Figure("files not taken", refused, "files", "= 0", refused == 0),
        Figure("participants", people, "people", f"= {scale.participants}", people == scale.participants),
        Figure("image sets ready", ready, "sets", f"= {scale.image_sets}", ready == scale.image_sets),
        Figure("series, enhanced ones included", series, "series", f"= {wanted}", series == wanted),
    ]


def preference(bundle: Path) -> list[Figure]:
    snr = journey.preference_for_enhanced_snr(bundle)
    return [Figure("simulated readers, SNR of FAST-DL over FAST", snr, "of 1-5", "> 3", snr > 3)]


def bytes_by_kind(data_dir: Path) -> list[Figure]:
    """What lies in the data directory at the end; the names of kinds are those of its folders."""
    folders = {
        "DICOM of all arms": data_dir.glob("files/*/series"),
        "display stacks": data_dir.glob("files/*/display"),
        "thumbnails": data_dir.glob("files/*/thumbnails"),
        "database": data_dir.glob("readerstudy.sqlite3*"),
        "upload spool": data_dir.glob("uploads"),
        "queue": data_dir.glob("queue"),
    }
    sizes = {kind: sum(map(size_of, paths)) for kind, paths in folders.items()}
    figures = [Figure(f"on disk: {kind}", round(size / MIB, 1), "MiB") for kind, size in sizes.items()]
    return [*figures, Figure("on disk: everything", round(size_of(data_dir) / MIB, 1), "MiB")]


def size_of(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())


def print_tables(bundle: Path) -> None:
    for path in sorted(bundle.glob("table*.csv")):
        raw = parse_table(path.read_bytes(), name=path.name)
        table = pd.DataFrame(raw.rows, columns=[unguard(name) for name in raw.columns])
        print(f"\n{path.name}\n{table.to_string(index=False)}")


if __name__ == "__main__":
    main()
