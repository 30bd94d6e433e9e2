"""The worker of the queue `enhance`: torch and weights are loaded once, then it forks for each series."""

from functools import cache
from typing import TYPE_CHECKING, Any

from readerstudy.worker import StudyWorker

if TYPE_CHECKING:
    from enhancement.core.denoise import Denoiser


@cache
def shipped_denoiser() -> "Denoiser":
    """The denoiser with the shipped weights, loaded once a process. Forked jobs find it loaded."""
    from enhancement.core.denoise import load_denoiser

    return load_denoiser()


class EnhanceWorker(StudyWorker):
    """Loads before the first fork, which saves each job about three seconds.

    It computes nothing itself, not even an initial weight: neither OpenMP's threads nor a CUDA context survive a
    fork, and every job would hang. The weights stay on the CPU here, and a job moves them for itself.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        """Load, then work as any worker does."""
        shipped_denoiser()
        return super().work(*args, **options)
