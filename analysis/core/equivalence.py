"""Non-inferiority and equivalence within a margin that was set before the data were seen."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.core.clustered import ClusterMean, cluster_mean

NO_DIFFERENCE = "no difference detected (not evidence of equivalence)"


def equivalence(d: ArrayLike, patient: ArrayLike, margin: float, *, alpha: float = 0.05) -> dict[str, Any] | None:
    """
    Two one-sided tests of the mean of d against -margin and margin, with CR2 standard errors.

    `margin` is in points and positive. None with fewer than two patients. Without spread between patients the
    mean itself decides, and `note` says so. Source: Schuirmann 1987.
    """
    mean = cluster_mean(d, patient)
    if mean.se_cr2 is None or mean.df_satt is None or mean.ci_cr2 is None:
        return None
    if mean.se_cr2 == 0:
        return _without_spread(mean.mean, margin)
    se, df, m = mean.se_cr2, mean.df_satt, mean.mean
    p_lower = float(stats.t.sf((m + margin) / se, df))
    p_upper = float(stats.t.cdf((m - margin) / se, df))
    half_width = float(stats.t.ppf(1 - alpha, df)) * se
    low, high = mean.ci_cr2
    return {
        "delta": margin,
        "se": se,
        "df": df,
        "p_lower": p_lower,
        "p_upper": p_upper,
        "p_tost": max(p_lower, p_upper),
        "ci90": (m - half_width, m + half_width),
        "equivalent": max(p_lower, p_upper) < alpha,
        "noninferior_p": p_lower,
        "noninferior_lower_975": low,
        "noninferior": low > -margin,
        "noninferior_upper_975": high,
        "verdict": _verdict(low, high, margin, equivalent=max(p_lower, p_upper) < alpha),
    }


def _without_spread(m: float, margin: float) -> dict[str, Any]:
    inside = abs(m) < margin
    return {
        "delta": margin,
        "se": 0,
        "note": "zero variance",
        "p_lower": 0 if m > -margin else 1,
        "p_upper": 0 if m < margin else 1,
        "p_tost": 0 if inside else 1,
        "ci90": (m, m),
        "equivalent": inside,
        "noninferior": m > -margin,
        "verdict": _verdict(m, m, margin, equivalent=inside),
    }


def _verdict(low: float, high: float, margin: float, *, equivalent: bool) -> str:
    """What may be said; "inferior" only where the whole interval is below -margin."""
    if low > 0:
        return "superior"
    if high < -margin:
        return "inferior"
    if equivalent:
        return "equivalent"
    return "non-inferior" if low > -margin else "inconclusive"


def verdict_without_margin(mean: ClusterMean, p: float, alpha: float) -> str:
    """What the primary test alone allows to say of A against B."""
    if p >= alpha or np.sign(mean.mean) == 0:
        return NO_DIFFERENCE
    return "superior" if mean.mean > 0 else "inferior"
