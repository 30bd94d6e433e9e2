"""Where the network runs: a GPU where one is wanted and works, else the CPU; what failed there goes on here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch

from readerstudy.core.errors import BadSetting

CPU = "cpu"
KINDS = ("cpu", "cuda", "auto")

Result = TypeVar("Result")


def chosen_device(wanted: str) -> str:
    """`auto` is a GPU where torch can use one; a named GPU that is not there is an error before any work.

    Raises BadSetting for a device that is not known or not there.
    """
    kind = wanted.partition(":")[0]
    if kind not in KINDS:
        raise BadSetting(f"The device must be cpu, cuda, cuda:1 … or auto; got {wanted!r}.")
    if kind == "auto":
        return "cuda" if torch.cuda.is_available() else CPU
    if kind == "cuda" and not torch.cuda.is_available():
        raise BadSetting("There is no GPU that torch can use here. Use --device cpu or auto.")
    return wanted


@dataclass
class Fallback:
    """Runs a computation on the wanted device, and from the first failure there on the CPU.

    fallen_because : what went wrong on the device; None while nothing did. It belongs into the report.
    """

    device: str
    fallen_because: str | None = None

    def run(self, compute: Callable[[str], Result]) -> Result:
        """`compute` is called with the device; a failure on the CPU itself is raised."""
        if self.device != CPU:
            try:
                return compute(self.device)
            except (RuntimeError, AssertionError) as error:  # torch.OutOfMemoryError is a RuntimeError
                self.fallen_because = _in_words(error)
                self.device = CPU
        return compute(CPU)


def _in_words(error: Exception) -> str:
    """The class and the first line: torch adds pages on how to debug."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:200]
