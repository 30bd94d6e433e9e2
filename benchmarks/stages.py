"""The stages of a long run: how long each took, and how much memory its processes had at most."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.memory import PeakMemory
from benchmarks.report import Figure


class Stages:
    """Collects two figures a stage, and tells on the error stream where the run has got to."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    @contextmanager
    def stage(self, name: str, *, root_pid: int) -> Iterator[None]:
        """Measure the block; memory is that of the process `root_pid` and everything below it."""
        tell(f"{name} …")
        began = time.perf_counter()
        with PeakMemory(root_pid) as memory:
            yield
        seconds = time.perf_counter() - began
        self.figures.append(Figure(f"{name}: time", round(seconds, 2), "s"))
        self.figures.append(Figure(f"{name}: peak memory", round(memory.peak_mib), "MiB"))
        tell(f"{name}: {seconds:.1f} s, at most {memory.peak_mib:.0f} MiB")


def tell(line: str) -> None:
    """The output itself is for figures only."""
    print(time.strftime("%H:%M:%S"), line, file=sys.stderr, flush=True)
