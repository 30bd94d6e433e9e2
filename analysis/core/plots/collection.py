"""All plots of a study in the order of the sections."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.core.plots.agreement import coefficients
from analysis.core.plots.conduct import position_bias, reading_time
from analysis.core.plots.consistency import upper_limits
from analysis.core.plots.drawing import Plot
from analysis.core.plots.images import bland_altman, per_series
from analysis.core.plots.preferences import mean_preference, win_tie_loss
from analysis.core.plots.subgroups import forests
from analysis.core.plots.transitivity import transitivity


def all_plots(
    results: Mapping[str, Any], *, images: pd.DataFrame | None = None, arm_names: Mapping[str, str] | None = None
) -> list[Plot]:
    """
    What can be drawn from these results; a section that was not computed has no plot.

    Parameters
    ----------
    images
        One row an image set with its metrics; None where images were not measured.
    arm_names
        arm as in files -> arm as the study writes it: FASTDL -> FAST-DL.
    """
    names = arm_names or {}
    drawn = [
        win_tie_loss(results, names),
        mean_preference(results, names),
        *forests(results, names),
        coefficients(results),
        position_bias(results),
        reading_time(results),
        upper_limits(results),
        transitivity(results, names),
    ]
    if images is not None and results.get("image_metrics"):
        drawn += [*per_series(images), bland_altman(images, results["image_metrics"])]
    return [plot for plot in drawn if plot]
