"""Claim: the integrity guard lets honest noise removal pass and holds every kind of harm.

Honest series are simulated spine acquisitions at several noise levels, denoised by the shipped network; with `--data`
also every series found there, as it is. Each is then harmed in each of the ways below. The ranges in
`enhancement/core/guard.py` are set so that no honest series is held; `--ranges` prints what the figures reached.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from scipy import ndimage

from benchmarks.report import Figure, parser, report
from enhancement.core.case_mix import case_mix
from enhancement.core.guard import EXPECTED, Verdict, judge
from enhancement.core.simulated_case import Size, simulate_case

Volume = np.ndarray
Harm = Callable[[Volume, Volume], Volume]


def main() -> None:
    options = parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("--data", type=Path, help="a folder of series (NIfTI, DICOM, .npy) to be denoised as they are")
    options.add_argument("--ranges", action="store_true", help="also print what every figure reached, to stderr")
    chosen = options.parse_args()
    verdicts: dict[str, list[Verdict]] = {}
    for before, after in pairs(quick=chosen.quick, data=chosen.data):
        verdicts.setdefault("honest", []).append(judge(before, after))
        for name, harm in HARMS.items():
            verdicts.setdefault(name, []).append(judge(before, harm(before, after).astype(np.float32)))
    if chosen.ranges:
        print_ranges(verdicts)
    ok = report("The guard tells harm from noise removal", figures(verdicts), as_json=chosen.json, quick=chosen.quick)
    sys.exit(0 if ok else 1)


def figures(verdicts: dict[str, list[Verdict]]) -> list[Figure]:
    honest = verdicts.pop("honest")
    wrong = sum(not verdict.ok for verdict in honest)
    found = [
        Figure("honest series looked at", len(honest), "series"),
        Figure("honest series held", wrong, "series", "= 0", wrong == 0),
    ]
    for name, judged in verdicts.items():
        share = sum(not verdict.ok for verdict in judged) / len(judged)
        found.append(Figure(f"held: {name}", round(share, 3), "of all", "= 1", share == 1))
    return found


def print_ranges(verdicts: dict[str, list[Verdict]]) -> None:
    for kind, judged in verdicts.items():
        for expected in EXPECTED:
            values = [value for verdict in judged if (value := verdict.value(expected.name)) is not None]
            if values:
                low, middle, high = np.percentile(values, [0, 50, 100])
                print(f"{kind:24} {expected.name:18} {low:10.4g} {middle:10.4g} {high:10.4g}", file=sys.stderr)


def pairs(*, quick: bool, data: Path | None) -> Iterator[tuple[Volume, Volume]]:
    """(input, output) of honest noise removal."""
    from enhancement.core.denoise import denoise_volume, load_denoiser

    denoiser = load_denoiser()
    for volume in inputs(quick=quick, data=data):
        yield volume, np.rint(denoise_volume(volume, denoiser=denoiser).volume_zyx)


def inputs(*, quick: bool, data: Path | None) -> Iterator[Volume]:
    size = Size(matrix=192, slices=4) if quick else Size(matrix=320, slices=6)
    for case in case_mix(2 if quick else 12):
        for datasets in simulate_case(case, seed=11, size=size).values():
            ordered = sorted(datasets, key=lambda one: int(one.InstanceNumber))
            yield np.stack([one.pixel_array for one in ordered]).astype(np.float32)
    if data is not None:
        from enhancement.core.evaluation_volumes import find_volumes, read_central_slices

        for file in find_volumes(data):
            yield read_central_slices(file, 6)


def each(volume: Volume, change: Callable[[Volume], Volume]) -> Volume:
    return np.stack([change(plane) for plane in volume])


def sharpened(plane: Volume) -> Volume:
    return plane + 0.6 * (plane - ndimage.gaussian_filter(plane, 1))


def signal_of(before: Volume) -> float:
    return float(before[before > 0.12 * np.percentile(before, 99)].mean())


def with_blob(before: Volume, after: Volume, height: float) -> Volume:
    """A spot of 4 pixels' radius in bright tissue of the middle slice, of `height` times the signal."""
    z = len(after) // 2
    smooth = ndimage.gaussian_filter(before[z], 2)
    inside = ndimage.binary_erosion(smooth > 0.3 * np.percentile(before, 99), iterations=10)
    places = np.argwhere(inside if inside.any() else smooth >= np.percentile(smooth, 90))
    row, column = places[len(places) // 2]
    y, x = np.mgrid[: after.shape[1], : after.shape[2]]
    changed = after.copy()
    changed[z] += height * smooth[row, column] * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * 2.6**2))
    return changed


def with_copy(after: Volume) -> Volume:
    changed = after.copy()
    changed[len(after) // 2] = after[len(after) // 2 - 1]
    return changed


def swapped(after: Volume) -> Volume:
    z, changed = len(after) // 2, after.copy()
    changed[[z, z - 1]] = changed[[z - 1, z]]
    return changed


def with_nan(after: Volume) -> Volume:
    changed = after.copy()
    changed[0, 0, 0] = np.nan
    return changed


HARMS: dict[str, Harm] = {
    "blurred, 0.7 px": lambda _, y: each(y, lambda p: ndimage.gaussian_filter(p, 0.7)),
    "blurred, 1.5 px": lambda _, y: each(y, lambda p: ndimage.gaussian_filter(p, 1.5)),
    "sharpened by 0.6": lambda _, y: each(y, sharpened),
    "mean shifted by 2 %": lambda x, y: y + 0.02 * signal_of(x),
    "scaled by 1.03": lambda _, y: y * 1.03,
    "scaled by 0.97": lambda _, y: y * 0.97,
    "bright spot, 40 %": lambda x, y: with_blob(x, y, 0.4),
    "dark spot, 40 %": lambda x, y: with_blob(x, y, -0.4),
    "slice copied": lambda _, y: with_copy(y),
    "slices swapped": lambda _, y: swapped(y),
    "mirrored": lambda _, y: y[:, :, ::-1],
    "moved by a pixel": lambda _, y: np.roll(y, 1, 2),
    "not a number": lambda _, y: with_nan(y),
}

if __name__ == "__main__":
    main()
