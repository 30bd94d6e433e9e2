"""Figures are the same however many processes draw them."""

import os
import signal
from concurrent.futures.process import BrokenProcessPool

import pandas as pd
import pytest

from analysis.core.plots.drawing import draw
from analysis.services.draw import draw_all


def piece(number):
    """One figure, or none for the third."""

    def paint(figure):
        figure.subplots().plot([0, number], [1, 2])

    def drawn():
        if number == 2:
            return []
        data = pd.DataFrame({"x": [0, number]})
        return [draw(paint, name=f"line_{number}", section="conduct", title="A line", caption="", data=data,
                     size_in=(2, 2))]  # fmt: skip

    return drawn


@pytest.fixture(scope="module")
def here():
    return draw_all([piece(number) for number in range(6)], processes=1)


class TestDrawAll:
    def test_two_processes_draw_the_same_bytes_in_the_same_order(self, here):
        assert draw_all([piece(number) for number in range(6)], processes=2) == here
        assert [one.name for one in here] == ["line_0", "line_1", "line_3", "line_4", "line_5"]

    def test_files_are_a_picture_in_two_formats_and_its_numbers(self, here):
        files = here[1].files

        assert files["svg"].startswith(b"<?xml")
        assert files["png"].startswith(b"\x89PNG")
        assert files["csv"] == b"x\r\n0\r\n1\r\n"

    def test_a_png_that_is_not_wanted_is_not_drawn(self):
        assert set(draw_all([piece(1)], png=False)[0].files) == {"svg", "csv"}

    def test_what_fails_in_a_process_fails_here(self):
        def broken():
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            draw_all([piece(number) for number in range(4)] + [broken], processes=2)

    @pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
    def test_a_process_that_is_killed_is_an_error_and_no_endless_wait(self, sign):
        def raise_instead(*_):
            raise InterruptedError

        before = signal.signal(signal.SIGTERM, raise_instead)  # as a worker does, and its children inherit it
        try:
            with pytest.raises(BrokenProcessPool):
                draw_all([piece(number) for number in range(4)] + [lambda: os.kill(os.getpid(), sign)], processes=2)
        finally:
            signal.signal(signal.SIGTERM, before)
