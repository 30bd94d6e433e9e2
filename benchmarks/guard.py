"""Claim: the integrity guard lets honest noise removal pass and holds every kind of harm.

Honest series are simulated spine acquisitions at several noise levels, denoised by the shipped network; with `--data`
also every series found there, as it is. Each is then harmed in each of the ways below. The ranges in
`enhancement/core/guard.py` are set so that no honest series is held; `--ranges` prints what the figures reached.

That they hold none of the series they were set with proves nothing about the next one. So the same is asked of ranges
that are made anew for each volume from all the others (`held_out`), and `--seed` draws series nobody looked at.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from scipy import ndimage

from benchmarks.report import Figure, parser, report
from enhancement.core.case_mix import case_mix
from enhancement.core.guard import EXPECTED, Expectation, Verdict, judge
from enhancement.core.simulated_case import Size, simulate_case

Volume = np.ndarray
Harm = Callable[[Volume, Volume], Volume]
HONEST = "honest"
SEED = 11
FIXED = frozenset({"not_finite", "clipped", "slice_order", "noise"})  # by their meaning, not by what was measured
WIDER = 0.25


def main() -> None:
    options = parser(__doc__)
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.add_argument("--data", type=Path, help="a folder of series (NIfTI, DICOM, .npy) to be denoised as they are")
    options.add_argument(
        "--snrs",
        type=snrs_of,
        default=(),
        metavar="N,N",
        help="every series of --data also acquired anew at these SNRs",
    )
    options.add_argument("--ranges", action="store_true", help="also print what every figure reached, to stderr")
    options.add_argument(
        "--seed", type=int, default=SEED, help=f"of the simulated series; the ranges were set with {SEED}"
    )
    options.add_argument("--honest-only", action="store_true", help="without the harmed series: a tenth of the time")
    chosen = options.parse_args()
    verdicts: dict[str, list[Judged]] = {}
    harms = {} if chosen.honest_only else HARMS
    for name, before, after in pairs(inputs(quick=chosen.quick, data=chosen.data, snrs=chosen.snrs, seed=chosen.seed)):
        verdicts.setdefault(HONEST, []).append(Judged(name, judge(before, after)))
        for kind, harm in harms.items():
            harmed = judge(before, harm(before, after).astype(np.float32))
            verdicts.setdefault(kind, []).append(Judged(name, harmed))
    if chosen.ranges:
        print_ranges(verdicts)
    told = [*figures(verdicts), *held_out_figures(verdicts)]
    ok = report("The guard tells harm from noise removal", told, as_json=chosen.json, quick=chosen.quick)
    sys.exit(0 if ok else 1)


@dataclass(frozen=True)
class Judged:
    """volume : what the series was made from; several series may share it."""

    volume: str
    verdict: Verdict


def figures(verdicts: dict[str, list[Judged]]) -> list[Figure]:
    honest = verdicts[HONEST]
    wrong = sum(not one.verdict.ok for one in honest)
    found = [
        Figure("honest series looked at", len(honest), "series"),
        Figure("honest series held", wrong, "series", "= 0", wrong == 0),
    ]
    for kind, judged in verdicts.items():
        if kind != HONEST:
            share = sum(not one.verdict.ok for one in judged) / len(judged)
            found.append(Figure(f"held: {kind}", round(share, 3), "of all", "= 1", share == 1))
    return found


def held_out_figures(verdicts: dict[str, list[Judged]]) -> list[Figure]:
    """What ranges do that were made without the volume in question; nothing where there is one volume only."""
    held = held_out(verdicts)
    return [
        Figure(
            f"{'honest series' if kind == HONEST else kind}, held by the other volumes' ranges",
            round(share, 3),
            "of all",
        )
        for kind, share in held.items()
    ]


def held_out(verdicts: dict[str, list[Judged]]) -> dict[str, float]:
    """Share of the series of each kind that is held by ranges from the honest series of all other volumes.

    A range ends where those series do, and a quarter of the way from their median beyond. What is fixed by its meaning
    (no number that is none, no value beyond the stored range, slices in order) stays as it is, and so does by how much
    a lower end falls with the noise: that slope alone is in-sample here.
    """
    volumes = {one.volume for one in verdicts[HONEST]}
    if len(volumes) < 2:
        return {}
    ranges = {
        volume: ranges_from([one.verdict for one in verdicts[HONEST] if one.volume != volume]) for volume in volumes
    }
    return {
        kind: sum(is_held(one.verdict, ranges[one.volume]) for one in judged) / len(judged)
        for kind, judged in verdicts.items()
    }


def ranges_from(honest: Sequence[Verdict]) -> list[Expectation]:
    found = []
    for expected in EXPECTED:
        values = [level for verdict in honest if (level := level_of(verdict, expected)) is not None]
        if expected.name in FIXED or not values:
            found.append(expected)
            continue
        low, middle, high = np.percentile(values, [0, 50, 100])
        found.append(
            replace(
                expected,
                low=None if expected.low is None else low - WIDER * (middle - low),
                high=None if expected.high is None else high + WIDER * (high - middle),
                low_per_noise=0.0,
            )
        )
    return found


def level_of(verdict: Verdict, expected: Expectation) -> float | None:
    """A figure as it would be without noise, where its lower end depends on it."""
    value = verdict.value(expected.name)
    return value if value is None else value + expected.low_per_noise * (verdict.value("noise") or 0.0)


def is_held(verdict: Verdict, ranges: Sequence[Expectation]) -> bool:
    for expected, range_ in zip(EXPECTED, ranges, strict=True):
        value, level = verdict.value(expected.name), level_of(verdict, expected)
        if value is None or level is None:
            continue
        if range_ is expected:
            outside = not expected.at(verdict.value("noise") or 0.0).holds(value)
        else:
            above = range_.high is None or value <= range_.high
            outside = not above or (range_.low is not None and level < range_.low) or not np.isfinite(value)
        if outside:
            return True
    return False


def print_ranges(verdicts: dict[str, list[Judged]]) -> None:
    for kind, judged in verdicts.items():
        for expected in EXPECTED:
            values = [value for one in judged if (value := one.verdict.value(expected.name)) is not None]
            if values:
                low, middle, high = np.percentile(values, [0, 50, 100])
                print(f"{kind:24} {expected.name:18} {low:10.4g} {middle:10.4g} {high:10.4g}", file=sys.stderr)


def snrs_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def pairs(series: Iterator[tuple[str, Volume]]) -> Iterator[tuple[str, Volume, Volume]]:
    """(volume, input, output) of honest noise removal."""
    from enhancement.core.denoise import denoise_volume, load_denoiser

    denoiser = load_denoiser()
    for name, volume in series:
        yield name, volume, np.rint(denoise_volume(volume, denoiser=denoiser).volume_zyx)


def inputs(*, quick: bool, data: Path | None, snrs: Sequence[int], seed: int) -> Iterator[tuple[str, Volume]]:
    size = Size(matrix=192, slices=4) if quick else Size(matrix=320, slices=6)
    for number, case in enumerate(case_mix(2 if quick else 12)):
        for datasets in simulate_case(case, seed=seed, size=size).values():
            ordered = sorted(datasets, key=lambda one: int(one.InstanceNumber))
            yield f"simulated {number}", np.stack([one.pixel_array for one in ordered]).astype(np.float32)
    if data is not None:
        from enhancement.core.evaluation_volumes import find_volumes, read_central_slices

        for file in find_volumes(data):
            volume = read_central_slices(file, 6)
            yield file.name, volume
            yield from ((file.name, one) for one in acquired(volume, file.name, snrs, seed))


def acquired(volume: Volume, name: str, snrs: Sequence[int], seed: int) -> Iterator[Volume]:
    """The middle of the volume as FAST of the evaluation, in the setting that comes with each SNR's turn."""
    from enhancement.core.evaluation_cases import make_case, setting_for

    middle = volume[len(volume) // 2 - 1 :][:2] if len(volume) > 1 else volume
    for index, snr in enumerate(snrs):
        setting = replace(setting_for(index, 0, cases=1), snr=snr)
        yield make_case(middle, name=name, setting=setting, case_index=index, seed=seed, window_px=160).fast


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
