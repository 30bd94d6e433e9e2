"""The names of image metrics: `<kind>_<arm>_<arm>` compares two series, `<kind>_<arm>` tells of one."""

import re
from dataclasses import dataclass

from readerstudy.core.errors import WrongColumns


@dataclass(frozen=True)
class Kind:
    """What a metric is called in print; `better` is +1 where more is better, -1 where less is, 0 where neither."""

    label: str
    decimals: int
    arms: int
    better: int = 0


KINDS = {
    "ssim": Kind("SSIM", 3, 2, 1),
    "data_range": Kind("Data range L of SSIM and PSNR, stored units", 0, 2),
    "l1": Kind("L1, stored units", 1, 2, -1),
    "foreground_l1": Kind("L1 in the foreground", 1, 2, -1),
    "nl1": Kind("L1, % of the mean", 2, 2, -1),
    "psnr": Kind("PSNR, dB", 1, 2, 1),
    "nrmse": Kind("NRMSE", 3, 2, -1),
    "ssim_registered": Kind("SSIM, registered", 3, 2, 1),
    "l1_registered": Kind("L1, registered, stored units", 1, 2, -1),
    "shift_mm": Kind("Registration: shift, mm", 2, 2),
    "rotation_deg": Kind("Registration: rotation, degrees", 2, 2),
    "residual_mm": Kind("Registration: residual shift, mm", 2, 2, -1),
    "overlap": Kind("Registration: share of pixels compared", 3, 2),
    "noise": Kind("Noise, stored units", 1, 1, -1),
    "noise_percent": Kind("Noise, % of the foreground's median", 2, 1, -1),
    "edge_width_mm": Kind("Edge width (blur sigma), mm", 2, 1, -1),
}
# Longest first: `ssim_registered_soc_fast` is no `ssim` of three arms.
_PATTERNS = {
    kind: re.compile(rf"{kind}" + r"_([a-z0-9]+)" * one.arms)
    for kind, one in sorted(KINDS.items(), key=lambda item: -len(item[0]))
}


@dataclass(frozen=True)
class MetricName:
    kind: str
    arms: tuple[str, ...]

    @property
    def label(self) -> str:
        return KINDS[self.kind].label

    @property
    def decimals(self) -> int:
        return KINDS[self.kind].decimals

    @property
    def places_two(self) -> bool:
        return KINDS[self.kind].arms == 2

    def __str__(self) -> str:
        return "_".join((self.kind, *self.arms))


def metric_arm(code: str) -> str:
    """An arm's code as it stands in a metric's name: FAST-DL is fastdl."""
    return re.sub(r"[^a-z0-9]", "", code.lower())


def metric_name(kind: str, *codes: str) -> str:
    return str(MetricName(kind, tuple(metric_arm(code) for code in codes)))


def is_metric(column: str) -> bool:
    return any(pattern.fullmatch(column) for pattern in _PATTERNS.values())


def parse_metric(column: str) -> MetricName:
    """The kind and the arms of a column. Raises WrongColumns for what is none."""
    for kind, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(column):
            return MetricName(kind, found.groups())
    raise WrongColumns(f"'{column[:80]}' is no image metric such as ssim_soc_socdl or noise_fast.")
