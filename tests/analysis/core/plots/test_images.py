"""Plots of image metrics: a panel a contrast, under the names that the study gave its arms."""

import numpy as np
import pandas as pd

from analysis.core.plots.images import bland_altman, per_series

FRAME = pd.DataFrame(
    {
        "image_set_id": ["S1", "S2", "S3"],
        "patient_id": ["P1", "P1", "P2"],
        "ssim_fast_fastdl": [0.9, 0.95, np.nan],
        "ssim_registered_soc_fast": [0.5, 0.6, 0.7],
        "l1_soc_fast": [30.0, 40.0, 50.0],
        "l1_soc_fastdl": [28.0, 41.0, 45.0],
    }
)


class TestPerSeries:
    def test_a_kind_has_its_own_plot_and_registered_values_do_not_mix_in(self):
        plots = {plot.name: plot for plot in per_series(FRAME, {"fastdl": "FAST-DL"})}

        assert list(plots) == ["ssim_per_series", "l1_per_series"]
        assert plots["ssim_per_series"].data.columns.tolist() == ["image_set_id", "ssim_fast_fastdl"]


class TestBlandAltman:
    def test_the_difference_is_what_enhancement_gains(self):
        data = bland_altman(FRAME, {}).data

        assert data["difference"].tolist() == [2.0, -1.0, 5.0]
        assert data["mean"].tolist() == [29.0, 40.5, 47.5]

    def test_without_both_contrasts_there_is_none(self):
        assert bland_altman(FRAME.drop(columns="l1_soc_fastdl"), {}) is None
