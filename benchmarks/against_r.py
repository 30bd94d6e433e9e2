"""Our results beside those of R (`same_statistics.R`, `other_statistics.R`): run it, find every number that differs.

R's program is written apart from ours, from the formulas. What rests on random draws, the bootstrap and the permuted
agreement, is compared within the error of the draws; all else to nine digits.
"""

import csv
import math
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).resolve().with_name("same_statistics.R")
OTHER_SCRIPT = SCRIPT.with_name("other_statistics.R")  # subgroups, conduct, repeats, consistency, images, models
HINT = "Rscript is not installed (Debian: r-base-core): nothing is compared with R."
# A difference of squares in the reference's form, which we follow; R's program here does not let it cancel.
KAPPA_ERROR = 1e-7
RELATIVE, ROUNDING = 1e-9, 1e-13  # sums that cancel leave the last digit's rounding, different in every program
# By the place of the number in results.json: absolute limits for what is drawn at random.
DRAWN = (("|permutation_baseline|", 0.06), ("|mean_ci|", 0.02), ("|net_benefit_ci|", 0.02), ("T3A_", 0.03))
# Limits of these jump from one value to the next where scores are mostly ties: no tolerance tells right from wrong.
NOT_COMPARED = {"rank_biserial_ci", "hodges_lehmann_ci", "median_ci", "win_odds_ci"}


@dataclass(frozen=True)
class Agreement:
    """How many of R's numbers are ours too, and those that are not, "path: ours, R's"."""

    n: int
    n_same: int
    differences: tuple[str, ...]


def r_is_here() -> bool:
    return shutil.which("Rscript") is not None


def command(scores: Path, allocation: Path, *, replicates: int, out: Path) -> list[str]:
    """What computes the same statistics in R, with `replicates` of the bootstrap (0 for none)."""
    return ["Rscript", "--vanilla", str(SCRIPT), str(scores), str(allocation), str(replicates), str(out)]


def in_r(scores: Path, allocation: Path, *, replicates: int, out: Path) -> dict[str, float | None]:
    """
    R's numbers by their place in results.json, keys joined by "|"; None where R says that there is none.

    Raises RuntimeError with R's own words.
    """
    return _numbers(command(scores, allocation, replicates=replicates, out=out), out)


def others_in_r(scores: Path, consistency: Path, metrics: Path, *, out: Path) -> dict[str, float | None]:
    """What `in_r` leaves out, in the same form; models only where R has the package ordinal. Raises RuntimeError."""
    return _numbers(["Rscript", "--vanilla", *map(str, (OTHER_SCRIPT, scores, consistency, metrics, out))], out)


def _numbers(words: list[str], out: Path) -> dict[str, float | None]:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[2]} failed: {done.stderr.strip()}")
    return read(out)


def read(out: Path) -> dict[str, float | None]:
    with out.open(encoding="utf-8", newline="") as rows:
        return {row["path"]: None if row["value"] == "NA" else float(row["value"]) for row in csv.DictReader(rows)}


def compare(ours: Mapping[str, Any], theirs: Mapping[str, float | None]) -> Agreement:
    """`ours` is results.json as read; a number of R's that it does not have is a difference."""
    compared = {path: value for path, value in theirs.items() if not set(path.split("|")) & NOT_COMPARED}
    differences = []
    for path, value in compared.items():
        own = at(ours, path)
        if not same(own, value, path):
            differences.append(f"{path}: {own}, {value}")
    return Agreement(len(compared), len(compared) - len(differences), tuple(differences))


def at(results: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    value = results
    for key in path.split("|"):
        if isinstance(value, list):
            value = value[int(key)] if int(key) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value


def same(own: Any, value: float | None, path: str) -> bool:
    if value is None or own is None:
        return own is value
    if isinstance(own, bool) or not isinstance(own, int | float):
        return False
    if drawn := [limit for part, limit in DRAWN if part in path and ("bootstrap" in path or "permut" in path)]:
        return abs(own - value) <= drawn[0]
    is_p = path.split("|")[-1].startswith(("p_", "rgl_p")) or path.endswith("|p")
    relative = KAPPA_ERROR if path.endswith(("kappa_linear_se", "kappa_quadratic_se")) else RELATIVE
    return math.isclose(own, value, rel_tol=relative, abs_tol=0.0 if is_p else ROUNDING)
