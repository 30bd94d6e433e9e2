"""Scores condensed to method by metric, over all cases and by noise level: as rows, as text and as a picture."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from enhancement.core.evaluation import NAN, CaseScore, mean_of_finite
from enhancement.core.evaluation_cases import SNRS, ZERO_FILLS
from enhancement.core.evaluation_repeats import RepeatsScore
from enhancement.core.lesion_bench import LesionResult
from enhancement.core.peers import REFERENCE

ALL = "all"
CLEAN = "clean reference"  # the "headline": the volume's own SNR is at least twice that of FAST
RETENTIONS = ("edge_retention", "weak_edge_retention", "lesion_retention")
PICTURE_FORMATS = ("png", "svg")
_GAIN = "PSNR gain over FAST (dB)"


@dataclass(frozen=True)
class Row:
    """One method in one group of cases; means over the cases, not a number where a measure is undefined.

    gain_db : PSNR over that of the unprocessed FAST, mean over the cases, with its median and the limits of the 95 %
    interval of the mean (bootstrap over volumes). lesion_retention : of the contrast summed over all lesions.
    """

    group: str
    method: str
    cases: int
    gain_db: float
    gain_median_db: float
    gain_low_db: float
    gain_high_db: float
    psnr_db: float
    ssim: float
    nrmse: float
    edge_retention: float
    weak_edge_retention: float
    lesion_retention: float
    noise_reduction: float
    low_frequency_error: float
    bias_percent: float
    residual_structure: float
    ssim_fast: float
    ssim_soc: float
    l1_ratio: float
    seconds: float


METRICS = tuple(field.name for field in fields(Row))[3:]
_GAINS = ("gain_db", "gain_median_db", "gain_low_db", "gain_high_db")
_AVERAGED = tuple(name for name in METRICS if name not in (*_GAINS, "lesion_retention"))
_BOOTSTRAP = 2000
_REPEATS_HEADS = ("gain dB", "SSIM", "edge", "shift %")
_LESION_HEADS = ("lesions", "d' before", "after", "ratio", "low", "high", "false")
# Heads of the printed table; Row and docs say what they mean.
_HEADS = (
    *("gain dB", "median", "low", "high", "PSNR", "SSIM", "NRMSE", "edge", "weak", "lesion", "NRF", "lf err"),
    *("bias %", "resid", "S(FAST)", "S(SOC)", "L1", "s"),
)


def make_table(scores: Iterable[CaseScore]) -> tuple[Row, ...]:
    """Rows for all cases, for those with a clean reference and for each SNR; a group without cases is left out.

    The scores must hold those of the unprocessed FAST for every case: gains are measured from it.
    """
    scores = tuple(scores)
    groups = [(ALL, scores), (CLEAN, tuple(score for score in scores if score.has_clean_reference))]
    groups += [(f"SNR {snr}", tuple(score for score in scores if score.setting.snr == snr)) for snr in SNRS]
    groups += [
        (f"zero-fill {fill}", tuple(score for score in scores if score.setting.zero_fill == fill))
        for fill in ZERO_FILLS
    ]
    return tuple(row for title, members in groups for row in _group_rows(title, members))


def format_table(rows: Sequence[Row]) -> str:
    """The table as aligned plain text, a block for each group."""
    blocks = []
    for title in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == title]
        head = f"{title} ({members[0].cases} cases)".ljust(26) + "".join(f"{head:>9}" for head in _HEADS)
        blocks.append("\n".join([head, *(_text(row) for row in members)]))
    return "\n\n".join(blocks)


def format_repeats(scores: Sequence[RepeatsScore]) -> str:
    """The repeated acquisitions as aligned plain text, real ones and phantoms apart; empty where there are none."""
    blocks = []
    for title, is_phantom in (("repeated acquisitions", False), ("repeated phantoms", True)):
        members = [score for score in scores if score.is_phantom == is_phantom]
        if members:
            sets = len({score.name for score in members})
            head = f"{title} ({sets})".ljust(26) + "".join(f"{head:>9}" for head in _REPEATS_HEADS)
            blocks.append("\n".join([head, *_repeats_lines(members)]))
    return "\n\n".join(blocks)


def format_lesions(results: Sequence[LesionResult]) -> str:
    """The lesion bench as aligned plain text, a block for each group of scenes; empty where it was not run."""
    blocks = []
    for title in dict.fromkeys(row.scenes for row in results):
        lines = [f"lesions, {title}".ljust(40) + "".join(f"{head:>9}" for head in _LESION_HEADS)]
        for row in (row for row in results if row.scenes == title):
            values = (row.before.d_prime, row.after.d_prime, row.ratio, row.ratio_low, row.ratio_high)
            cells = "".join(f"{value:9.3f}" for value in (*values, row.false_response))
            lines.append(f"  {row.group:<38}{row.places:9}{cells}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _repeats_lines(scores: Sequence[RepeatsScore]) -> list[str]:
    lines = []
    for method in dict.fromkeys(score.method for score in scores):
        own = [score for score in scores if score.method == method]
        names = ("gain_db", "ssim", "edge_retention", "mean_shift_percent")
        cells = "".join(f"{np.mean([getattr(score, name) for score in own]):9.3f}" for name in names)
        lines.append(f"  {method:<24}{cells}   each: " + " ".join(f"{score.gain_db:+.2f}" for score in own))
    return lines


def draw_table(rows: Sequence[Row], picture_format: str) -> bytes:
    """The gain by noise level and what became of edges and lesions, as "png" or "svg"; same rows, same bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "evaluation", "font.size": 9}):
        figure = Figure(figsize=(10, 4), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_gains(left, rows)
        _draw_retentions(right, rows)
        buffer = io.BytesIO()
        figure.savefig(
            buffer, format=picture_format, dpi=150, metadata={"Date": None} if picture_format == "svg" else {}
        )
    return buffer.getvalue()


def _group_rows(title: str, scores: Sequence[CaseScore]) -> list[Row]:
    by_method: dict[str, list[CaseScore]] = {}
    for score in scores:
        by_method.setdefault(score.method, []).append(score)
    before = {_case_key(score): score.psnr_db for score in by_method.get(REFERENCE, [])}
    return [_row(title, method, members, before) for method, members in by_method.items()]


def _case_key(score: CaseScore) -> tuple[object, ...]:
    return score.case, score.seed, score.setting


def _row(title: str, method: str, scores: Sequence[CaseScore], before: dict[tuple[object, ...], float]) -> Row:
    means = {name: mean_of_finite([getattr(score, name) for score in scores]) for name in _AVERAGED}
    inserted = sum(score.lesion_inserted for score in scores)
    gains = [score.psnr_db - before.get(_case_key(score), NAN) for score in scores]
    return Row(
        group=title,
        method=method,
        cases=len(scores),
        lesion_retention=sum(score.lesion_kept for score in scores) / inserted if inserted > 0 else NAN,
        **gain_summary(gains, [score.case for score in scores]),
        **means,
    )


def gain_summary(gains_db: Sequence[float], volumes: Sequence[str]) -> dict[str, float]:
    """Mean, median and the 95 % percentile interval of the mean; the fields of `Row`.

    gains_db : of each case. volumes : the volume that each case was made from. Whole volumes are resampled (cluster
    bootstrap), because cases of one volume share its anatomy and its native noise; one volume has no interval (NaN).
    """
    gains = np.asarray(gains_db, float)
    _, places = np.unique(volumes, return_inverse=True)
    sums, counts = np.bincount(places, weights=gains), np.bincount(places)
    low = high = NAN
    if len(counts) > 1:
        drawn = np.random.default_rng(0).integers(0, len(counts), (_BOOTSTRAP, len(counts)))
        low, high = np.percentile(sums[drawn].sum(1) / counts[drawn].sum(1), [2.5, 97.5])
    values = (gains.mean(), np.median(gains), low, high)
    return dict(zip(_GAINS, (float(value) for value in values), strict=True))


def _text(row: Row) -> str:
    decimals = dict.fromkeys((*_GAINS, "psnr_db", "bias_percent"), 2)
    decimals |= {"noise_reduction": 2, "low_frequency_error": 2, "seconds": 1}
    cells = (f"{getattr(row, name):9.{decimals.get(name, 3)}f}" for name in METRICS)
    return f"  {row.method:<24}" + "".join("        –" if "nan" in cell else cell for cell in cells)


def _draw_gains(axes: Any, rows: Sequence[Row]) -> None:
    groups = [f"SNR {snr}" for snr in SNRS if any(row.group == f"SNR {snr}" for row in rows)]
    for method in dict.fromkeys(row.method for row in rows):
        gains = {row.group: row.gain_db for row in rows if row.method == method}
        axes.plot(groups, [gains.get(group, NAN) for group in groups], marker="o", label=method)
    axes.set_xlabel("SNR of FAST in tissue")
    axes.set_ylabel(_GAIN)
    axes.legend()


def _draw_retentions(axes: Any, rows: Sequence[Row]) -> None:
    members = [row for row in rows if row.group == ALL]
    width = 0.8 / max(1, len(members))
    places = np.arange(len(RETENTIONS))
    for index, row in enumerate(members):
        axes.bar(places + index * width, [getattr(row, name) for name in RETENTIONS], width, label=row.method)
    axes.axhline(1, color="0.4", linewidth=0.8)
    axes.set_xticks(places + width * (len(members) - 1) / 2, [name.replace("_", " ") for name in RETENTIONS])
    axes.set_ylabel("share kept (all cases)")
