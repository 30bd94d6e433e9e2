"""Where the network runs: a GPU where one is wanted and works, else the CPU; what failed there goes on here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

from readerstudy.core.errors import BadSetting

CPU = "cpu"
KINDS = ("cpu", "cuda", "auto")

Result = TypeVar("Result")
Given = ParamSpec("Given")


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


def single_precision(compute: Callable[Given, Result]) -> Callable[Given, Result]:
    """`compute` with convolutions as exact on a GPU as on the CPU, and the same bits each time.

    Left alone, cuDNN rounds the factors to 10 bits (TF32), which changes pixels, and picks methods that differ from
    run to run.
    """

    @wraps(compute)
    def exact(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        if not torch.backends.cudnn.is_available():  # a build for the CPU
            return compute(*args, **kwargs)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            return compute(*args, **kwargs)

    return exact


def _in_words(error: Exception) -> str:
    """The class and the first line: torch adds pages on how to debug."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}"[:200]
