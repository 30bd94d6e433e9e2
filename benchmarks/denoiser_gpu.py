"""Claim: a GPU gives the pixels that the CPU gives, in a fraction of the time.

One phantom series, acquired with noise and stored as integers, is denoised on the CPU and on the GPU, on the GPU also
with the rounded arithmetic that the product does not use (TF32, bfloat16, float16). Differences are told in the stored
integers. Needs a GPU that torch can use; without one nothing is measured.
"""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch

from benchmarks.report import Figure, parser, report
from enhancement.core.denoise import Denoiser, denoise_volume, load_denoiser
from enhancement.core.noise import acquire
from enhancement.core.phantom import default_sequence, make_spine_phantom, render

SERIES, QUICK_SERIES = (16, 512, 512), (4, 512, 512)
STORED_AT_99_5 = 1000.0  # the stored integer of a bright pixel, as scanners scale
REPEATS = 5
TOLERANCE = 1  # stored integer: what rounding to integers makes of any difference at all


def main() -> None:
    options = parser(__doc__).parse_args()
    if not torch.cuda.is_available():
        sys.exit("There is no GPU that torch can use here; nothing was measured.")
    print(
        f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {torch.get_num_threads()} threads", file=sys.stderr
    )
    stored = series(QUICK_SERIES if options.quick else SERIES)
    on_cpu, on_gpu = load_denoiser(), load_denoiser(device="cuda")
    expected = denoise_volume(stored, denoiser=on_cpu).volume_zyx
    figures = [Figure("scale of the series, stored integers", STORED_AT_99_5, "")]
    for name, rounded in ARITHMETIC.items():
        with rounded():
            made = denoise_volume(stored, denoiser=on_gpu)
            again = denoise_volume(stored, denoiser=on_gpu)
            seconds = median_seconds(lambda: denoise_volume(stored, denoiser=on_gpu))
        if made.report.fallback:
            sys.exit(f"The GPU failed: {made.report.fallback}")
        figures += differences(name, made.volume_zyx, expected, is_product=name == SINGLE)
        same = np.array_equal(made.volume_zyx, again.volume_zyx)
        figures.append(Figure(f"{name}: the same bits again", float(same), "", "= 1" if name == SINGLE else None, same))
        figures.append(Figure(f"{name}: seconds a series", round(seconds, 3), "s"))
    for threads in (1, 2):
        torch.set_num_threads(threads)
        slow = median_seconds(lambda: denoise_volume(stored, denoiser=on_cpu), repeats=1)
        figures.append(Figure(f"CPU, {threads} threads: seconds a series", round(slow, 3), "s"))
    figures += memory(stored, on_gpu, expected)
    sys.exit(0 if report("The denoiser on a GPU", figures, as_json=options.json, quick=options.quick) else 1)


def series(shape: tuple[int, int, int]) -> np.ndarray:
    """(Z, Y, X) uint16."""
    rng = np.random.default_rng(1)
    phantom = make_spine_phantom(region="lumbar", plane="sagittal", rng=rng, matrix=shape[1:], slices=shape[0])
    clean = render(phantom, sequence=default_sequence("T2", field_t=1.5), field_t=1.5)
    clean = clean * (STORED_AT_99_5 / np.percentile(clean, 99.5))
    noisy = acquire(clean, rng=rng, snr=15, zero_fill=1.6, phase_fraction=0.75, window="elliptical", g_max=1.6)
    return np.asarray(np.rint(noisy), np.uint16)


def rounded_factors() -> AbstractContextManager[object]:
    """What cuDNN does when left alone: the product's own setting of it is put out of force."""
    return Replaced(torch.backends.cudnn, "flags", lambda **_: nullcontext())


class Replaced:
    def __init__(self, owner: object, name: str, value: object) -> None:
        self.owner, self.name, self.value = owner, name, value

    def __enter__(self) -> None:
        self.kept = getattr(self.owner, self.name)
        setattr(self.owner, self.name, self.value)

    def __exit__(self, *_: object) -> None:
        setattr(self.owner, self.name, self.kept)


SINGLE = "single precision"
ARITHMETIC: dict[str, Callable[[], AbstractContextManager[object]]] = {
    SINGLE: nullcontext,
    "TF32": rounded_factors,
    "bfloat16": lambda: torch.autocast("cuda", torch.bfloat16),
    "float16": lambda: torch.autocast("cuda", torch.float16),
}


def differences(name: str, made: np.ndarray, expected: np.ndarray, *, is_product: bool) -> list[Figure]:
    raw = float(np.abs(made - expected).max())
    stored = np.abs(np.rint(made) - np.rint(expected))
    worst = float(stored.max())
    bar, ok = (f"<= {TOLERANCE}", worst <= TOLERANCE) if is_product else (None, None)
    return [
        Figure(f"{name}: largest difference before rounding", round(raw, 6), "stored integers"),
        Figure(f"{name}: largest difference", worst, "stored integers", bar, ok),
        Figure(f"{name}: pixels that differ", round(float((stored > 0).mean()), 7), "of all"),
    ]


def median_seconds(act: Callable[[], object], *, repeats: int = REPEATS) -> float:
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        act()  # ends with its result on the CPU, so that nothing is left running on the GPU
        times.append(time.perf_counter() - started)
    return float(np.median(times))


def memory(stored: np.ndarray, on_gpu: Denoiser, expected: np.ndarray) -> list[Figure]:
    """What the GPU needs, and what happens where it has less: that is tried with a limit that torch keeps."""
    torch.cuda.reset_peak_memory_stats()
    denoise_volume(stored, denoiser=on_gpu)
    peak = torch.cuda.max_memory_allocated()
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_allocated() + 64 * 2**20) / total)
    try:
        fallen = denoise_volume(stored, denoiser=on_gpu)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    told = fallen.report
    print(f"with too little memory: computed on {told.device}; {told.fallback}", file=sys.stderr)
    is_right = told.device == "cpu" and "OutOfMemory" in (told.fallback or "")
    worst = float(np.abs(fallen.volume_zyx - expected).max())
    return [
        Figure("peak memory on the GPU", round(peak / 2**30, 3), "GiB"),
        Figure("falls back to the CPU when memory runs out", float(is_right), "", "= 1", is_right),
        Figure("then: largest difference from the CPU's", round(worst, 6), "stored integers"),
    ]


if __name__ == "__main__":
    main()
