"""Claim: the shipped denoiser beats blind BM3D, keeps what it should keep, and costs little.

Simulated FAST and SOC of the evaluation volumes (several seeds), real repeated acquisitions, the lesion bench, and
the time and memory of one series, in one run. The images come from READERSTUDY_SHARED (or ../shared); BM3D from
requirements-peers.txt. Without it the figures against BM3D are left out.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from benchmarks.report import Figure, parser, report  # noqa: E402
from enhancement.core.denoise import Denoiser, denoise_volume, load_denoiser  # noqa: E402
from enhancement.core.evaluation import CaseScore  # noqa: E402
from enhancement.core.evaluation_cases import Setting  # noqa: E402
from enhancement.core.evaluation_run import (  # noqa: E402
    EQUALS,
    NETWORK,
    EvaluationSettings,
    remembered,
    score_all_repeats,
    score_cases,
)
from enhancement.core.evaluation_table import ALL, CLEAN, Row, gain_summary, make_table  # noqa: E402
from enhancement.core.evaluation_volumes import find_volumes, read_central_slices  # noqa: E402
from enhancement.core.lesion_bench import (  # noqa: E402
    CLEAN as CLEAN_SCENES,
)
from enhancement.core.lesion_bench import (  # noqa: E402
    SCENE_GROUPS,
    SNRS,
    LesionResult,
    drawn_scene,
    noise_free_retention,
    overall,
    real_scene,
    run_bench,
)
from enhancement.core.noise import acquire  # noqa: E402
from enhancement.core.peers import Method, Peer, choose_peers  # noqa: E402
from enhancement.core.spine_scenes import draw_spine_scenes  # noqa: E402
from enhancement.core.strength import DEFAULT_STRENGTH  # noqa: E402

SHARED = Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared")
CLAIM = "The denoiser against its peers"
SEEDS, QUICK_SEEDS = (7, 11, 23), (7,)
BLIND, ORACLE = "bm3d", "bm3d_oracle"
SOC_NOISE = 2**-0.5  # of that of FAST
SERIES = (16, 512, 512)
GROUPS = ("cases", "repeats", "lesions", "cost")
BM3D_SLICES = 1  # of the timed series; its time grows with their number


def main() -> None:
    options = arguments()
    data = options.data or SHARED / "data" / "dev"
    if not (data / "MANIFEST.csv").is_file():
        sys.exit(f"There are no evaluation volumes in {data}; set READERSTUDY_SHARED or give --data.")
    torch.set_num_threads(1)  # on a busy machine two threads wait for each other; only the timed series gets two
    denoiser = load_denoiser(options.weights)
    figures = run(data, denoiser, options)
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


def arguments() -> argparse.Namespace:
    given = parser(__doc__)
    given.add_argument("--data", type=Path, help="folder of volumes with a MANIFEST.csv")
    given.add_argument("--weights", type=Path, help="instead of the shipped weights")
    given.add_argument("--strength", type=float, default=DEFAULT_STRENGTH, help="0 to 1; default 1")
    given.add_argument(
        "--only-groups",
        type=group_names,
        default=GROUPS,
        metavar="GROUP,GROUP",
        help=f"only these figures: {', '.join(GROUPS)}",
    )
    given.add_argument("--peers-cache", type=Path, metavar="DIR", help="keep and reuse the outputs of BM3D")
    return given.parse_args()


def group_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in GROUPS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no group; use {', '.join(GROUPS)}")
    return names


def run(data: Path, denoiser: Denoiser, options: argparse.Namespace) -> list[Figure]:
    # Memory first: Linux counts what this process holds by then as the child's.
    memory = [peak_memory(options.weights)] if "cost" in options.only_groups else []
    peers, missing = choose_peers([BLIND, ORACLE])
    if missing:
        print(f"{', '.join(missing)} not installed: see requirements-peers.txt", file=sys.stderr)
    timed = peers.get(BLIND)  # never a remembered one: reading a file is not BM3D's time
    if options.peers_cache:
        slow = {name: remembered(peer, options.peers_cache, name) for name, peer in peers.items() if peer.package}
        peers |= slow

    def network(volume: np.ndarray) -> np.ndarray:
        return denoise_volume(volume, denoiser=denoiser, strength=options.strength).volume_zyx

    peers[NETWORK] = Peer(lambda volume, truth: network(volume))
    settings = EvaluationSettings(
        seeds=QUICK_SEEDS if options.quick else SEEDS,
        cases=2,
        slices=1,
        window_px=160,
        only="vb2_17" if options.quick else "spine/",
    )
    figures: list[Figure] = []
    if "cases" in options.only_groups:
        scores = score_cases(data, settings, peers, tell=tell)
        table = Table(make_table(scores), gains_of(scores))
        figures += [*fidelity(table), *kept(table), *equal_noise(scores), *noise(table)]
    if "repeats" in options.only_groups:
        figures += repeated(score_all_repeats(data, settings, peers, tell=tell))
    if "lesions" in options.only_groups:
        figures += lesions(data, network, quick=options.quick)
    if "cost" in options.only_groups:
        figures += seconds(denoiser, timed, quick=options.quick)
    return [*figures, *memory]


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class CaseKey(NamedTuple):
    """What two methods must share to be compared. volume : the name of the one that the case was made from."""

    volume: str
    seed: int
    setting: Setting
    is_clean: bool


@dataclass(frozen=True)
class Table:
    """gains : method to {case: gain in dB}, for gains of one method over another on the same cases."""

    rows: Sequence[Row]
    gains: dict[str, dict[CaseKey, float]]

    def has(self, method: str) -> bool:
        return method in self.gains

    def row(self, group: str, method: str = NETWORK) -> Row | None:
        return next((row for row in self.rows if (row.group, row.method) == (group, method)), None)

    def over(self, peer: str, chosen: Callable[[CaseKey], bool]) -> dict[str, float]:
        ours, theirs = self.gains[NETWORK], self.gains[peer]
        keys = [key for key in ours if chosen(key)]
        return gain_summary([ours[key] - theirs[key] for key in keys], [key.volume for key in keys]) if keys else {}


def gains_of(scores: Sequence[CaseScore]) -> dict[str, dict[CaseKey, float]]:
    before = {_key(score): score.psnr_db for score in scores if score.method == "identity"}
    gains: dict[str, dict[CaseKey, float]] = {}
    for score in scores:
        gains.setdefault(score.method, {})[_key(score)] = score.psnr_db - before[_key(score)]
    return gains


def _key(score: CaseScore) -> CaseKey:
    return CaseKey(score.case, score.seed, score.setting, score.has_clean_reference)


def figure(name: str, value: float, unit: str, *, least: float | None = None, most: float | None = None, aim: str = "",
           against: str | None = None) -> Figure:  # fmt: skip
    """A figure with its bar ("must") and, beside it, what the product aims at."""
    bars = [f">= {least:g}" if least is not None else "", f"<= {most:g}" if most is not None else ""]
    told = " ".join(part for part in (*bars, f"(aim {aim})" if aim else "") if part)
    ok = (least is None or value >= least) and (most is None or value <= most)
    return Figure(name, round(float(value), 4), unit, told or None, ok if told else None, against)


def fidelity(table: Table) -> list[Figure]:
    figures = []
    if clean := table.row(CLEAN):
        name = "PSNR gain over FAST, clean references"
        figures.append(figure(name, clean.gain_db, "dB"))
        figures += low_end(name, clean.gain_low_db)
    if forty := [key for key in table.gains[NETWORK] if key.setting.snr == 40 and key.is_clean]:
        gain = float(np.mean([table.gains[NETWORK][key] for key in forty]))
        figures.append(figure("PSNR gain at SNR 40, clean references", gain, "dB", least=0, aim=">= 0.8"))
    if table.has(BLIND):
        figures += over_bm3d(table)
    return figures


def over_bm3d(table: Table) -> list[Figure]:
    blind = table.over(BLIND, lambda key: key.is_clean)
    oracle = table.over(ORACLE, lambda key: key.is_clean)
    unfilled = table.over(BLIND, lambda key: key.setting.zero_fill == 1.0)
    wanted = [
        ("clean references, mean gain", blind, "gain_db", BLIND, {"least": 0.8, "aim": ">= 1.5"}),
        ("clean references, median gain", blind, "gain_median_db", BLIND, {"least": 0.5, "aim": ">= 1.0"}),
        ("clean references, mean gain", oracle, "gain_db", ORACLE, {"least": 0, "aim": ">= 0.5"}),
        ("zero-fill 1.0, mean gain", unfilled, "gain_db", BLIND, {"least": -0.2, "aim": ">= 0.3"}),
    ]
    figures = [
        figure(f"PSNR over {peer}, {name}", values[key], "dB", against=peer, **bars)
        for name, values, key, peer, bars in wanted
        if values
    ]
    low = low_end(f"PSNR over {BLIND}, clean references", blind["gain_low_db"], against=BLIND) if blind else []
    return figures + low


def low_end(name: str, value: float, *, against: str | None = None) -> list[Figure]:
    """None where one volume is all there is, as in a quick run: it has no interval."""
    return [] if np.isnan(value) else [figure(f"{name}, low end of 95 % interval", value, "dB", against=against)]


def repeated(scores: Sequence) -> list[Figure]:
    """Mean gains over real repeats and over phantoms, of ours and against blind BM3D."""
    figures = []
    for title, is_phantom, bars in (
        ("real repeats", False, {"least": 0.1, "aim": ">= 0.4"}),
        ("repeated phantoms", True, {"least": -0.1, "aim": ">= 0"}),
    ):
        means = {
            method: np.mean([s.gain_db for s in scores if s.method == method and s.is_phantom == is_phantom])
            for method in {s.method for s in scores}
            if any(s.method == method and s.is_phantom == is_phantom for s in scores)
        }
        if NETWORK in means:
            figures.append(figure(f"gain on {title}", means[NETWORK], "dB"))
        if BLIND in means:
            more = means[NETWORK] - means[BLIND]
            figures.append(figure(f"gain on {title} over bm3d", more, "dB", against=BLIND, **bars))
    return figures


def kept(table: Table) -> list[Figure]:
    figures = []
    for group, name, attribute, least, aim in (
        (ALL, "edges kept, all cases", "edge_retention", 0.98, ">= 0.985"),
        (ALL, "weak edges kept, all cases", "weak_edge_retention", 0.95, ">= 0.965"),
        (ALL, "lesion contrast kept, all cases", "lesion_retention", 0.88, ">= 0.93"),
        ("SNR 8", "lesion contrast kept, SNR 8", "lesion_retention", 0.70, ">= 0.80"),
    ):
        if row := table.row(group):
            figures.append(figure(name, getattr(row, attribute), "of it", least=least, aim=aim))
    for group in ("SNR 25", "SNR 40"):
        if row := table.row(group):
            figures.append(figure(f"SSIM(FAST, FAST-DL), {group}", row.ssim_fast, "", least=0.97, most=0.995))
    return figures


def equal_noise(scores: Sequence[CaseScore]) -> list[Figure]:
    """The network blended to BM3D's noise, case by case: what both keep where both remove as much."""
    ours, theirs = ([s for s in scores if s.method == name] for name in (EQUALS[BLIND], BLIND))
    if not ours:
        return []
    figures = [figure("share of the network's output at bm3d's noise", np.mean([s.blend for s in ours]), "")]
    reached = [s.blend < 1 for s in ours]
    figures.append(figure("cases where the network can leave as little noise as bm3d", np.mean(reached), "of all"))
    for name, measure in RETAINED.items():
        values = [measure(a) - measure(b) for a, b in zip(ours, theirs, strict=True)]
        places = [i for i, value in enumerate(values) if np.isfinite(value)]
        low, high = interval([values[i] for i in places], [ours[i].case for i in places])
        figures.append(
            figure(f"{name} at bm3d's noise, more than bm3d", np.mean([values[i] for i in places]), "", against=BLIND)
        )
        figures += [
            figure(f"{name} at bm3d's noise, {end} end of 95 % interval", value, "", against=BLIND)
            for end, value in (("low", low), ("high", high))
            if np.isfinite(value)
        ]
    return figures


def interval(values: Sequence[float], volumes: Sequence[str]) -> tuple[float, float]:
    """Of the mean of paired differences, over whole volumes."""
    summary = gain_summary(values, volumes)
    return summary["gain_low_db"], summary["gain_high_db"]


RETAINED: dict[str, Callable[[CaseScore], float]] = {
    "PSNR": lambda score: score.psnr_db,
    "edges kept": lambda score: score.edge_retention,
    "weak edges kept": lambda score: score.weak_edge_retention,
    "lesion contrast kept": lambda s: s.lesion_kept / s.lesion_inserted if s.lesion_inserted > 0 else float("nan"),
}


def noise(table: Table) -> list[Figure]:
    figures = []
    for snr in (8, 15, 25, 40):
        if row := table.row(f"SNR {snr}"):
            soc = 1 / row.noise_reduction / SOC_NOISE
            figures.append(figure(f"noise of FAST-DL over SOC's, SNR {snr}", soc, "", most=1.0, aim="<= 0.75"))
            lost = row.low_frequency_error
            figures.append(figure(f"low-frequency error over FAST's, SNR {snr}", lost, "", most=1.0, aim="<= 0.9"))
    return figures


def lesions(data: Path, method: Method, *, quick: bool) -> list[Figure]:
    """Detectability for a channelised Hotelling observer, after over before, on real and phantom scenes."""
    volumes = find_volumes(data, only="vb2" if quick else "spine/")
    scenes = [real_scene(read_central_slices(file, 1)[0]) for file in volumes]
    scenes += [drawn_scene(image) for image in draw_spine_scenes(2 if quick else 8, rng=np.random.default_rng(5))]

    snrs, realisations = ((15,), 6) if quick else (SNRS, 3)
    results = run_bench(scenes, method, snrs=snrs, realisations=realisations, seed=1)
    free = noise_free_retention([scene.image_yx for scene in scenes], method, seed=1)
    return [
        *(one for group in SCENE_GROUPS if (row := overall(results, group)) for one in detectability_in(group, row)),
        figure("lesion contrast kept without noise", free.kept, "of it"),
        figure("largest response where no lesion is, no noise", free.largest_change, "lesions"),
    ]


def detectability_in(group: str, row: LesionResult) -> list[Figure]:
    """The bar holds where the truth is known. Noise of a scene's own is background to the observer: removing it is
    counted as harm there, so that those figures are told without a bar."""
    bars = {"least": 0.97, "aim": ">= 1.03"} if group == CLEAN_SCENES else {}
    name = f"detectability of lesions, after over before, {group}"
    return [
        figure(name, row.ratio, "", **bars),
        figure(f"{name}, low end of 95 % interval", row.ratio_low, ""),
        figure(f"{name}, high end of 95 % interval", row.ratio_high, ""),
        figure(f"response where no lesion is, after over before, {group}", row.false_response, "", most=1.0),
    ]


def seconds(denoiser: Denoiser, peer: Peer | None, *, quick: bool) -> list[Figure]:
    """Seconds of one series on two threads, and against BM3D on the same series."""
    object_yx = np.hypot(*np.mgrid[-1:1:512j, -1:1:512j]) < 0.8
    clean = np.repeat(600.0 * object_yx[None], SERIES[0], 0)
    series = acquire(
        clean, rng=np.random.default_rng(1), snr=15, zero_fill=1.6, phase_fraction=0.75, window="elliptical", g_max=1.6
    )
    torch.set_num_threads(2)
    ours = seconds_of(lambda: denoise_volume(series, denoiser=denoiser))
    figures = [figure("seconds a series of 16 x 512 x 512", ours, "s")]
    if peer and not quick:
        part = series[:BM3D_SLICES]
        theirs = seconds_of(lambda: peer.denoise(part, None)) * SERIES[0] / BM3D_SLICES
        figures.append(
            figure("seconds a series, of BM3D's", ours / theirs, "", most=1 / 8, aim="<= 0.05", against=BLIND)
        )
    return figures


def seconds_of(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def peak_memory(weights: Path | None) -> Figure:
    """Of a fresh process that denoises one series by the command, as the worker does with the same code."""
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"series-{os.getpid()}.npy"
    np.save(path, np.random.default_rng(1).uniform(100, 300, SERIES).astype(np.float32))
    command = [sys.executable, "manage.py", "denoise_volume", str(path), str(path.with_suffix(".out.npy"))]
    command += ["--weights", str(weights.resolve())] if weights else []
    try:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    finally:
        for file in (path, path.with_suffix(".out.npy")):
            file.unlink(missing_ok=True)
    peak_gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return figure("peak memory of the process on that series", peak_gib, "GiB", most=1.5, aim="<= 0.8")


if __name__ == "__main__":
    main()
