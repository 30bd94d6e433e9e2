"""Simulated readers: answers as three radiologists might give, for demonstrations and for trying out the analysis.

They see no arm. They prefer the side with less noise, by a rule that saturates, and each answer carries effects of
participant, image set and reader, so that readings of one participant resemble each other as real ones do. The size
of the effects is set so that the means and standard deviations are near Table 2 of Bash 2021. They are no model of
perception: nothing about a denoiser can be concluded from what they prefer.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from readerstudy.core.answers import REST, Given, PinFrame
from readerstudy.core.scoring import SIDES, ScoringProtocol

LARGEST_PREFERENCE = 0.75  # in steps of the scale, however large the difference in noise
STEEPNESS = 1.8  # of the preference, per halving of the noise
SPREAD = {"participant": 0.16, "image set": 0.16, "reader": 0.10, "reading": 0.17}
RARE = 0.002  # how often one consistency box is ticked
NOT_DIAGNOSTIC = 0.002
NOT_ASSESSABLE = 0.01  # of one feature of one image set, where the protocol allows it
TAKES_THE_REST = 0.4
SECONDS_A_PAIR = 38.0
_UNIFORM_BITS = 53


@dataclass(frozen=True)
class Taste:
    """How much of the preference for less noise goes into a feature, and how much its answers scatter."""

    weight: float
    spread: float


TASTES = {"snr": Taste(1.0, 1.0), "artifacts": Taste(0.35, 1.0), "resolution": Taste(0.0, 0.8)}
OTHER_FEATURE = Taste(0.14, 0.65)


@dataclass(frozen=True)
class Presentation:
    """What lies before a reader. `noise` and `picture` are by side: relative noise, and which series it is."""

    reader: str
    participant: str
    image_set: str
    repeat: int
    noise: Mapping[str, float]
    picture: Mapping[str, str]
    frame: PinFrame | None = None  # where a pin may stand; without it no finding has one


def noise_of(values_zyx: NDArray[np.floating]) -> float:
    """Noise relative to the signal, as seen in the picture.

    The spread of the slices' second differences over the mean foreground; the median is robust to edges. Wrong to
    use on interpolated or strongly smoothed images, where it falls faster than perceived noise does.
    Source: Immerkaer 1996, Computer Vision and Image Understanding 64:300; median instead of mean.
    """
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    bright = values_zyx > 0.3 * np.percentile(values_zyx, 98)
    differences = np.stack([ndimage.convolve(plane.astype(np.float32), kernel) for plane in values_zyx])
    if not bright.any():
        return 0.0
    return float(np.median(np.abs(differences[bright])) / (0.6745 * 6) / values_zyx[bright].mean())


def simulate_answers(presentation: Presentation, *, protocol: ScoringProtocol, seed: str) -> dict[str, Given]:
    """Every answer that the protocol asks for; the same arguments give the same answers."""
    answers: dict[str, Given] = _features(presentation, protocol, seed)
    for side in SIDES:
        for code in protocol.consistency:
            ticked = _uniform(seed, "consistency", code, *_who(presentation), presentation.picture[side]) < RARE
            answers[f"consistency:{code}:{side}"] = int(ticked)
            if ticked:
                answers |= _described(presentation, f"{code}:{side}", seed)
        if protocol.diagnostic_quality:
            failed = _uniform(seed, "diagnostic", *_who(presentation), presentation.picture[side]) < NOT_DIAGNOSTIC
            answers[f"diagnostic:{side}"] = int(not failed)
    return answers


def _features(presentation: Presentation, protocol: ScoringProtocol, seed: str) -> dict[str, Given]:
    """The scores in the order of the panel; some readings end with "no difference for the rest" where it is allowed."""
    scores = {code: _preference(presentation, code, protocol, seed) for code in protocol.features}
    answers: dict[str, Given] = {f"feature:{code}": score for code, score in scores.items()}
    if protocol.rest_no_difference and _uniform(seed, "rest", *_who(presentation)) < TAKES_THE_REST:
        differing = [place for place, score in enumerate(scores.values()) if score != protocol.middle]
        for code in protocol.features[differing[-1] + 1 if differing else 0 :]:
            answers[f"feature:{code}"] = {"value": protocol.middle, "by": REST}
    for code in protocol.features if protocol.not_assessable else ():
        if _uniform(seed, "not assessable", code, presentation.image_set) < NOT_ASSESSABLE:
            answers[f"feature:{code}"] = {"not_assessable": protocol.not_assessable[0]}
    return answers


def _described(presentation: Presentation, place: str, seed: str) -> dict[str, Given]:
    """What is said about a finding, and where it is seen."""
    said: dict[str, Given] = {f"comment:{place}": "seen by a simulated reader"}
    if frame := presentation.frame:
        z, y, x = (_uniform(seed, "pin", axis, place, *_who(presentation)) for axis in "zyx")
        point = {"x": round(x * (frame.width - 1), 1), "y": round(y * (frame.height - 1), 1)}
        said[f"pin:{place}"] = {"slice": int(z * frame.slices), **point}
    return said


def active_seconds(presentation: Presentation, *, seed: str) -> float:
    """How long this reader looks at this pair."""
    return SECONDS_A_PAIR * float(
        np.exp(0.4 * _normal(seed, "seconds", *_who(presentation), *presentation.picture.values()))
    )


def _preference(presentation: Presentation, feature: str, protocol: ScoringProtocol, seed: str) -> int:
    """From the middle of the scale towards the side that is liked better."""
    taste = TASTES.get(feature, OTHER_FEATURE)
    left, right = (_liking(presentation, side, feature, taste, seed) for side in SIDES)
    whim = SPREAD["reading"] * taste.spread * _normal(seed, "reading", feature, *_reading(presentation))
    steps = taste.weight * _less_noise_right(presentation) + right - left + whim
    middle = (min(protocol.scale) + max(protocol.scale)) / 2
    return int(np.clip(np.rint(middle + steps), min(protocol.scale), max(protocol.scale)))


def _less_noise_right(presentation: Presentation) -> float:
    left, right = (max(presentation.noise[side], 1e-6) for side in SIDES)
    return float(LARGEST_PREFERENCE * np.tanh(STEEPNESS * np.log2(left / right)))


def _liking(presentation: Presentation, side: str, feature: str, taste: Taste, seed: str) -> float:
    """What has nothing to do with noise: some like this patient's picture, some readers like this kind."""
    picture = presentation.picture[side]
    effects = (
        ("participant", (presentation.participant, picture)),
        ("image set", (presentation.image_set, picture)),
        ("reader", (presentation.reader, picture)),
    )
    return taste.spread * sum(SPREAD[name] * _normal(seed, name, feature, *words) for name, words in effects)


def _who(presentation: Presentation) -> tuple[object, ...]:
    return presentation.reader, presentation.participant, presentation.image_set, presentation.repeat


def _reading(presentation: Presentation) -> tuple[object, ...]:
    return *_who(presentation), *(presentation.picture[side] for side in SIDES)


def _uniform(*words: object) -> float:
    """A number in (0, 1) from a hash of the words: no stream whose order would matter."""
    digest = hashlib.sha256("|".join(map(str, words)).encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> (64 - _UNIFORM_BITS)) + 0.5) / 2**_UNIFORM_BITS


def _normal(*words: object) -> float:
    return NormalDist().inv_cdf(_uniform(*words))
