"""The evaluation as a page beside the model card: what was measured of which weights, and what it looks like."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from enhancement.core.evaluation_repeats import RepeatsScore
from enhancement.core.evaluation_table import Row
from enhancement.core.lesion_bench import LesionResult, Retention

Floats = NDArray[np.floating]

DIFFERENCE_GAIN = 4  # how much more contrast the difference images have
_COLUMNS = {
    "gain_db": "gain, dB",
    "gain_low_db": "from",
    "gain_high_db": "to",
    "gain_median_db": "median",
    "ssim": "SSIM",
    "nrmse": "NRMSE",
    "edge_retention": "edges",
    "weak_edge_retention": "weak edges",
    "lesion_retention": "lesions",
    "noise_reduction": "NRF",
    "low_frequency_error": "lf err",
    "bias_percent": "bias %",
    "residual_structure": "residual",
    "ssim_fast": "SSIM(FAST, DL)",
    "ssim_soc": "SSIM(SOC, SOC-DL)",
    "l1_ratio": "L1",
    "seconds": "s",
}
_MEANING = """\
Gain: PSNR in tissue over the unprocessed FAST, mean over the cases with its 95 % interval (bootstrap over volumes), and
median. Edges, weak edges, lesions: the part of their contrast that is left. NRF: noise before over after in
homogeneous tissue. lf err: smooth error relative to the input's, above 1 something was invented or lost. Residual:
correlation of what was removed with fine detail. L1: mean |SOC - FAST-DL| over |SOC - FAST|. s: seconds for a series
of 16 x 512 x 512 on the machine that measured it. bm3d is told nothing, bm3d_oracle the true noise and spectrum.
"network at bm3d's noise" is the network blended with its input, case by case, until as much noise is left as bm3d
leaves (all of its output where that leaves more): edges and lesions are compared there.
Each method is scored against the reference with or without the Rician floor, whichever is nearer."""


@dataclass(frozen=True)
class Picture:
    """One slice in one unit: (Y, X) of the accelerated scan, enhanced, and what it would be without noise."""

    title: str
    fast: Floats
    enhanced: Floats
    reference: Floats


@dataclass(frozen=True)
class EvaluationRun:
    """Everything that the page tells. `volumes` : how many; `seeds` : of lesions and noise."""

    weights_sha256: str
    strength: float
    volumes: int
    seeds: Sequence[int]
    rows: Sequence[Row]
    repeats: Sequence[RepeatsScore]
    lesions: Sequence[LesionResult]
    noise_free: Retention | None


def write_evaluation(run: EvaluationRun, *, pictures: Sequence[str]) -> str:
    """The page as Markdown; `pictures` are file names beside it."""
    parts = [
        "# Evaluation of the denoiser",
        f"Weights `{run.weights_sha256}`, strength {run.strength:g}. Written by `manage.py evaluate_denoiser --card`;"
        f" {run.volumes} volumes, seeds {', '.join(map(str, run.seeds))}.",
        _MEANING,
        *(_group(title, [row for row in run.rows if row.group == title]) for title in _groups(run.rows)),
        *_repeats(run.repeats),
        *_lesions(run.lesions, run.noise_free),
        *(f"![{name}]({name})" for name in pictures),
    ]
    return "\n\n".join(parts) + "\n"


def draw_pictures(pictures: Sequence[Picture]) -> bytes:
    """PNG: a row a slice, with FAST, FAST-DL, what was removed, what is left of the error, and the reference."""
    from matplotlib.figure import Figure

    heads = ("FAST", "FAST-DL", f"removed x {DIFFERENCE_GAIN}", f"error left x {DIFFERENCE_GAIN}", "without noise")
    figure = Figure(figsize=(2.6 * len(heads), 2.75 * len(pictures)), layout="constrained")
    axes = figure.subplots(len(pictures), len(heads), squeeze=False)
    for row, picture in zip(axes, pictures, strict=True):
        peak = float(np.percentile(picture.reference, 99.5))
        removed, left = picture.fast - picture.enhanced, picture.enhanced - picture.reference
        for axis, image in zip(row, (picture.fast, picture.enhanced, removed, left, picture.reference), strict=True):
            is_difference = image is removed or image is left
            low, high = (-peak / 2 / DIFFERENCE_GAIN, peak / 2 / DIFFERENCE_GAIN) if is_difference else (0, peak)
            axis.imshow(image, cmap="gray", vmin=low, vmax=high, interpolation="nearest")
            axis.set_axis_off()
        row[0].set_title(picture.title, fontsize=8, loc="left")
    for axis, head in zip(axes[0][1:], heads[1:], strict=True):
        axis.set_title(head, fontsize=8)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    return buffer.getvalue()


def _groups(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.group for row in rows))


def _group(title: str, rows: Sequence[Row]) -> str:
    head = f"## {title} ({rows[0].cases} cases)"
    cells = [[row.method, *(_number(getattr(row, name)) for name in _COLUMNS)] for row in rows]
    return f"{head}\n\n{_table(['method', *_COLUMNS.values()], cells)}"


def _repeats(scores: Sequence[RepeatsScore]) -> list[str]:
    if not scores:
        return []
    cells = [
        [s.name, s.method, _number(s.gain_db), _number(s.ceiling_db), _number(s.edge_retention), _number(s.ssim)]
        for s in scores
    ]
    return [
        f"## Real repeated acquisitions\n\n{_table(['set', 'method', 'gain, dB', 'ceiling', 'edges', 'SSIM'], cells)}"
    ]


_LESIONS = """\
## Small lesions

Bright and dark, 10-20 %, 2-4 pixels radius; a channelised Hotelling observer that knows place and background. Ratio:
d' after over before. False: the largest (99th percentile) response where no lesion is, after over before.

A real scene has noise of its own. It is part of the background that the observer knows: before processing it does no
harm, and a method that removes it is blamed for the change. Clean are phantoms, which have none, and real scenes whose
own signal-to-noise ratio is at least twice that of the simulated scan, by the larger of the noise in their air and in
their finest detail; the figure is meant for these. Where air is masked and detail interpolated both estimates miss
noise, so that only the phantoms are certain."""


def _lesions(results: Sequence[LesionResult], noise_free: Retention | None) -> list[str]:
    if not results:
        return []
    heads = ["scenes", "group", "lesions", "d' before", "d' after", "AUC before", "after"]
    heads += ["ratio of d'", "from", "to", "false"]
    cells = [
        [
            row.scenes,
            row.group,
            str(row.places),
            *(_number(value) for value in (row.before.d_prime, row.after.d_prime, row.before.auc, row.after.auc)),
            *(_number(value) for value in (row.ratio, row.ratio_low, row.ratio_high, row.false_response)),
        ]
        for row in results
    ]
    text = f"{_LESIONS}\n\n{_table(heads, cells)}"
    if noise_free is None:
        return [text]
    kept = (
        f"Without noise {noise_free.kept:.1%} of the contrast is kept, and where no lesion is the largest response is"
        f" {noise_free.largest_change:.1%} of one."
    )
    return [text, kept]


def _table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in cells)])


def _number(value: float) -> str:
    return f"{value:.3f}" if isfinite(value) else "–"
