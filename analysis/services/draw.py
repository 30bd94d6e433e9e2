"""Figures as files, drawn on every processor that there is: no figure knows another."""

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from analysis.core.csv_text import to_csv

FEWEST = 4  # fewer pieces are drawn here: starting processes would take longer
_work: dict[str, Any] = {}  # of a drawing process: what it inherited from the one that started it


@dataclass(frozen=True)
class DrawnFigure:
    """A figure as it is kept: `png` is empty where it was not wanted."""

    name: str
    section: str
    title: str
    caption: str
    svg: bytes
    png: bytes
    csv: bytes

    @property
    def files(self) -> dict[str, bytes]:
        """Ending -> content."""
        return {kind: content for kind in ("svg", "png", "csv") if (content := getattr(self, kind))}


def draw_all(pieces: Sequence[Any], *, png: bool = True, processes: int | None = None) -> list[DrawnFigure]:
    """
    Every figure of `plots.collection.drawings`, in its order; the same bytes however many processes draw.

    Processes are forked, so that results of any size need not be copied; where a system cannot fork, this one draws.
    """
    wanted = processes or _processors()
    if wanted < 2 or len(pieces) < FEWEST or "fork" not in multiprocessing.get_all_start_methods():
        return [one for piece in pieces for one in _drawn(piece, png=png)]
    context = multiprocessing.get_context("fork")
    # Not multiprocessing.Pool: that waits for ever for the answer of a process which the system killed.
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=_begin, initargs=(pieces, png)) as pool:
        return [one for figures in pool.map(_draw, range(len(pieces))) for one in figures]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(pieces: Sequence[Any], png: bool) -> None:
    # A worker's own answer to SIGTERM was inherited with everything else; a drawing process simply ends.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _work.update(pieces=pieces, png=png)


def _draw(place: int) -> list[DrawnFigure]:
    return _drawn(_work["pieces"][place], png=_work["png"])


def _drawn(piece: Any, *, png: bool) -> list[DrawnFigure]:
    return [
        DrawnFigure(
            plot.name, plot.section, plot.title, plot.caption, plot.svg, plot.png if png else b"",
            to_csv(plot.data).encode(),
        )
        for plot in piece()
    ]  # fmt: skip
