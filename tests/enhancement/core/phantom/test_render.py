import numpy as np
import pytest

from enhancement.core.phantom import SpinePhantom, Tissue, default_sequence, make_spine_phantom, render
from readerstudy.core.errors import BadVolume


@pytest.fixture(scope="module")
def phantom() -> SpinePhantom:
    return make_spine_phantom(
        region="cervical", plane="sagittal", rng=np.random.default_rng(2), matrix=(128, 128), slices=3
    )


def mean_where(values_zyx: np.ndarray, phantom: SpinePhantom, tissue: Tissue) -> float:
    """The mean over displayed pixels that lie well within a tissue, in the middle slice."""
    fine = phantom.label[1] == tissue
    step = fine.shape[0] / values_zyx.shape[1]
    at = np.round(np.arange(values_zyx.shape[1]) * step).astype(int)
    return float(values_zyx[1][fine[np.ix_(at, at)]].mean())


class TestRender:
    def test_it_gives_magnitudes_on_the_displayed_grid(self, phantom: SpinePhantom):
        values = render(phantom, sequence=default_sequence("T2", field_t=1.5))

        assert values.shape == (3, 128, 128)
        assert values.dtype == np.float32
        assert values.min() >= 0

    def test_contrast_follows_the_sequence(self, phantom: SpinePhantom):
        t1, t2, stir = (render(phantom, sequence=default_sequence(name, field_t=1.5)) for name in ("T1", "T2", "STIR"))

        assert mean_where(t2, phantom, Tissue.CSF) > 1.5 * mean_where(t2, phantom, Tissue.CORD)
        assert mean_where(t1, phantom, Tissue.CSF) < mean_where(t1, phantom, Tissue.CORD)
        assert mean_where(stir, phantom, Tissue.FAT) < 0.5 * mean_where(t1, phantom, Tissue.FAT)

    def test_a_shift_by_whole_pixels_moves_the_picture(self, phantom: SpinePhantom):
        sequence, spacing = default_sequence("T1", field_t=1.5), phantom.spacing_mm
        still = render(phantom, sequence=sequence) / phantom.bias
        moved = render(phantom, sequence=sequence, shift_mm=(2 * spacing[1], 3 * spacing[2])) / phantom.bias

        assert np.allclose(moved, np.roll(still, (2, 3), axis=(1, 2)), atol=2e-3 * still.max())

    def test_edges_ring_because_k_space_ends(self, phantom: SpinePhantom):
        values = render(phantom, sequence=default_sequence("T1", field_t=1.5))
        outside = values[1, :, :6]  # air, far from the skin

        assert outside.max() > 0

    def test_an_unknown_sequence_is_refused(self):
        with pytest.raises(BadVolume, match="'FLAIR'"):
            default_sequence("FLAIR", field_t=1.5)
