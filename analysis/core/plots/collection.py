"""All plots of a study in the order of the sections."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from analysis.core.metric_names import metric_arm
from analysis.core.plots.agreement import coefficients
from analysis.core.plots.blinding import blinding_indices
from analysis.core.plots.conduct import position_bias, reading_time
from analysis.core.plots.consistency import upper_limits
from analysis.core.plots.course import drift, straight_lining, time_course
from analysis.core.plots.drawing import Plot
from analysis.core.plots.images import bland_altman, per_series
from analysis.core.plots.preferences import mean_preference, win_tie_loss
from analysis.core.plots.subgroups import cells_with_subgroups, forest
from analysis.core.plots.transitivity import transitivity

Drawing = Callable[[], list[Plot]]


def drawings(
    results: Mapping[str, Any], *, images: pd.DataFrame | None = None, arm_names: Mapping[str, str] | None = None
) -> list[Drawing]:
    """
    What can be drawn from these results, piece by piece: each call draws some figures, perhaps none.

    Parameters
    ----------
    images
        One row an image set with its metrics; None where images were not measured.
    arm_names
        arm as in files -> arm as the study writes it: FASTDL -> FAST-DL.
    """
    names = arm_names or {}
    planned: list[Callable[[], Plot | None]] = [
        partial(win_tie_loss, results, names),
        partial(mean_preference, results, names),
        *(partial(forest, results, cell, names) for cell in cells_with_subgroups(results)),
        partial(coefficients, results),
        partial(position_bias, results),
        partial(reading_time, results),
        partial(time_course, results),
        partial(drift, results),
        partial(straight_lining, results),
        partial(upper_limits, results, names),
        partial(transitivity, results, names),
        partial(blinding_indices, results, names),
    ]
    pieces: list[Drawing] = [partial(_drawn, one) for one in planned]
    if images is not None and results.get("image_metrics"):
        written = {metric_arm(name): name for name in names.values()}
        pieces += [partial(per_series, images, written)]
        pieces += [partial(_drawn, partial(bland_altman, images, results["image_metrics"]))]
    return pieces


def _drawn(one: Callable[[], Plot | None]) -> list[Plot]:
    plot = one()
    return [plot] if plot else []
