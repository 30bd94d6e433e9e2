"""The worker of the queue `enhance`: torch and weights are loaded once, then it forks for each series."""

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from readerstudy.worker import StudyWorker

if TYPE_CHECKING:
    from enhancement.core.denoise import Denoiser


@cache
def shipped_denoiser() -> "Denoiser":
    """The denoiser with the shipped weights, loaded once a process. Forked jobs find it loaded."""
    from enhancement.core.denoise import load_denoiser

    return load_denoiser()


def denoiser_for_job() -> "Denoiser":
    """The loaded denoiser, wanted where the settings say. Only for a forked job: asking for a GPU starts CUDA."""
    from dataclasses import replace

    from enhancement.core.device import chosen_device

    wanted = settings.ENHANCE_DEVICE
    # A GPU that is named but not there fails at the first slice and is told in the report, as one that breaks is.
    return replace(shipped_denoiser(), device=chosen_device(wanted) if wanted == "auto" else wanted)


class EnhanceWorker(StudyWorker):
    """Loads before the first fork, which saves each job about three seconds.

    It computes nothing itself, not even an initial weight: neither OpenMP's threads nor a CUDA context survive a
    fork, and every job would hang. The weights stay on the CPU here, and a job moves them for itself.
    """

    def work(self, *args: Any, **options: Any) -> bool:
        """Load, then work as any worker does."""
        shipped_denoiser()
        return super().work(*args, **options)
