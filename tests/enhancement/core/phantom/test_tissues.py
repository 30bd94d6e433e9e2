import numpy as np
import pytest

from enhancement.core.phantom.tissues import FIELDS_T, RELAXATION, Sequence, Tissue, signal_tables
from readerstudy.core.errors import BadVolume

T1_WEIGHTED, T2_WEIGHTED = Sequence(650, 11), Sequence(3200, 106)


def signals(sequence: Sequence, field_t: float = 1.5) -> np.ndarray:
    water, fat = signal_tables(sequence, field_t=field_t)
    return water + fat


class TestSignal:
    def test_it_follows_the_spin_echo_equation(self):
        # 1 - exp(-1) = 0.63212, exp(-0.5) = 0.60653
        assert Sequence(1000, 50).signal(1.0, 1000, 100) == pytest.approx(0.63212 * 0.60653, rel=1e-4)

    def test_inversion_nulls_a_tissue_whose_t1_is_its_inversion_time_over_ln_2(self):
        assert Sequence(1e6, 0, 140).signal(1.0, 140 / np.log(2), 100) == pytest.approx(0, abs=1e-9)


class TestSignalTables:
    def test_every_tissue_has_its_relaxation_times(self):
        assert set(RELAXATION) == set(Tissue)

    @pytest.mark.parametrize("field_t", FIELDS_T)
    def test_csf_is_the_brightest_on_t2_and_darker_than_the_cord_on_t1(self, field_t: float):
        t1, t2 = signals(T1_WEIGHTED, field_t), signals(T2_WEIGHTED, field_t)

        assert t2.argmax() == Tissue.CSF
        assert t1[Tissue.CSF] < t1[Tissue.CORD] < t1[Tissue.FAT]

    @pytest.mark.parametrize(("field_t", "ti_ms"), [(1.5, 140.0), (3.0, 200.0)])
    def test_stir_nulls_fat_and_shows_oedema(self, field_t: float, ti_ms: float):
        stir = signals(Sequence(4850, 33, ti_ms), field_t)

        assert stir[Tissue.FAT] < 0.2 * stir[Tissue.MUSCLE]
        assert stir[Tissue.OEDEMA] > 1.5 * stir[Tissue.MARROW]

    def test_modic_changes_have_the_contrast_that_defines_them(self):
        t1, t2 = signals(T1_WEIGHTED), signals(T2_WEIGHTED)

        assert t1[Tissue.OEDEMA] < t1[Tissue.MARROW] < t1[Tissue.FATTY_MARROW]
        assert min(t2[Tissue.OEDEMA], t2[Tissue.FATTY_MARROW]) > t2[Tissue.MARROW]

    def test_a_field_without_relaxation_times_is_refused(self):
        with pytest.raises(BadVolume, match=r"not at 7\.0 T"):
            signal_tables(T1_WEIGHTED, field_t=7.0)
