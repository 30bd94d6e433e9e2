"""Small faint lesions before and after a method: are they as detectable, is anything there that was not?

Each scene is acquired with and without its lesions, with noise of its own. The patches around the places go, less
the scene without lesion and noise, to the observer: signal and background are known exactly, so that what is
measured is the noise and what the method made of it.

A real scene carries noise of its own. It belongs to the background that the observer knows, and so does no harm before
processing; a method that removes it too changes that background, and the observer takes the change for noise. On such
scenes the figure punishes what it should not. They are told apart from those whose truth is known: phantoms, which have
no noise, and real scenes of at least twice the signal-to-noise ratio of the simulated scan.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from enhancement.core.evaluation_cases import CLEAN_MARGIN, FULL_SCALE
from enhancement.core.lesions import Lesion, insert_faint_lesions, template_contrast
from enhancement.core.noise import foreground, make_g_map, make_window, rician_mean, simulate, through_window
from enhancement.core.noise_level import blind_sigma
from enhancement.core.observer import MIN_PATCHES, Detectability, detectability, dog_channels, responses
from enhancement.core.peers import Method
from readerstudy.core.errors import BadData

Floats = NDArray[np.floating]

SNRS = (8, 15, 25)  # above, every lesion of the bench is seen
OVERALL = "all"
PATCH_PX = 23  # the border that `insert_faint_lesions` keeps allows 11 pixels each way
SIGNS = {"bright": 1, "dark": -1}
ZERO_FILL = 1.3
WINDOW = "elliptical"
INTERNAL_NOISE = 0.0
_BOOTSTRAP = 400


@dataclass(frozen=True, eq=False)
class Scene:
    """image_yx : (Y, X) of any unit. native_snr : of the image itself, infinite where it was drawn without noise."""

    image_yx: Floats
    native_snr: float

    @property
    def is_drawn(self) -> bool:
        return self.native_snr == float("inf")

    def is_clean_for(self, snr: float) -> bool:
        return self.native_snr >= CLEAN_MARGIN * snr


def drawn_scene(image_yx: Floats) -> Scene:
    return Scene(image_yx, float("inf"))


def real_scene(image_yx: Floats) -> Scene:
    """With the larger of two estimates of its own noise: wavelets miss what a scanner's interpolation smoothed, and
    air tells nothing where it was masked (`noise_level`). Where both fail a scene passes for cleaner than it is."""
    volume = np.asarray(image_yx[None], np.float32)
    return Scene(image_yx, float(volume[foreground(volume)].mean() / blind_sigma(volume)))


CLEAN = "clean scenes"
DRAWN = "of these phantoms"
NOISY = "scenes with noise of their own"
EVERY = "all scenes"
# Which scenes belong to a group, at a noise level of the simulated scan.
SCENE_GROUPS: dict[str, Callable[[Scene, float], bool]] = {
    CLEAN: lambda scene, snr: scene.is_clean_for(snr),
    DRAWN: lambda scene, snr: scene.is_drawn,
    NOISY: lambda scene, snr: not scene.is_clean_for(snr),
    EVERY: lambda scene, snr: True,
}


@dataclass(frozen=True)
class Place:
    """One lesion of one noise realisation. Patches are (side, side), in units of the tissue's signal there.

    before, after : with the lesion; absent_before, absent_after : the same place without it.
    response_before, response_after : matched-filter response where no lesion is, same unit.
    """

    scene: int
    sign: int
    before: Floats
    after: Floats
    absent_before: Floats
    absent_after: Floats
    response_before: float
    response_after: float


@dataclass(frozen=True)
class LesionResult:
    """One noise level and sign, or all of them, in one of `SCENE_GROUPS`.

    ratio : d' after over d' before, with its 95 % interval (bootstrap over scenes).
    false_response : the 99th percentile of the matched filter's response without a lesion, after over before:
    above 1 something appears that was not there.
    """

    group: str
    places: int
    before: Detectability
    after: Detectability
    ratio: float
    ratio_low: float
    ratio_high: float
    false_response: float
    scenes: str = EVERY


@dataclass(frozen=True)
class Retention:
    """What a noise-free acquisition keeps of its lesions' contrast, and the largest change where there is none."""

    kept: float
    largest_change: float


def run_bench(
    scenes: Sequence[Scene], method: Method, *, snrs: Sequence[int] = SNRS, realisations: int, seed: int
) -> tuple[LesionResult, ...]:
    """For each group of scenes a row for each noise level and sign, and one over all of them, the mean ratio.

    A row whose group has too few lesions for the observer is left out. Raises BadData where all of them are.
    """
    images = [scene.image_yx for scene in scenes]
    places = {snr: collect_places(images, method, snr=snr, realisations=realisations, seed=seed) for snr in snrs}
    results = []
    for name, belongs in SCENE_GROUPS.items():
        chosen = {
            snr: tuple(place for place in found if belongs(scenes[place.scene], snr)) for snr, found in places.items()
        }
        results += [replace(row, scenes=name) for row in summarise(chosen, seed=seed)]
    if not results:
        raise BadData(f"The observer needs {MIN_PATCHES} lesions of a kind: more scenes or realisations are needed.")
    return tuple(results)


def overall(results: Sequence[LesionResult], scenes: str) -> LesionResult | None:
    """The row over all noise levels of one group of scenes, where it has one."""
    return next((row for row in results if (row.scenes, row.group) == (scenes, OVERALL)), None)


def collect_places(
    scenes: Sequence[Floats], method: Method, *, snr: int, realisations: int, seed: int
) -> tuple[Place, ...]:
    """Acquire, process and cut out. scenes : clean (Y, X) images of any unit."""
    places: list[Place] = []
    for index, scene in enumerate(scenes):
        rng = np.random.default_rng([seed, index, snr])
        clean = _scaled(scene)
        present, lesions = insert_faint_lesions(clean, rng=rng)
        for _ in range(realisations):
            places.extend(_places_of(index, clean, present, lesions, method, snr, rng))
    return tuple(places)


def summarise(places_by_snr: dict[int, tuple[Place, ...]], *, seed: int) -> tuple[LesionResult, ...]:
    """A row for each noise level and sign that has places enough, and one over all; none where none has."""
    members = {
        f"SNR {snr}, {name}": [place for place in places if place.sign == sign]
        for snr, places in places_by_snr.items()
        for name, sign in SIGNS.items()
    }
    rows = [_result(group, places, seed) for group, places in members.items() if _suffice(places)]
    return (*rows, _overall(rows)) if rows else ()


def _suffice(places: Sequence[Place]) -> bool:
    """Of one scene there is no interval, whatever its lesions."""
    return len(places) >= MIN_PATCHES and len({place.scene for place in places}) > 1


def noise_free_retention(scenes: Sequence[Floats], method: Method, *, seed: int) -> Retention:
    """The method on acquisitions without any noise, which it should leave as they are."""
    kept = inserted = largest = 0.0
    for index, scene in enumerate(scenes):
        clean = _scaled(scene)
        present, lesions = insert_faint_lesions(clean, rng=np.random.default_rng([seed, index]))
        window = make_window(clean.shape, zero_fill=ZERO_FILL, kind=WINDOW)
        shown, absent = (np.abs(through_window(image, window).real).astype(np.float32) for image in (present, clean))
        output, control = (method(image[None])[0] for image in (shown, absent))
        for lesion in lesions:
            truth = template_contrast(shown - absent, lesion)
            kept += template_contrast(output - control, lesion) * float(np.sign(truth))
            inserted += abs(truth)
            largest = max(largest, abs(template_contrast(control - absent, lesion)) / max(abs(truth), 1e-9))
    if inserted == 0:
        raise BadData("No scene has homogeneous tissue for a lesion.")
    return Retention(kept / inserted, largest)


def _scaled(scene: Floats) -> NDArray[np.float32]:
    return np.asarray(np.clip(scene, 0, None) / max(float(np.percentile(scene, 99.9)), 1e-9) * FULL_SCALE, np.float32)


def _places_of(
    index: int,
    clean: Floats,
    present: Floats,
    lesions: Sequence[Lesion],
    method: Method,
    snr: int,
    rng: np.random.Generator,
) -> Iterator[Place]:
    window = make_window(clean.shape, zero_fill=ZERO_FILL, kind=WINDOW)
    g_map = make_g_map(clean.shape, g_max=1.6, rng=rng)
    with_lesions, without = (
        simulate(image[None], window=window, g_map=g_map, snr=snr, rng=rng) for image in (present, clean)
    )
    background = rician_mean(without.noise_free_zyx, np.maximum(without.sigma, 1e-6))[0]
    noisy, absent = with_lesions.noisy_zyx, without.noisy_zyx
    after, absent_after = method(noisy), method(absent)
    for lesion in lesions:
        level = max(float(_cut(background, lesion).mean()), 1e-9)
        errors = [(image[0] - background) / level for image in (noisy, after, absent, absent_after)]
        before, after_yx, absent_before, absent_after_yx = (_cut(error, lesion) for error in errors)
        yield Place(
            scene=index,
            sign=int(np.sign(lesion.contrast)),
            before=before,
            after=after_yx,
            absent_before=absent_before,
            absent_after=absent_after_yx,
            response_before=abs(template_contrast(errors[2], lesion)),
            response_after=abs(template_contrast(errors[3], lesion)),
        )


def _cut(image: Floats, lesion: Lesion) -> Floats:
    reach = PATCH_PX // 2
    part = image[lesion.y - reach : lesion.y + reach + 1, lesion.x - reach : lesion.x + reach + 1]
    return part.copy()  # a view would keep the whole image in memory


def _result(group: str, places: Sequence[Place], seed: int) -> LesionResult:
    channels = dog_channels(PATCH_PX)
    parts = {
        name: responses(np.stack([getattr(place, name) for place in places]), channels)
        for name in ("before", "after", "absent_before", "absent_after")
    }
    scenes = np.array([place.scene for place in places])
    before, after = _both(parts, np.arange(len(places)))
    low, high = np.percentile(_resampled_ratios(parts, scenes, seed), [2.5, 97.5])
    extremes = [np.percentile([getattr(p, name) for p in places], 99) for name in ("response_before", "response_after")]
    return LesionResult(
        group=group,
        places=len(places),
        before=before,
        after=after,
        ratio=after.d_prime / before.d_prime,
        ratio_low=float(low),
        ratio_high=float(high),
        false_response=float(extremes[1] / max(extremes[0], 1e-12)),
    )


def _both(parts: dict[str, Floats], chosen: NDArray[np.intp]) -> tuple[Detectability, Detectability]:
    before = detectability(parts["before"][chosen], parts["absent_before"][chosen], internal_noise=INTERNAL_NOISE)
    after = detectability(parts["after"][chosen], parts["absent_after"][chosen], internal_noise=INTERNAL_NOISE)
    return before, after


def _resampled_ratios(parts: dict[str, Floats], scenes: NDArray[np.int_], seed: int) -> list[float]:
    """Whole scenes are drawn: the places of one are not independent."""
    rng = np.random.default_rng([seed, 9])
    members = [np.flatnonzero(scenes == scene) for scene in np.unique(scenes)]
    ratios = []
    for _ in range(_BOOTSTRAP):
        chosen = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if len(chosen) < MIN_PATCHES:
            continue
        before, after = _both(parts, rng.permutation(chosen))
        ratios.append(after.d_prime / before.d_prime)
    return ratios


def _overall(rows: Sequence[LesionResult]) -> LesionResult:
    """Means of the rows; the interval is that of the mean of independent rows on the logarithmic scale."""
    logs = np.log([row.ratio for row in rows])
    errors = [(np.log(row.ratio_high) - np.log(row.ratio_low)) / 3.92 for row in rows]
    error = float(np.sqrt(np.sum(np.square(errors))) / len(rows))
    ratio = float(np.exp(logs.mean()))
    return LesionResult(
        group=OVERALL,
        places=sum(row.places for row in rows),
        before=_mean_of([row.before for row in rows]),
        after=_mean_of([row.after for row in rows]),
        ratio=ratio,
        ratio_low=ratio * float(np.exp(-1.96 * error)),
        ratio_high=ratio * float(np.exp(1.96 * error)),
        false_response=float(np.mean([row.false_response for row in rows])),
    )


def _mean_of(all_of_them: Sequence[Detectability]) -> Detectability:
    return Detectability(
        float(np.mean([one.d_prime for one in all_of_them])), float(np.mean([one.auc for one in all_of_them]))
    )
