import numpy as np
import pytest

from enhancement.core.phantom import draw_patient
from enhancement.core.phantom.geometry import Geometry, place_slices


def geometry(plane: str, region: str = "lumbar") -> Geometry:
    frame = draw_patient(region, np.random.default_rng(1)).frame
    return place_slices(frame, plane=plane, matrix=(64, 64), slices=7, spacing_mm=None)


class TestPlaceSlices:
    @pytest.mark.parametrize("plane", ["sagittal", "axial"])
    def test_the_axes_are_of_unit_length_and_at_right_angles(self, plane: str):
        placed = geometry(plane)
        steps = np.diff(placed.origins_mm, axis=0)

        assert np.allclose(np.linalg.norm([placed.row_mm, placed.column_mm], axis=1), 1)
        assert np.allclose(steps @ np.stack([placed.row_mm, placed.column_mm], axis=1), 0, atol=1e-9)
        assert np.allclose(np.linalg.norm(steps, axis=1), placed.spacing_mm[0])

    def test_axial_slices_lie_parallel_to_a_disc_and_so_are_oblique(self):
        assert 0.02 < abs(geometry("axial").column_mm[2]) < 0.9

    def test_dicom_axes_point_to_the_left_and_to_the_back(self):
        sagittal = geometry("sagittal")

        assert np.allclose(sagittal.lps_cosines, (0, 1, 0, 0, 0, -1))
        assert np.all(np.diff(sagittal.lps_origins_mm[:, 0]) > 0)


class TestGrid:
    def test_a_finer_grid_starts_at_the_same_pixel_and_covers_the_same_view(self):
        placed = geometry("axial")

        x, y, z = placed.grid(2, (128, 128))
        first = np.array([x.flat[0], y.flat[0], z.flat[0]])
        assert np.allclose(first, placed.origins_mm[2], atol=1e-4)
        assert np.isclose(x.flat[2] - x.flat[0], placed.spacing_mm[2])
