"""A whole evaluation: every volume, acquisition and seed by every method, and the real repeated acquisitions."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from enhancement.core.evaluation import NAN, CaseScore, score_case
from enhancement.core.evaluation_cases import Case, make_case, setting_for
from enhancement.core.evaluation_equal import blended, equal_share
from enhancement.core.evaluation_repeats import RepeatsScore, read_repeats, score_repeats
from enhancement.core.evaluation_volumes import find_volumes, read_central_slices
from enhancement.core.peers import Peer, Truth
from readerstudy.core.errors import BadSetting

Floats = NDArray[np.float32]
Tell = Callable[[str], None]

NETWORK = "network"
EQUALS = {"bm3d": "network at bm3d's noise"}  # the network blended to a peer's noise reduction, by peer


@dataclass(frozen=True)
class EvaluationSettings:
    """seeds : the whole is repeated for each. cases : acquisitions per volume; 4 meet every SNR.

    slices : central ones of each volume. window_px : side of the scored square. only : in the names of the volumes.
    """

    seeds: tuple[int, ...] = (7,)
    cases: int = 2
    slices: int = 3
    window_px: int = 192
    only: str = ""
    repeats_slices: int = 4

    def __post_init__(self) -> None:
        least = {"cases": 1, "slices": 1, "window_px": 48, "repeats_slices": 1}
        for name, smallest in least.items():
            if getattr(self, name) < smallest:
                raise BadSetting(f"{name} must be at least {smallest}; got {getattr(self, name)}.")
        if not self.seeds or min(self.seeds) < 0:
            raise BadSetting(f"Seeds are whole numbers from 0; got {', '.join(map(str, self.seeds)) or 'none'}.")


def score_cases(
    root: Path, settings: EvaluationSettings, methods: Mapping[str, Peer], *, tell: Tell
) -> tuple[CaseScore, ...]:
    """Scores of all methods on all simulated cases of the volumes in `root`."""
    scores: list[CaseScore] = []
    for case, with_soc in simulated_cases(root, settings):
        truth = Truth(case.window_yx, float(np.median(case.sigma[case.tissue])), case.kspace_window)
        outputs: dict[str, Floats] = {}
        done = [
            _score(_keeping(peer, case, outputs, name), truth, case, name=name, with_soc=with_soc and not peer.package)
            for name, peer in methods.items()
        ]
        if NETWORK in outputs:
            done += [
                _score_equal(case, outputs[NETWORK], done, against=against) for against in EQUALS if against in outputs
            ]
        tell(f"{case.name}, SNR {case.setting.snr}: " + ", ".join(f"{s.method} {s.psnr_db:.2f}" for s in done))
        scores += done
    return tuple(scores)


def _keeping(peer: Peer, case: Case, outputs: dict[str, Floats], name: str) -> Peer:
    """The same method; what it makes of the case's FAST is also put into `outputs`."""

    def denoise(volume_zyx: Floats, truth: Truth | None) -> Floats:
        output = peer.denoise(volume_zyx, truth)
        if volume_zyx is case.fast:
            outputs[name] = output
        return output

    return replace(peer, denoise=denoise)


def _score_equal(case: Case, output: Floats, scores: Sequence[CaseScore], *, against: str) -> CaseScore:
    """The network's output blended with its input to the noise that the other method leaves."""
    ours, theirs = (next(score for score in scores if score.method == name) for name in (NETWORK, against))
    share = equal_share(case, output, variance=theirs.variance_after, floor_kept=ours.floor_kept)
    mixed = blended(case, output, share)
    score = score_case(lambda volume_zyx: mixed, case, name=EQUALS[against], with_soc=False)
    return replace(score, seconds=NAN, blend=share)


def _score(peer: Peer, truth: Truth, case: Case, *, name: str, with_soc: bool) -> CaseScore:
    score = score_case(peer.told(truth), case, name=name, with_soc=with_soc)
    return score if peer.is_timed else replace(score, seconds=NAN)


def score_all_repeats(
    root: Path, settings: EvaluationSettings, methods: Mapping[str, Peer], *, tell: Tell
) -> tuple[RepeatsScore, ...]:
    """Scores of all methods that need no truth on the repeated acquisitions below `root`; none where there are none."""
    blind = {name: peer for name, peer in methods.items() if not peer.needs_truth}
    scores: list[RepeatsScore] = []
    for repeats in read_repeats(root, slices=settings.repeats_slices):
        done = [score_repeats(peer.told(None), repeats, name=name) for name, peer in blind.items()]
        tell(f"{repeats.name}: " + ", ".join(f"{score.method} {score.gain_db:+.2f}" for score in done))
        scores += done
    return tuple(scores)


def simulated_cases(root: Path, settings: EvaluationSettings) -> Iterator[tuple[Case, bool]]:
    """Every case, and whether its SOC is denoised too: once per volume is enough, and costs as much again."""
    for volume_index, file in enumerate(find_volumes(root, only=settings.only)):
        clean = read_central_slices(file, settings.slices)
        for seed in settings.seeds:
            for case_index in range(settings.cases):
                setting = setting_for(volume_index, case_index, cases=settings.cases)
                case = make_case(
                    clean,
                    name=file.name,
                    setting=setting,
                    case_index=case_index,
                    seed=seed,
                    window_px=settings.window_px,
                )
                yield case, case_index == 0 and seed == settings.seeds[0]


def remembered(peer: Peer, folder: Path, name: str) -> Peer:
    """The same method, its outputs kept in `folder`: a slow peer need not run again to be compared with new weights."""

    def denoise(volume_zyx: Floats, truth: Truth | None) -> Floats:
        key = hashlib.sha256(name.encode() + np.ascontiguousarray(volume_zyx).tobytes() + _told(truth)).hexdigest()
        path = folder / f"{key}.npy"
        if path.is_file():
            return np.asarray(np.load(path, allow_pickle=False))
        output = peer.denoise(volume_zyx, truth)
        folder.mkdir(parents=True, exist_ok=True)
        np.save(path, output)
        return output

    return replace(peer, denoise=denoise, is_timed=False)


def _told(truth: Truth | None) -> bytes:
    if truth is None:
        return b""
    return repr((truth.window_yx, truth.sigma)).encode() + np.ascontiguousarray(truth.kspace_window).tobytes()
