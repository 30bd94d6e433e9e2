"""Make the display stacks of an image set: one geometry, one scale, one window a pair, from all arms together."""

from collections.abc import Mapping, Sequence

import numpy as np
from django.db import transaction

from readerstudy import queries
from readerstudy.core import checks, display
from readerstudy.core.blinding import StackGeometry, edge_letters
from readerstudy.core.parameters import SeriesParameters
from readerstudy.core.series import SeriesVolume
from readerstudy.models import Comparison, DisplayState, ImageSet, Pair, Series
from readerstudy.services import archive, files


def build(image_set: ImageSet) -> None:
    """Write the stacks of all arms that readers see and the pairs' windows; safe to run twice."""
    comparisons = list(image_set.study.comparisons.select_related("arm_a", "arm_b"))
    wanted = {arm.code for comparison in comparisons for arm in (comparison.arm_a, comparison.arm_b)}
    series = {code: one for code, one in queries.arms_of_set(image_set).items() if code in wanted}
    if set(series) != wanted:
        _set_state(image_set, DisplayState.INCOMPLETE, [])
        return
    volumes = {code: archive.load_volume(one) for code, one in series.items()}
    parameters = {code: SeriesParameters.from_json(one.parameters) for code, one in series.items()}
    findings = checks.set_findings({code: (volumes[code], parameters[code]) for code in volumes})
    if any(finding.severity == "error" for finding in findings):
        _set_state(image_set, DisplayState.BLOCKED, findings)
        return
    _write(image_set, comparisons, series, volumes, findings)


def _set_state(image_set: ImageSet, state: DisplayState, findings: list[checks.Finding]) -> None:
    image_set.display_state = state
    image_set.findings = [{"code": one.code, "severity": one.severity, "message": one.message} for one in findings]
    image_set.save(update_fields=("display_state", "findings"))


def _write(
    image_set: ImageSet,
    comparisons: list[Comparison],
    series: Mapping[str, Series],
    volumes: Mapping[str, SeriesVolume],
    findings: list[checks.Finding],
) -> None:
    values = {code: volume.values_zyx for code, volume in volumes.items()}
    scale = display.display_scale(list(values.values()))
    invert = next(iter(volumes.values())).photometric == "MONOCHROME1"
    stacks = {code: display.to_display(one, scale, invert=invert) for code, one in values.items()}
    stored = {
        code: files.store(image_set.study, "display", display.pack_stack(stack), suffix=".rsd")
        for code, stack in stacks.items()
    }
    with transaction.atomic():
        for code, one in series.items():
            one.display = stored[code]
            one.save(update_fields=("display",))
        image_set.geometry = _geometry(next(iter(volumes.values()))).to_json()
        image_set.save(update_fields=("geometry",))
        for comparison in comparisons:
            _write_pair(image_set, comparison, stacks)
        _set_state(image_set, DisplayState.READY, findings)


def _write_pair(image_set: ImageSet, comparison: Comparison, stacks: Mapping[str, np.ndarray]) -> None:
    window = display.display_window(stacks[comparison.arm_a.code], stacks[comparison.arm_b.code])
    Pair.objects.update_or_create(
        image_set=image_set,
        comparison=comparison,
        defaults={"window_center": window.center, "window_width": window.width},
    )


def _geometry(volume: SeriesVolume) -> StackGeometry:
    slices, rows, columns = volume.stored_zyx.shape
    z, y, x = (round(float(value), 4) for value in volume.spacing_mm)
    letters: dict[str, str] = {}
    if volume.has_geometry:
        letters = edge_letters(_cosine(volume.row_cosine), _cosine(volume.column_cosine))
    return StackGeometry(rows, columns, slices, (z, y, x), letters)


def _cosine(vector: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (float(part) for part in vector)
    return x, y, z
