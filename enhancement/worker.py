"""The worker of the queue `enhance`: torch and weights are loaded once, then it forks for each series."""

from functools import cache
from typing import TYPE_CHECKING, Any

from readerstudy.worker import StudyWorker

if TYPE_CHECKING:
    from enhancement.core.denoise import Denoiser


@cache
def shipped_denoiser() -> "Denoiser":
    """The denoiser with the shipped weights, loaded once a process. Forked jobs find it loaded."""
    import torch

    from enhancement.core.denoise import load_denoiser

    # Even copying weights starts OpenMP's threads, and after a fork they are gone: every job would wait for them.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return load_denoiser()
    finally:
        torch.set_num_threads(threads)


class EnhanceWorker(StudyWorker):
    """Loads before the first fork, which saves each job about three seconds.

    It never runs the network itself: neither OpenMP's threads nor a CUDA context survive a fork. The weights
    stay on the CPU here, and a job moves them for itself.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        """Load, then work as any worker does."""
        shipped_denoiser()
        return super().work(*args, **options)
