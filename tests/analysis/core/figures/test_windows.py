import numpy as np
import pytest

from analysis.core.figures.layout import Row
from analysis.core.figures.windows import Window, window_of


@pytest.fixture
def slices():
    rng = np.random.default_rng(3)
    return [rng.integers(0, high, (20, 20)).astype(np.uint16) for high in (800, 1001)]


class TestWindowOf:
    def test_as_read_is_what_the_readers_began_with(self, slices):
        assert window_of(Row("S", 0), slices, as_read=Window(10, 90)) == Window(10, 90)

    def test_softer_is_wider_and_harder_narrower_about_one_middle(self, slices):
        soft, hard = (window_of(Row("S", 0, preset=one), slices, as_read=Window(100, 300)) for one in ("soft", "hard"))

        assert soft == Window(50, 350)
        assert (hard.low, hard.high) == (pytest.approx(135), pytest.approx(265))

    def test_the_whole_range_ends_at_the_brightest_of_all_arms(self, slices):
        found = window_of(Row("S", 0, preset="full"), slices, as_read=Window(10, 90))

        assert found == Window(0, float(max(one.max() for one in slices)))

    def test_one_set_by_hand_is_told_in_shares_of_the_brightest(self):
        flat = [np.full((2, 2), 1000, np.uint16)]

        assert window_of(Row("S", 0, preset="own", center=0.5, width=0.2), flat, as_read=None) == Window(400, 600)

    def test_the_order_of_the_arms_does_not_matter(self, slices):
        one, two = (window_of(Row("S", 0), order, as_read=None) for order in (slices, slices[::-1]))

        assert one == two

    def test_an_empty_slice_has_a_window_all_the_same(self):
        found = window_of(Row("S", 0), [np.zeros((2, 2), np.uint16)], as_read=None)

        assert found.high > found.low
