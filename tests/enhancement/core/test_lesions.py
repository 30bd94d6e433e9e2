import numpy as np
import pytest
from scipy import ndimage

from enhancement.core.lesions import (
    APART_PX,
    BORDER_PX,
    Lesion,
    insert_faint_lesions,
    lesion_contrasts,
    template_contrast,
)


def tissue(side=96):
    image = np.zeros((side, side), np.float32)
    image[4:-4, 4:-4] = 1000
    return image


class TestInsertFaintLesions:
    def test_each_changes_its_centre_by_its_contrast(self):
        present, lesions = insert_faint_lesions(tissue(), rng=np.random.default_rng(1))

        assert len(lesions) == 6
        for lesion in lesions:
            assert present[lesion.y, lesion.x] == pytest.approx(1000 * (1 + lesion.contrast), rel=1e-3)

    def test_they_are_small_faint_apart_and_away_from_the_border(self):
        _, lesions = insert_faint_lesions(tissue(160), rng=np.random.default_rng(2), count=20)
        centres = np.array([(lesion.y, lesion.x) for lesion in lesions])
        apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))[~np.eye(len(centres), dtype=bool)]

        assert all(2 <= lesion.radius_px <= 4 and 0.1 <= abs(lesion.contrast) <= 0.2 for lesion in lesions)
        assert {np.sign(lesion.contrast) for lesion in lesions} == {-1, 1}
        assert apart.min() >= APART_PX
        assert centres.min() >= BORDER_PX
        assert centres.max() < 160 - BORDER_PX

    def test_the_same_generator_puts_the_same_lesions(self):
        first, second = (insert_faint_lesions(tissue(), rng=np.random.default_rng(3)) for _ in range(2))

        assert first[1] == second[1]
        assert np.array_equal(first[0], second[0])

    def test_the_clean_image_is_left_alone_and_air_gets_none(self):
        clean, air = tissue(), np.zeros((96, 96), np.float32)

        insert_faint_lesions(clean, rng=np.random.default_rng(1))
        unchanged, lesions = insert_faint_lesions(air, rng=np.random.default_rng(1))

        assert np.array_equal(clean, tissue())
        assert lesions == ()
        assert np.array_equal(unchanged, air)


class TestTemplateContrast:
    def test_a_disc_of_fifty_on_flat_ground_has_a_contrast_of_fifty(self):
        image = np.full((41, 41), 100.0)
        y, x = np.mgrid[-20:21, -20:21]
        image[np.hypot(y, x) <= 1.5 * 4] += 50

        assert template_contrast(image, Lesion(20, 20, 4.0, 0.2)) == pytest.approx(50)

    def test_on_a_plane_there_is_none(self):
        plane = np.add.outer(3.0 * np.arange(41), 2.0 * np.arange(41))

        assert template_contrast(plane, Lesion(20, 20, 3.0, 0.1)) == pytest.approx(0, abs=1e-9)


class TestLesionContrasts:
    def test_halved_lesions_are_half_retained_bright_and_dark_alike(self):
        absent = tissue()
        present, lesions = insert_faint_lesions(absent, rng=np.random.default_rng(1))
        assert len({np.sign(lesion.contrast) for lesion in lesions}) == 2

        kept, inserted = lesion_contrasts((present + absent) / 2, present, absent, lesions)

        assert kept / inserted == pytest.approx(0.5, rel=1e-4)

    def test_smoothing_loses_some_of_them(self):
        absent = tissue()
        present, lesions = insert_faint_lesions(absent, rng=np.random.default_rng(1))

        kept, inserted = lesion_contrasts(ndimage.gaussian_filter(present, 2), present, absent, lesions)

        assert 0.1 < kept / inserted < 0.8

    def test_without_lesions_both_sums_are_zero(self):
        assert lesion_contrasts(tissue(), tissue(), tissue(), ()) == (0, 0)
