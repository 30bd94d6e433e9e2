"""Make the display stacks of an image set: one frame, one scale, one window a pair, from all arms together."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from django.db import transaction

from readerstudy import queries
from readerstudy.core import checks, display, stack_file
from readerstudy.core.alignment import Alignment, align
from readerstudy.core.blinding import StackGeometry, edge_letters
from readerstudy.core.parameters import SeriesParameters
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Comparison, DisplayState, ImageSet, Pair, Series, StoredFile
from readerstudy.services import archive, cases, files


@dataclass(frozen=True)
class Shown:
    """What readers are to see of an image set, as the tables say it at one moment."""

    comparisons: tuple[Comparison, ...]
    arms: frozenset[str]
    series: Mapping[str, Series]

    @property
    def rows(self) -> tuple[object, ...]:
        """Two that are equal in this need the same stacks."""
        pairs = tuple((one.pk, one.arm_a_id, one.arm_b_id) for one in self.comparisons)
        return pairs, {code: one.pk for code, one in self.series.items()}


def build(image_set: ImageSet) -> None:
    """Write the stacks of all arms that readers see and the pairs' windows; safe to run twice.

    Raises WrongState once the study is sealed: what readers see must not change under them.
    """
    while not _build_once(image_set):
        pass  # a series or a comparison changed while the stacks were made


def _build_once(image_set: ImageSet) -> bool:
    shown = _shown(image_set)
    if set(shown.series) != shown.arms:
        return _conclude(image_set, shown, DisplayState.INCOMPLETE, [])
    volumes = {code: archive.load_volume(one) for code, one in shown.series.items()}
    parameters = {code: SeriesParameters.from_json(one.parameters) for code, one in shown.series.items()}
    findings = checks.set_findings({code: (volumes[code], parameters[code]) for code in volumes})
    if any(finding.severity == "error" for finding in findings):
        return _conclude(image_set, shown, DisplayState.BLOCKED, findings)
    stacks, alignment = _stacks(volumes), align(volumes)
    stored = {
        code: files.store(image_set.study, "display", _packed(stack, alignment, code), suffix=".rsd")
        for code, stack in stacks.items()
    }
    with transaction.atomic():
        if not _conclude(image_set, shown, DisplayState.READY, findings):
            return False
        _write(image_set, shown, stored, stacks)
        image_set.geometry = _geometry(volumes, alignment).to_json()
        image_set.save(update_fields=("geometry",))
    return True


def _shown(image_set: ImageSet) -> Shown:
    comparisons = tuple(image_set.study.comparisons.select_related("arm_a", "arm_b"))
    arms = frozenset(arm.code for comparison in comparisons for arm in (comparison.arm_a, comparison.arm_b))
    series = {code: one for code, one in queries.arms_of_set(image_set).items() if code in arms}
    return Shown(comparisons, arms, series)


@transaction.atomic
def _conclude(image_set: ImageSet, shown: Shown, state: DisplayState, findings: list[checks.Finding]) -> bool:
    """Write the outcome unless what it was made from changed meanwhile."""
    cases.editable(image_set.study)
    if _shown(image_set).rows != shown.rows:
        return False
    image_set.display_state = state
    image_set.findings = [asdict(finding) for finding in findings]
    image_set.save(update_fields=("display_state", "findings"))
    return True


def _stacks(volumes: Mapping[str, SeriesVolume]) -> dict[str, np.ndarray]:
    values = {code: volume.values_zyx for code, volume in volumes.items()}
    scale = display.display_scale(list(values.values()))
    invert = next(iter(volumes.values())).photometric == "MONOCHROME1"
    return {code: display.to_display(one, scale, invert=invert) for code, one in values.items()}


def _write(
    image_set: ImageSet, shown: Shown, stored: Mapping[str, StoredFile], stacks: Mapping[str, np.ndarray]
) -> None:
    for code, one in shown.series.items():
        one.display = stored[code]
        one.save(update_fields=("display",))
    for comparison in shown.comparisons:
        _write_pair(image_set, comparison, stacks)


def _write_pair(image_set: ImageSet, comparison: Comparison, stacks: Mapping[str, np.ndarray]) -> None:
    window = display.display_window(stacks[comparison.arm_a.code], stacks[comparison.arm_b.code])
    Pair.objects.update_or_create(
        image_set=image_set,
        comparison=comparison,
        defaults={"window_center": window.center, "window_width": window.width},
    )


def _packed(stack: np.ndarray, alignment: Alignment, code: str) -> bytes:
    return stack_file.pack_stack(stack, alignment.places[code], sources=alignment.sources[code], grid=alignment.grid)


def _geometry(volumes: Mapping[str, SeriesVolume], alignment: Alignment) -> StackGeometry:
    placed = [volume for _, volume in sorted(volumes.items()) if volume.has_geometry]
    letters = edge_letters(_cosine(placed[0].row_cosine), _cosine(placed[0].column_cosine)) if placed else {}
    return StackGeometry(
        *alignment.grid,
        slices=alignment.rungs,
        spacing_mm=(alignment.rung_mm, *alignment.pixel_mm),
        extent_mm=alignment.extent_mm,
        calibrated=bool(placed),
        orientation=letters,
    )


def _cosine(vector: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in vector)
    return x, y, z
