"""Claim: neither more strength nor another noise level told to the network reaches the noise of SOC at high SNR.

The network is told its own estimate of the local noise times a factor, and a share of what it then takes for noise is
removed. Each pair of the two is scored as `benchmarks/denoiser.py` does, on the evaluation volumes, whose own noise is
part of the truth there, and on phantoms without any. The product uses factor 1 and share 0.75 (`core/strength.py`).
The images come from READERSTUDY_SHARED (or ../shared).
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from benchmarks.report import Figure, parser, report  # noqa: E402
from enhancement.core.denoise import Denoiser, denoise_volume, load_denoiser  # noqa: E402
from enhancement.core.evaluation_run import EvaluationSettings, score_cases  # noqa: E402
from enhancement.core.evaluation_table import ALL, CLEAN, Row, make_table  # noqa: E402
from enhancement.core.network import log_sigma_shifted  # noqa: E402
from enhancement.core.peers import Peer, choose_peers  # noqa: E402
from enhancement.core.spine_scenes import draw_spine_scenes  # noqa: E402
from enhancement.core.strength import FULL_REMOVAL  # noqa: E402

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared")
FACTORS, SHARES = (0.8, 1.0, 1.25, 1.6), (0.75, 0.9, 1.0)
QUICK_FACTORS, QUICK_SHARES = (1.0, 1.25), (0.75,)
TOLD = (
    (CLEAN, "gain_db", "PSNR gain, clean references", "dB"),
    (ALL, "edge_retention", "edges kept", "of it"),
    (ALL, "weak_edge_retention", "weak edges kept", "of it"),
    (ALL, "lesion_retention", "lesion contrast kept", "of it"),
    ("SNR 25", "noise_reduction", "noise reduction, SNR 25", ""),
    ("SNR 40", "noise_reduction", "noise reduction, SNR 40", ""),
    ("SNR 40", "low_frequency_error", "low-frequency error, SNR 40", ""),
)


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        save_phantoms(Path(folder), 2 if options.quick else 8)
        for title, data, only in (
            ("volumes", options.data or SHARED / "data" / "dev", "vb2_17" if options.quick else "spine/"),
            ("phantoms", Path(folder), ""),
        ):
            figures += measured(title, data, only, options)
    sys.exit(0 if report("Strength and noise level of the denoiser", figures, as_json=options.json) else 1)


def arguments() -> argparse.Namespace:
    given = parser(__doc__)
    given.formatter_class = argparse.RawDescriptionHelpFormatter
    given.add_argument("--data", type=Path, help="folder of volumes")
    given.add_argument("--seeds", type=lambda text: tuple(map(int, text.split(","))), default=(7, 11))
    return given.parse_args()


def save_phantoms(folder: Path, count: int) -> None:
    for index, scene in enumerate(draw_spine_scenes(count, rng=np.random.default_rng(7))):
        np.save(folder / f"phantom-{index}.npy", scene[None])


def measured(title: str, data: Path, only: str, options: argparse.Namespace) -> list[Figure]:
    seeds = options.seeds[:1] if options.quick else options.seeds
    settings = EvaluationSettings(seeds=seeds, cases=2, slices=1, window_px=160, only=only)
    methods, _ = choose_peers([])
    pairs = product(*((QUICK_FACTORS, QUICK_SHARES) if options.quick else (FACTORS, SHARES)))
    methods |= {name_of(factor, share): method(load_denoiser(), factor, share) for factor, share in pairs}
    rows = make_table(score_cases(data, settings, methods, tell=lambda line: print(line[:80], file=sys.stderr)))
    return [one for name in methods if name != "identity" for one in figures_of(title, name, rows)]


def name_of(factor: float, share: float) -> str:
    return f"noise level x {factor:g}, share {share:g}"


def method(denoiser: Denoiser, factor: float, share: float) -> Peer:
    network = deepcopy(denoiser.network)
    shifted = replace(denoiser, network=log_sigma_shifted(network, float(np.log(factor))))

    def denoise(volume: np.ndarray, truth: object) -> np.ndarray:
        made = denoise_volume(volume, denoiser=shifted).volume_zyx
        return np.maximum(volume + (made - volume) * np.float32(share / FULL_REMOVAL), 0)

    return Peer(denoise)


def figures_of(title: str, name: str, rows: Sequence[Row]) -> list[Figure]:
    found = {row.group: row for row in rows if row.method == name}
    return [
        Figure(f"{title}, {name}: {words}", round(getattr(found[group], attribute), 4), unit)
        for group, attribute, words, unit in TOLD
        if group in found
    ]


if __name__ == "__main__":
    main()
