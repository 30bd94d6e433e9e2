import numpy as np
import pytest

from enhancement.core.band import band_of, find_band, from_band, kspace_to_band, to_band, whole_band
from enhancement.core.noise import make_window, simulate, through_window
from enhancement.core.phantom import default_sequence, make_spine_phantom, render


@pytest.fixture(scope="module")
def spine():
    """Two slices of a lumbar spine on 256 x 256, (Z, Y, X), without noise."""
    phantom = make_spine_phantom(
        region="lumbar", plane="sagittal", rng=np.random.default_rng(1), matrix=(256, 256), slices=2
    )
    return render(phantom, sequence=default_sequence("T2", field_t=1.5))


def acquired(clean, *, snr=15.0, **window):
    weights = make_window(clean.shape[1:], **window)
    g_map = np.ones(clean.shape[1:])
    return simulate(clean, window=weights, g_map=g_map, snr=snr, rng=np.random.default_rng(2)).noisy_zyx


class TestFindBand:
    @pytest.mark.parametrize("snr", [8, 25])
    @pytest.mark.parametrize(("zero_fill", "phase"), [(1.3, 1.0), (1.6, 0.75), (2.0, 1.0)])
    @pytest.mark.parametrize("kind", ["none", "elliptical"])
    def test_a_zero_filled_matrix_is_found(self, spine, snr, zero_fill, phase, kind):
        band = find_band(acquired(spine, snr=snr, zero_fill=zero_fill, phase_fraction=phase, kind=kind))

        found = np.array(band.inner_yx) / band.full_yx
        true = np.array([1 / zero_fill, phase / zero_fill])
        assert (found >= true - 0.01).all()
        assert (found <= true * 1.15 + 0.03).all()

    @pytest.mark.parametrize("snr", [8, 40, 400])
    def test_a_matrix_that_was_not_filled_is_left_whole(self, spine, snr):
        assert find_band(acquired(spine, snr=snr)).is_full

    def test_fading_detail_is_no_edge(self, spine):
        """An image without noise whose own sharpness ends before the matrix does, plus noise over the whole matrix."""
        soft = np.abs(through_window(spine, make_window((256, 256), kind="tukey", roll_off=0.6))).astype(np.float32)

        assert find_band(acquired(soft, snr=10)).is_full

    @pytest.mark.parametrize("shape", [(1, 8, 8), (1, 40, 300), (3, 65, 67)])
    def test_small_or_odd_images_give_a_band_of_their_shape(self, shape):
        values = np.random.default_rng(1).uniform(1, 2, shape).astype(np.float32)

        assert find_band(values).full_yx == shape[1:]

    def test_an_empty_volume_is_left_whole(self):
        assert find_band(np.zeros((2, 128, 128), np.float32)).is_full

    def test_a_unit_does_not_matter(self, spine):
        images = acquired(spine, zero_fill=1.6)

        assert find_band(images * 1000) == find_band(images)


class TestToAndFromBand:
    @pytest.mark.parametrize("shape", [(128, 128), (127, 128), (121, 99)])
    def test_an_image_within_the_band_comes_back(self, shape):
        band = band_of(shape, (0.6, 0.5))
        white = np.random.default_rng(1).standard_normal(shape)
        image = through_window(white, make_window(shape, zero_fill=2.0)).real

        back = from_band(to_band(image, band), band)

        assert np.abs(back - image).max() < 1e-5

    def test_signal_keeps_its_unit(self):
        band = band_of((128, 96), (0.5, 0.5))

        assert to_band(np.full((128, 96), 7.0), band) == pytest.approx(np.full(band.inner_yx, 7.0), abs=1e-4)

    def test_noise_keeps_its_level_and_becomes_white(self):
        """White in the band: neighbours on the band's matrix are uncorrelated (Gudbjartsson & Patz 1995)."""
        window = make_window((256, 256), zero_fill=2.0)
        noise = through_window(np.random.default_rng(1).standard_normal((256, 256)), window).real

        inner = to_band(noise, band_of((256, 256), (0.5, 0.5)))

        assert inner.std() == pytest.approx(noise.std(), rel=0.02)
        assert abs(np.corrcoef(inner[:, 1:].ravel(), inner[:, :-1].ravel())[0, 1]) < 0.1
        assert np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1] > 0.5

    def test_a_whole_band_changes_nothing(self):
        image = np.random.default_rng(1).uniform(0, 1, (33, 40)).astype(np.float32)

        assert np.array_equal(from_band(to_band(image, whole_band((33, 40))), whole_band((33, 40))), image)

    def test_a_spectrum_at_hand_gives_the_same(self):
        band, image = band_of((80, 80), (0.5, 0.7)), np.random.default_rng(1).uniform(0, 1, (80, 80))

        assert kspace_to_band(np.fft.fft2(image), band) == pytest.approx(to_band(image, band), abs=1e-5)
