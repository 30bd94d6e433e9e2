"""The network where it removes as much noise as a peer: retention compared at equal noise reduction.

A method that removes less noise keeps more of everything. So the network's output is blended with its input, as a lower
strength does, until the noise left in homogeneous tissue is the peer's, and is scored again.
"""

import numpy as np
from numpy.typing import NDArray

from enhancement.core import quality
from enhancement.core.evaluation import floor_reference, scored_slices
from enhancement.core.evaluation_cases import Case

Floats = NDArray[np.float32]


def equal_share(case: Case, output_zyx: Floats, *, variance: float, floor_kept: bool) -> float:
    """How much of `output_zyx`, 0 to 1, must go into the blend for this variance of the noise in homogeneous tissue.

    1 where even the whole output leaves more. variance : the mean over the scored slices, as `CaseScore` has it;
    floor_kept : against which reference, see `score_case`.
    The variance of a blend is quadratic in the share: a + 2 b t + c t^2.
    """
    target = floor_reference(case) if floor_kept else case.reference
    terms = [_terms(case, z, output_zyx, target) for z in scored_slices(case)]
    a, b, c = (float(np.mean(term)) for term in zip(*terms, strict=True))
    if variance >= a or c <= 0:
        return 0.0
    root = b**2 - c * (a - variance)
    return 1.0 if root < 0 else min(1.0, (-b - float(np.sqrt(root))) / c)


def blended(case: Case, output_zyx: Floats, share: float) -> Floats:
    return np.asarray(case.fast + np.float32(share) * (output_zyx - case.fast), np.float32)


def _terms(case: Case, z: int, output_zyx: Floats, target_zyx: Floats) -> tuple[float, float, float]:
    before, after, target, tissue = (
        volume[z][case.window_yx].astype(np.float64) for volume in (case.fast, output_zyx, target_zyx, case.tissue)
    )
    flat = quality.homogeneous_tissue(target, tissue=tissue > 0)
    error, change = (before - target)[flat], (after - before)[flat]
    return float(np.var(error)), float(np.cov(error, change, bias=True)[0, 1]), float(np.var(change))
