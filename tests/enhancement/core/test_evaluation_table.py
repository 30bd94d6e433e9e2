import math

import numpy as np
import pytest

from enhancement.core.evaluation import NAN, CaseScore
from enhancement.core.evaluation_cases import Setting
from enhancement.core.evaluation_repeats import RepeatsScore
from enhancement.core.evaluation_table import (
    ALL,
    CLEAN,
    METRICS,
    draw_table,
    format_repeats,
    format_table,
    gain_summary,
    make_table,
)


def case_score(method="identity", *, snr=8, **figures):
    setting = Setting(snr=snr, zero_fill=1.0, phase_fraction=1.0, window="none", g_max=1.0)
    told = {"method": method, "case": "v", "seed": 7, "setting": setting, "native_snr": 50.0}
    told |= {"has_clean_reference": True, "floor_kept": True}
    measures = dict.fromkeys(set(CaseScore.__dataclass_fields__) - set(told), 1.0)
    return CaseScore(**told | measures | figures)


def by_group(rows, method):
    return {row.group: row for row in rows if row.method == method}


class TestMakeTable:
    def test_gains_are_measured_from_the_input_within_each_group(self):
        scores = [case_score(psnr_db=30.0), case_score(snr=40, psnr_db=40.0)]
        scores += [case_score("network", psnr_db=33.0), case_score("network", snr=40, psnr_db=39.0)]

        network = by_group(make_table(scores), "network")

        gains = {group: row.gain_db for group, row in network.items()}
        assert gains == pytest.approx({ALL: 1, CLEAN: 1, "SNR 8": 3, "SNR 40": -1, "zero-fill 1.0": 1})
        assert network[ALL].cases == 2
        assert network[ALL].psnr_db == 36

    def test_lesions_are_pooled_over_all_cases(self):
        """(1 + 8) / (2 + 8): the mean of the ratios would be 0.75."""
        scores = [
            case_score(lesion_kept=1.0, lesion_inserted=2.0),
            case_score(lesion_kept=8.0, lesion_inserted=8.0),
        ]

        assert by_group(make_table(scores), "identity")[ALL].lesion_retention == pytest.approx(0.9)

    def test_clean_references_stand_apart(self):
        scores = [case_score(), case_score(has_clean_reference=False)]

        rows = by_group(make_table(scores), "identity")

        assert (rows[ALL].cases, rows[CLEAN].cases) == (2, 1)

    def test_what_was_not_measured_is_undefined_and_does_not_spoil_a_mean(self):
        scores = [case_score(ssim_soc=0.9), case_score(ssim_soc=NAN, snr=40)]
        scores += [case_score(lesion_kept=0.0, lesion_inserted=0.0, snr=15)]

        rows = by_group(make_table(scores), "identity")

        assert rows[ALL].ssim_soc == pytest.approx((0.9 + 1) / 2)
        assert math.isnan(rows["SNR 40"].ssim_soc)
        assert math.isnan(rows["SNR 15"].lesion_retention)


class TestGainSummary:
    def test_mean_median_and_the_interval_of_the_mean(self):
        gains = np.random.default_rng(1).normal(2, 1, 400)

        told = gain_summary(list(gains), [f"volume {i}" for i in range(400)])

        assert told["gain_db"] == pytest.approx(gains.mean())
        assert told["gain_median_db"] == pytest.approx(np.median(gains))
        half = (told["gain_high_db"] - told["gain_low_db"]) / 2
        assert half == pytest.approx(1.96 * gains.std() / 20, rel=0.1)  # the normal interval of a mean of 400

    def test_cases_of_one_volume_are_not_independent(self):
        """Each volume four times over: the mean stays, and the interval is that of the volumes alone."""
        gains = list(np.random.default_rng(1).normal(2, 1, 30))
        names = [f"volume {i}" for i in range(30)]

        alone, repeated = gain_summary(gains, names), gain_summary(gains * 4, names * 4)

        assert repeated == pytest.approx(alone)

    def test_one_volume_has_no_interval(self):
        told = gain_summary([1.0, 2.0], ["only", "only"])

        assert told["gain_db"] == 1.5
        assert math.isnan(told["gain_low_db"])
        assert math.isnan(told["gain_high_db"])


class TestFormatRepeats:
    def test_real_sets_and_phantoms_are_told_apart(self):
        def score(method, name, gain_db):
            return RepeatsScore(method, name, "phantom" in name, 3.0, gain_db, 0.9, 1.0, 0.0)

        text = format_repeats([score("a", "one", 1.0), score("a", "two", 3.0), score("a", "phantom", 0.5)])

        assert text.splitlines()[1].split()[:2] == ["a", "2.000"]
        assert text.splitlines()[1].endswith("each: +1.00 +3.00")
        assert text.splitlines()[-1].split()[:2] == ["a", "0.500"]

    def test_without_any_it_is_empty(self):
        assert format_repeats([]) == ""


class TestFormatTable:
    def test_each_group_is_a_block_with_a_line_a_method(self):
        scores = [case_score(psnr_db=31.25), case_score("network", psnr_db=33.5, ssim_soc=NAN)]
        scores += [case_score(psnr_db=31.25, case="w"), case_score("network", psnr_db=33.5, ssim_soc=NAN, case="w")]
        text = format_table(make_table(scores))

        blocks = text.split("\n\n")
        assert [block.split(" (")[0] for block in blocks] == [ALL, CLEAN, "SNR 8", "zero-fill 1.0"]
        network = blocks[0].splitlines()[2].split()
        assert network[:6] == ["network", "2.25", "2.25", "2.25", "2.25", "33.50"]
        assert len(network) == 1 + len(METRICS)
        assert "–" in network
        assert len({len(line) for line in blocks[0].splitlines()}) == 1


class TestDrawTable:
    def test_the_same_rows_give_the_same_bytes_of_the_format(self):
        rows = make_table([case_score(), case_score("network", psnr_db=2.0)])

        for picture_format, start in (("png", b"\x89PNG"), ("svg", b"<?xml")):
            first, second = (draw_table(rows, picture_format) for _ in range(2))
            assert first.startswith(start)
            assert first == second

    def test_every_method_is_named_in_it(self):
        rows = make_table([case_score(), case_score("network")])

        svg = draw_table(rows, "svg").decode()

        assert "<!-- network -->" in svg
        assert "<!-- identity -->" in svg
