import numpy as np
import pytest
from scipy import ndimage

from analysis.core.image_metrics import data_range_of, l1_volume
from analysis.core.registration import Rigid, apply_rigid, register_in_plane, registered_metrics, residual_mm
from readerstudy.core.errors import BadVolume

SPACING = (4.0, 0.9, 0.7)
SIZE = 128


def blobs(slices: int, *, turn_deg: float = 0.0, shift_mm: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """Discs in the plane as seen at R(turn) p + shift (x, y in mm): a patient who moved."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    a, x, y = np.radians(turn_deg), x * SPACING[2], y * SPACING[1]
    seen_x = np.cos(a) * x - np.sin(a) * y + shift_mm[0]
    seen_y = np.sin(a) * x + np.cos(a) * y + shift_mm[1]
    planes = []
    for z in range(slices):
        rng = np.random.default_rng(z)
        discs = [(rng.uniform(-30, 30, 2), rng.uniform(3, 9), rng.uniform(100, 500)) for _ in range(20)]
        plane = sum(grey * (np.hypot(seen_x - c[0], seen_y - c[1]) < r) for c, r, grey in discs)
        planes.append(ndimage.gaussian_filter(np.asarray(plane, float) + 200, 0.8))
    return np.stack(planes)


@pytest.fixture(scope="module")
def moved():
    """(reference, moving), noisy, of unequal gain: at p the one shows what lies at R(2°) p + (3, -1.5) in the other."""
    rng = np.random.default_rng(0)
    reference, moving = blobs(2, turn_deg=2.0, shift_mm=(3.0, -1.5)), blobs(2) * 1.3
    return reference + rng.normal(0, 8, reference.shape), moving + rng.normal(0, 12, moving.shape)


@pytest.fixture(scope="module")
def found(moved):
    return register_in_plane(*moved, spacing_mm=SPACING)


class TestRegisterInPlane:
    def test_it_finds_the_turn_and_the_shift_through_noise_and_another_gain(self, found):
        assert found.rotation_deg == pytest.approx(2.0, abs=0.15)
        assert (found.shift_x_mm, found.shift_y_mm) == (pytest.approx(3.0, abs=0.1), pytest.approx(-1.5, abs=0.1))

    def test_the_residual_is_a_small_part_of_the_shift(self, found):
        assert 0 <= found.residual_mm < 0.15 < found.shift_mm

    def test_one_slice_is_enough(self, moved):
        one = register_in_plane(moved[0][:1], moved[1][:1], spacing_mm=SPACING)

        assert one.shift_mm == pytest.approx(np.hypot(3, 1.5), abs=0.15)

    def test_the_same_images_do_not_move(self, moved):
        still = register_in_plane(moved[0], moved[0], spacing_mm=SPACING)

        assert (still.shift_mm, still.rotation_deg) == (pytest.approx(0, abs=0.02), pytest.approx(0, abs=0.02))

    def test_it_refuses_unequal_shapes(self, moved):
        with pytest.raises(BadVolume, match="slice by slice"):
            register_in_plane(moved[0], moved[1][:1], spacing_mm=SPACING)

    def test_it_refuses_what_has_no_image(self, moved):
        with pytest.raises(BadVolume, match="one value"):
            register_in_plane(moved[0], np.zeros_like(moved[0]), spacing_mm=SPACING)


class TestApplyRigid:
    def test_no_movement_changes_nothing(self, moved):
        still, shared = apply_rigid(moved[0], Rigid(0, 0, 0), spacing_mm=SPACING)

        assert np.allclose(still, moved[0])
        assert shared.all()

    def test_a_whole_pixel_is_moved_exactly_and_the_border_is_left_out(self, moved):
        shifted, shared = apply_rigid(moved[0], Rigid(0, SPACING[2], 0), spacing_mm=SPACING)

        assert np.allclose(shifted[:, :, 5:-6], moved[0][:, :, 6:-5])
        assert not shared[:, :, -1].any()
        assert shared[:, :, :-1].all()


class TestResidualMm:
    def test_it_sees_a_shift_that_is_there(self):
        one, two = blobs(2), blobs(2, shift_mm=(1.4, 0.0))
        shared = np.ones(one.shape, dtype=bool)

        assert residual_mm(one, two, shared, spacing_mm=SPACING) == pytest.approx(1.4, abs=0.2)


class TestRegisteredMetrics:
    def test_registered_images_are_nearer_than_they_came(self, moved, found):
        reference, moving = moved[0], moved[1] / 1.3
        image, shared = apply_rigid(moving, found, spacing_mm=SPACING)

        told = registered_metrics(reference, image, shared, data_range=data_range_of(reference))

        assert told["l1_registered"] < l1_volume(reference, moving) / 2
        assert 0.7 < told["ssim_registered"] < 1
        assert 0.9 < told["overlap"] < 1

    def test_it_refuses_series_that_share_too_little(self, moved):
        nothing = np.zeros(moved[0].shape, dtype=bool)
        with pytest.raises(BadVolume, match="share 0%"):
            registered_metrics(moved[0], moved[0], nothing, data_range=1)
