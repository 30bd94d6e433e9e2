import importlib.util
import json
import os
from pathlib import Path

import nibabel
import numpy as np
import pytest

from enhancement.core.dead_leaves import draw_dead_leaves
from enhancement.core.evaluation_repeats import read_repeats, score_repeats
from enhancement.core.peers import gaussian, unchanged
from readerstudy.core.errors import BadVolume

SHARED = Path(os.environ.get("READERSTUDY_SHARED", Path(__file__).resolve().parents[4] / "shared"))
BENCH = SHARED / "denoising" / "prototype" / "bench.py"


def write_set(root, name="set", *, shape=(64, 64, 3, 5), sigma=20.0, alignment=None, signal=1.0):
    """The same object again and again, with independent noise."""
    (root / "repeats").mkdir(exist_ok=True)
    clean = signal * (100 + 200 * draw_dead_leaves(shape[0], rng=np.random.default_rng(3)))
    values = clean[:, :, None, None] + np.random.default_rng(4).normal(0, sigma, shape)
    nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), np.eye(4)), root / "repeats" / f"{name}.nii.gz")
    if alignment is not None:
        told = {f"{name}.nii.gz": {"align_to_rep0_axis0_axis1_gain": alignment}}
        (root / "repeats_qc.json").write_text(json.dumps(told))
    return clean


class TestReadRepeats:
    def test_the_reference_is_the_mean_of_the_other_repetitions(self, tmp_path):
        clean = write_set(tmp_path)

        (repeats,) = read_repeats(tmp_path, slices=2)

        assert repeats.first.shape == repeats.reference.shape == (2, 64, 64)
        assert (repeats.first[0] - clean).std() == pytest.approx(20, rel=0.1)
        assert (repeats.reference[0] - clean).std() == pytest.approx(10, rel=0.15)  # 20 over the root of 4
        assert repeats.ceiling_db == pytest.approx(10 * np.log10(5))

    def test_a_drift_of_the_receiver_is_undone(self, tmp_path):
        write_set(tmp_path, sigma=0.1)
        path = tmp_path / "repeats" / "set.nii.gz"
        values = np.asarray(nibabel.load(path).dataobj) * np.array([1, 1.2, 0.9, 1.1, 1.05])
        nibabel.save(nibabel.Nifti1Image(values.astype(np.float32), np.eye(4)), path)

        (repeats,) = read_repeats(tmp_path, slices=1)

        assert np.abs(repeats.reference - repeats.first).max() < 2

    def test_a_shift_is_undone_as_the_file_beside_it_says(self, tmp_path):
        write_set(tmp_path, sigma=0.1, shape=(64, 64, 1, 2), alignment=[[0, 3, 1]])
        path = tmp_path / "repeats" / "set.nii.gz"
        values = np.asarray(nibabel.load(path).dataobj, np.float32)
        values[..., 1] = np.roll(values[..., 1], -3, axis=1)
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), path)

        (repeats,) = read_repeats(tmp_path, slices=1)

        assert np.abs(repeats.reference - repeats.first).max() < 2

    def test_one_repetition_is_refused(self, tmp_path):
        write_set(tmp_path, shape=(64, 64, 3, 1))

        with pytest.raises(BadVolume, match="repetition"):
            list(read_repeats(tmp_path, slices=1))

    def test_without_a_folder_there_are_none(self, tmp_path):
        assert list(read_repeats(tmp_path, slices=1)) == []


class TestScoreRepeats:
    def test_the_input_itself_gains_nothing(self, tmp_path):
        write_set(tmp_path)
        (repeats,) = read_repeats(tmp_path, slices=3)

        score = score_repeats(unchanged, repeats, name="identity")

        assert score.gain_db == 0
        assert score.edge_retention == pytest.approx(1)
        assert score.mean_shift_percent == 0

    def test_another_shape_is_refused(self, tmp_path):
        write_set(tmp_path)
        (repeats,) = read_repeats(tmp_path, slices=3)

        with pytest.raises(BadVolume, match="another shape"):
            score_repeats(lambda volume: volume[:, 1:], repeats, name="method")

    @pytest.mark.skipif(not BENCH.is_file(), reason="the shared prototype is not here (READERSTUDY_SHARED)")
    # the prototype leaves its files to the garbage collector
    @pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
    def test_references_and_gains_are_those_of_the_prototype(self, monkeypatch):
        bench = _load_bench(monkeypatch)
        theirs = {case["name"]: case for case in bench.rep_cases(str(SHARED / "data" / "dev"), 4) if case["keep"]}

        ours = {repeats.name: repeats for repeats in read_repeats(SHARED / "data" / "dev", slices=4)}

        assert ours.keys() == theirs.keys()
        for name, repeats in ours.items():
            assert repeats.reference == pytest.approx(theirs[name]["ref"], rel=1e-4, abs=1e-2)
            assert list(repeats.scored) == theirs[name]["keep"]
            score = score_repeats(gaussian, repeats, name="gaussian")
            assert score.gain_db == pytest.approx(_their_gain(theirs[name], gaussian(repeats.first)), abs=1e-3)


def _their_gain(case, output):
    """`gain_raw_dB` of the prototype, which computes it within its main program."""
    before, after = [], []
    for z in case["keep"]:
        reference, mask, noisy = case["ref"][z], case["fg"][z], case["fast"][z]
        gain = float((noisy * reference)[mask].sum() / (noisy**2)[mask].sum())
        before.append((((noisy * gain) - reference)[mask].astype(float) ** 2).mean())
        after.append((((output[z] * gain) - reference)[mask].astype(float) ** 2).mean())
    return 10 * np.log10(np.mean(before) / np.mean(after))


def _load_bench(monkeypatch):
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # the script sets them where they are absent
    monkeypatch.setenv("ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS", "1")
    spec = importlib.util.spec_from_file_location("reference_bench", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
