import importlib.util
import os
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.evaluation import SERIES_PX, in_window, mean_of_finite, score_case
from enhancement.core.evaluation_cases import Setting, make_case
from enhancement.core.noise import rician_mean
from enhancement.core.peers import gaussian, unchanged
from enhancement.core.quality import data_range
from readerstudy.core.errors import BadVolume

SHARED = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
BENCH = SHARED / "denoising" / "prototype" / "bench.py"


@pytest.fixture(scope="module")
def case():
    setting = Setting(snr=8, zero_fill=1.0, phase_fraction=1.0, window="none", g_max=1.6)
    rng = np.random.default_rng(1)
    clean = np.stack([0.5 + draw_dead_leaves(96, rng=rng) for _ in range(2)])
    return make_case(clean, name="leaves", setting=setting, case_index=0, seed=7, window_px=80)


def score(method, case, **options):
    return score_case(method, case, **{"name": "method", "with_soc": True} | options)


class TestScoreCase:
    def test_the_input_itself_is_the_unit_of_every_relative_figure(self, case):
        of_input = score(unchanged, case)

        assert of_input.noise_reduction == 1
        assert of_input.low_frequency_error == 1
        assert of_input.ssim_fast == of_input.ssim_soc == pytest.approx(1)
        assert of_input.l1_ratio == 1
        assert of_input.edge_retention == pytest.approx(1, abs=0.05)

    def test_the_truth_keeps_everything_and_leaves_no_noise(self, case):
        truth = score(lambda noisy: case.reference + 0.01, case)

        assert truth.psnr_db > 100
        assert truth.edge_retention == pytest.approx(1)
        assert truth.weak_edge_retention == pytest.approx(1)
        assert truth.lesion_kept / truth.lesion_inserted == pytest.approx(1)
        assert truth.low_frequency_error < 0.01
        assert truth.noise_reduction > 100
        assert not truth.floor_kept

    def test_keeping_the_rician_floor_is_not_punished(self, case):
        kept = score(lambda noisy: np.float32(rician_mean(case.reference, case.sigma)) + np.float32(0.01), case)

        assert kept.psnr_db > 90
        assert kept.floor_kept

    def test_half_way_to_the_truth_halves_the_noise_and_gains_six_decibels(self, case):
        before = score(unchanged, case)
        half = score(lambda noisy: (noisy + case.reference) / 2, case)

        assert half.noise_reduction == pytest.approx(2, rel=0.1)
        assert half.psnr_db - before.psnr_db == pytest.approx(20 * np.log10(2), abs=0.5)

    def test_smoothing_costs_edges_and_lesions(self, case):
        smooth = score(gaussian, case)

        assert smooth.edge_retention < 0.9
        assert smooth.lesion_kept < 0.97 * smooth.lesion_inserted
        assert smooth.noise_reduction > 1.2

    def test_soc_images_come_from_soc_and_l1_compares_with_it(self, case):
        seen = []
        enhanced = score(lambda noisy: seen.append(noisy) or case.soc.copy(), case)

        assert [np.array_equal(a, b) for a, b in zip(seen, (case.fast, case.soc), strict=True)] == [True, True]
        assert enhanced.l1_ratio == 0
        assert enhanced.ssim_soc == pytest.approx(1)
        assert enhanced.ssim_fast < 1

    def test_without_soc_the_method_runs_once(self, case):
        seen = []
        only_fast = score(lambda noisy: seen.append(noisy) or noisy, case, with_soc=False)

        assert len(seen) == 1
        assert np.isnan(only_fast.ssim_soc)
        assert np.isnan(only_fast.l1_ratio)

    def test_what_lies_outside_the_window_does_not_count(self, case):
        def spoiled(noisy):
            output = np.full_like(noisy, 1e6)
            in_window(case, output)[:] = in_window(case, noisy)
            return output

        def figures(scored):
            return replace(scored, seconds=0)

        assert figures(score(spoiled, case)) == figures(score(unchanged, case))

    def test_seconds_are_scaled_to_a_whole_series(self, case):
        ticks = count(0, 3)

        timed = score(unchanged, case, clock=lambda: next(ticks))

        assert timed.seconds == pytest.approx(3 * SERIES_PX / case.fast.size)

    @pytest.mark.parametrize("wrong", [lambda noisy: noisy[:, 1:], lambda noisy: noisy * np.float32(np.nan)])
    def test_another_shape_or_values_that_are_not_finite_are_refused(self, case, wrong):
        with pytest.raises(BadVolume, match="not finite"):
            score(wrong, case)

    def test_a_case_without_tissue_is_refused(self, case):
        with pytest.raises(BadVolume, match="too little tissue"):
            score(unchanged, replace(case, tissue=np.zeros_like(case.tissue)))


@pytest.mark.skipif(not BENCH.is_file(), reason="the shared prototype is not here (READERSTUDY_SHARED)")
class TestAgainstThePrototype:
    """The prototype's figures are the contract for what improves and what does not."""

    def test_every_measure_agrees_with_it(self, case, monkeypatch):
        bench = load_bench(monkeypatch)
        case = replace(case, **{name: getattr(case, name)[:1] for name in ("fast", "soc", "reference", "absent")})
        case = replace(case, tissue=case.tissue[:1], sigma=case.sigma[:1], lesions=case.lesions[:1])
        # blurred, and darker rather than brighter than the reference: nearer to that without the Rician floor
        output = (gaussian(case.reference) + case.reference) / 2 - 0.2 * (case.fast - case.reference)

        ours = score(lambda noisy: output if noisy is case.fast else noisy, case)

        cut = [in_window(case, a)[0] for a in (output, case.fast, case.reference, case.tissue)]
        lesions = [(one.y, one.x, one.radius_px, one.contrast) for one in case.lesions[0]]
        peak = data_range(case.reference)
        theirs = bench.metrics_2d(*cut, peak, lesions, in_window(case, case.absent)[0])
        assert not ours.floor_kept
        assert lesions
        for name, key in {
            **{"psnr_db": "psnr_fg", "ssim": "ssim", "nrmse": "nrmse_fg", "edge_retention": "edge_ret"},
            **{"weak_edge_retention": "edge_weak", "lesion_kept": "_ln_num", "lesion_inserted": "_ln_den"},
            **{"variance_before": "_vn", "variance_after": "_vo"},
            **{"smooth_error_before": "_ln", "smooth_error_after": "_lo"},
            **{"bias_percent": "bias_mean_pct", "residual_structure": "res_corr_hp"},
        }.items():
            assert getattr(ours, name) == pytest.approx(theirs[key], rel=1e-4), name
        assert ours.ssim_fast == pytest.approx(bench.ssim_map(cut[0], cut[1], peak).mean(), rel=1e-4)


class TestMeanOfFinite:
    def test_undefined_figures_are_left_out(self):
        assert mean_of_finite([1, float("nan"), 3, float("inf")]) == 2

    def test_of_nothing_it_is_undefined(self):
        assert np.isnan(mean_of_finite([float("nan")]))


def load_bench(monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # the script sets them where they are absent
    monkeypatch.setenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")
    spec = importlib.util.spec_from_file_location("reference_bench", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
