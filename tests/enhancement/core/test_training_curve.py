from enhancement.core.training import LogRow
from enhancement.core.training_curve import CURVE_FORMATS, draw_curve

LOG = [LogRow(step, 1 / step, 1e-3, float(step), 0.3) for step in (1, 2, 3)]


class TestDrawCurve:
    def test_the_same_log_gives_the_same_bytes_of_the_format(self):
        for picture_format, start in zip(CURVE_FORMATS, (b"\x89PNG", b"<?xml"), strict=True):
            first, second = (draw_curve(LOG, picture_format) for _ in range(2))
            assert first.startswith(start)
            assert first == second

    def test_it_names_what_it_shows(self):
        svg = draw_curve(LOG, "svg").decode()

        assert all(f"<!-- {words} -->" in svg for words in ("loss (training)", "gain over FAST, dB (held back)"))
