"""Peak memory of a process and everything below it, from Linux's /proc."""

import threading
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType

PROC = Path("/proc")
LOOK_EVERY_S = 0.25
# The kernel walks every page to tell a proportional set size: looking must not slow down what is watched.
LARGEST_SHARE = 0.03


class PeakMemory:
    """Watches a process tree while the block runs; afterwards `peak_mib` is the largest sum that was seen.

    The sum is of proportional set sizes: a page that forked workers share counts once, not once a worker.
    """

    def __init__(self, root_pid: int) -> None:
        self.peak_mib = 0.0
        self._root_pid = root_pid
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "PeakMemory":
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            self.peak_mib = max(self.peak_mib, tree_mib(self._root_pid))
            spent_s = time.perf_counter() - began
            if self._over.wait(max(LOOK_EVERY_S, spent_s / LARGEST_SHARE)):
                return


def tree_mib(root_pid: int) -> float:
    """Proportional set size of a process and all its descendants; one that ends meanwhile counts nothing."""
    return sum(_pss_kib(pid) for pid in descendants(root_pid, _parents())) / 1024


def named_mib(root_pid: int, word: str) -> float:
    """The same of those descendants only whose command line has this word."""
    return sum(_pss_kib(pid) for pid in descendants(root_pid, _parents()) if word in _command_line(pid)) / 1024


def _command_line(pid: int) -> list[str]:
    """Its words; a process that gave itself a title, as those of Chromium do, has blanks between them."""
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace").replace("\0", " ").split()
    except OSError:
        return []


def descendants(root_pid: int, parents: dict[int, int]) -> list[int]:
    """The process itself, its children, their children and so on."""
    children: dict[int, list[int]] = defaultdict(list)
    for pid, parent in parents.items():
        children[parent].append(pid)
    found = [root_pid]
    for pid in found:  # grows while it is walked
        found.extend(children[pid])
    return found


def _parents() -> dict[int, int]:
    parents = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
            except OSError:
                continue
            # proc(5): the name in brackets may hold anything; state and parent follow the last bracket.
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def _pss_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
