"""The whole analysis of a study of the paper's size with its bootstrap; larger ones without it; the same in R.

Every run is a process of its own that reads tidy files and writes results.json, timed whole. Growth is told between
three sizes by the processor time without the start of Python. R computes the statistics of the cells, their
corrections, the agreement of the readers and the bootstrap (`same_statistics.R`, base R): less than our run, which has
all sections of the results. Its numbers are compared with ours in the same run. `--reference-r FOLDER` also times
R/analyse.R of that folder, where its packages are installed.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import against_r
from benchmarks.report import Figure, parser, report
from benchmarks.simulated_scores import simulate

CLAIM = "Statistics in seconds at the paper's size, and in two minutes and 2 GB at a hundred times that"
PAPER_SETS, REPLICATES = 111, 4999
FACTORS, QUICK_FACTORS = (1, 10, 100), (1, 2, 4)
MOST_S, LARGE_MOST_S, LARGE_MOST_GIB = 20.0, 120.0, 2.0
ROOT = Path(__file__).resolve().parents[1]
CHILD = """
import resource, sys, time
from pathlib import Path
from analysis.core.dataset import infer_comparisons, read_allocation, read_scores
from analysis.core.results import analyse
from analysis.core.results_json import write_json
began = time.process_time()
folder, replicates = Path(sys.argv[1]), int(sys.argv[2])
scores, allocation = read_scores(folder / "scores.csv"), read_allocation(folder / "allocation.csv")
comparisons = infer_comparisons(allocation)
write_json(folder / "results.json", analyse(scores, allocation, comparisons=comparisons, seed=1, replicates=replicates))
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2)
"""


@dataclass(frozen=True)
class Run:
    """One process: wall and processor seconds of all of it, processor seconds of the analysis, peak memory, scores."""

    wall_s: float
    whole_cpu_s: float
    cpu_s: float
    peak_gib: float
    n_scores: int


def make_study(folder: Path, factor: int) -> int:
    """Tidy files of a study `factor` times the paper's; the number of scores."""
    files = simulate(PAPER_SETS * factor, seed=1)
    folder.mkdir()
    (folder / "scores.csv").write_bytes(files.scores)
    (folder / "allocation.csv").write_bytes(files.allocation)
    return files.n_scores


def children_cpu_s() -> float:
    """Processor seconds of all processes that ended so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(folder: Path, n_scores: int, replicates: int) -> Run:
    began, cpu_before = time.perf_counter(), children_cpu_s()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), str(replicates)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    cpu, peak = done.stdout.split()
    wall, whole_cpu = time.perf_counter() - began, children_cpu_s() - cpu_before
    return Run(wall, whole_cpu, float(cpu), float(peak), n_scores)


def growth(runs: Sequence[Run]) -> list[Figure]:
    """The processor time of each size over that of every smaller one, against n log n."""
    figures = []
    for i, small in enumerate(runs):
        for large in runs[i + 1 :]:
            n, m = small.n_scores, large.n_scores
            value, allowed = large.cpu_s / small.cpu_s, m * log(m) / (n * log(n))
            name = f"processor time, {m:,} scores over {n:,}"
            figures.append(Figure(name, value, "times", f"<= {allowed:.1f} (n log n)", value <= allowed))
    return figures


def beside_r(folder: Path, run: Run, replicates: int) -> list[Figure]:
    if not against_r.r_is_here():
        print(against_r.HINT, file=sys.stderr)
        return []
    began, cpu_before = time.perf_counter(), children_cpu_s()
    theirs = against_r.in_r(
        folder / "scores.csv", folder / "allocation.csv", replicates=replicates, out=folder / "r.csv"
    )
    wall, cpu = time.perf_counter() - began, children_cpu_s() - cpu_before
    found = against_r.compare(json.loads((folder / "results.json").read_text("utf-8")), theirs)
    for difference in found.differences[:20]:
        print(f"differs from R: {difference}", file=sys.stderr)
    peer = "base R, a part of the statistics"
    return [
        Figure("the same files in R", wall, "s", against=peer),
        Figure("its processor time in R", cpu, "s", against=peer),
        Figure("R's seconds over ours", wall / run.wall_s, "times", against=peer),
        Figure("R's processor time over ours", cpu / run.whole_cpu_s, "times", against=peer),
        Figure(
            "numbers of R that are ours too", found.n_same, "numbers", f"= {found.n}", found.n_same == found.n, peer
        ),
    ]


def reference_r(statistics: Path, scratch: Path, replicates: int) -> list[Figure]:
    """R/analyse.R of a folder of reference data on its `paper_like`, and ours on the same file."""
    folder = scratch / "reference"
    folder.mkdir()
    for file in (statistics / "data").glob("paper_like*.csv"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "scores.csv").write_bytes((folder / "paper_like.csv").read_bytes())
    (folder / "allocation.csv").write_bytes((folder / "paper_like_allocation.csv").read_bytes())
    run = ours(folder, 0, replicates)
    began = time.perf_counter()
    command = ["Rscript", str(statistics / "R" / "analyse.R"), str(folder), "paper_like"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{command[1]} failed: {' '.join(done.stderr.split())[-200:]}", file=sys.stderr)
        return []
    wall = time.perf_counter() - began
    return [Figure("R's seconds over ours, reference data", wall / run.wall_s, "times", against="R/analyse.R")]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--reference-r", type=Path, metavar="FOLDER", help="a folder with R/analyse.R and data/")
    options = arguments.parse_args()
    factors = QUICK_FACTORS if options.quick else FACTORS
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / str(factor) for factor in factors]
        sizes = [make_study(folder, factor) for folder, factor in zip(folders, factors, strict=True)]
        whole = ours(folders[0], sizes[0], REPLICATES)
        figures = [
            Figure("whole analysis, B = 4999", whole.wall_s, "s", f"<= {MOST_S:g}", whole.wall_s <= MOST_S),
            Figure("its processor time", whole.whole_cpu_s, "s"),
            *beside_r(folders[0], whole, REPLICATES),
        ]
        runs = [ours(folder, n, 0) for folder, n in zip(folders, sizes, strict=True)]
        large, name = runs[-1], f"{factors[-1]} times larger, {sizes[-1]:,} scores, no bootstrap"
        figures += [
            Figure(name, large.wall_s, "s", f"<= {LARGE_MOST_S:g}", large.wall_s <= LARGE_MOST_S),
            Figure("its processor time, larger", large.whole_cpu_s, "s"),
            Figure("its memory at the peak", large.peak_gib, "GiB", f"<= {LARGE_MOST_GIB:g}",
                   large.peak_gib <= LARGE_MOST_GIB),
            *growth(runs),
        ]  # fmt: skip
        if options.reference_r:
            figures += reference_r(options.reference_r, Path(scratch), REPLICATES)
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


if __name__ == "__main__":
    main()
