"""Edge letters and the geometry that a reader's browser gets."""

import pytest

from readerstudy.core.blinding import StackGeometry, edge_letters


class TestEdgeLetters:
    @pytest.mark.parametrize(
        ("row", "column", "expected"),
        [
            # Axial: columns run to the patient's left, rows to the back.
            ((1, 0, 0), (0, 1, 0), {"left": "R", "right": "L", "top": "A", "bottom": "P"}),
            # Sagittal: columns run to the back, rows to the feet.
            ((0, 1, 0), (0, 0, -1), {"left": "A", "right": "P", "top": "H", "bottom": "F"}),
            # Coronal.
            ((1, 0, 0), (0, 0, -1), {"left": "R", "right": "L", "top": "H", "bottom": "F"}),
        ],
    )
    def test_it_names_the_edges_of_the_three_planes(self, row, column, expected):
        assert edge_letters(row, column) == expected

    def test_an_oblique_direction_has_two_letters_the_larger_first(self):
        assert edge_letters((0.8, 0.6, 0.0), (0, 0, -1))["right"] == "LP"


class TestStackGeometry:
    def test_it_survives_storage(self):
        geometry = StackGeometry(512, 256, 16, (4.4, 0.7, 0.7), (358.4, 179.2), True, {"left": "A"})

        assert StackGeometry.from_json(geometry.to_json()) == geometry
