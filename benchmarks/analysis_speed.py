"""The whole analysis of a study of the paper's size with its bootstrap; the same a hundred times larger without it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from math import log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from report import Figure, parser, report

CLAIM = "Statistics in seconds at the paper's size, and in two minutes and 2 GB at a hundred times that"
PAPER_SETS, REPLICATES = 111, 4999
MOST_S, LARGE_MOST_S, LARGE_MOST_GIB = 20.0, 120.0, 2.0
CHILD = """
import resource, sys, time
from simulated_scores import COMPARISONS, simulate
from analysis.core.dataset import parse_allocation, parse_scores
from analysis.core.results import analyse, to_json
files = simulate(int(sys.argv[1]), seed=1)
began, cpu = time.perf_counter(), time.process_time()
scores, allocation = parse_scores(files.scores, name="s.csv"), parse_allocation(files.allocation, name="a.csv")
to_json(analyse(scores, allocation, comparisons=COMPARISONS, seed=1, replicates=int(sys.argv[2])))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(time.perf_counter() - began, time.process_time() - cpu, peak, files.n_scores)
"""


def measured(n_sets: int, replicates: int) -> tuple[float, float, float, int]:
    """Wall seconds, processor seconds, peak GiB of the process, scores; in a process of its own."""
    here = Path(__file__).resolve().parent
    path = os.pathsep.join([str(here), str(here.parent)])
    command = [sys.executable, "-c", CHILD, str(n_sets), str(replicates)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": path})
    wall, cpu, peak, n = done.stdout.split()
    return float(wall), float(cpu), float(peak), int(n)


def r_seconds() -> float | None:
    """The reference script of the specification on its own data; None without R, its packages or the data."""
    shared = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "statistics"
    if not shutil.which("Rscript") or not shared.is_dir():
        return None
    with tempfile.TemporaryDirectory() as folder:
        for file in (shared / "data").glob("paper_like*.csv"):
            shutil.copy(file, folder)
        began = time.perf_counter()
        done = subprocess.run(["Rscript", str(shared / "R" / "analyse.R"), folder, "paper_like"], capture_output=True)
        return time.perf_counter() - began if done.returncode == 0 else None


def main() -> None:
    options = parser(__doc__).parse_args()
    factor = 2 if options.quick else 100
    wall, cpu, _, n = measured(PAPER_SETS, REPLICATES)
    _, small_cpu, _, _ = measured(PAPER_SETS, 0)
    large_wall, large_cpu, large_peak, large_n = measured(PAPER_SETS * factor, 0)
    allowed = large_n * log(large_n) / (n * log(n))
    figures = [
        Figure("whole analysis, B = 4999", wall, "s", f"<= {MOST_S:g}", wall <= MOST_S),
        Figure("its processor time", cpu, "s"),
        Figure(f"{factor} times larger, no bootstrap", large_wall, "s", f"<= {LARGE_MOST_S:g}",
               large_wall <= LARGE_MOST_S),
        Figure("its processor time, larger", large_cpu, "s"),
        Figure("its memory at the peak", large_peak, "GiB", f"<= {LARGE_MOST_GIB:g}", large_peak <= LARGE_MOST_GIB),
        Figure("growth of processor time", large_cpu / small_cpu, "times", f"<= {allowed:.0f} (n log n)",
               large_cpu / small_cpu <= allowed),
    ]  # fmt: skip
    in_r = None if options.quick else r_seconds()
    if in_r is not None:
        figures.append(Figure("R's seconds over ours", in_r / wall, "times", against="statistics/R/analyse.R"))
    ok = report(CLAIM, figures, as_json=options.json, quick=options.quick)
    sys.exit(0 if ok else 1)


if __name__ == "__main__":
    main()
