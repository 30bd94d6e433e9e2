"""Instances to stacks: which frames belong together, and in which order along the normal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydicom.dataset import Dataset

from readerstudy.core.elements import quiet_headers, text
from readerstudy.core.findings import Finding
from readerstudy.core.frames import Frame, frames_of
from readerstudy.core.pixels import StoredPixels, pixel_sha256

# Direction cosines of slices of one stack differ by rounding of the exporter only; 0.01 is about 0.6 degrees.
ORIENTATION_TOLERANCE = 0.01


@dataclass(frozen=True, eq=False)
class Instance:
    """One accepted file. `name` is what the uploader called it; it may identify, so no message repeats it."""

    name: str
    dataset: Dataset = field(repr=False)
    stored: StoredPixels = field(repr=False)  # (F, Y, X)

    @property
    def sop_instance_uid(self) -> str:
        return text(self.dataset, "SOPInstanceUID") or ""

    @property
    def series_instance_uid(self) -> str:
        return text(self.dataset, "SeriesInstanceUID") or ""


@dataclass(frozen=True, eq=False)
class SeriesDraft:
    """The frames of one stack, not yet ordered, and what was seen while they were gathered.

    `part` counts the stacks that one series UID held (0 for the first); `findings` of severity error mean
    that the draft must be held.
    """

    series_instance_uid: str
    part: int
    instances: tuple[Instance, ...]
    frames: tuple[Frame, ...]
    findings: tuple[Finding, ...]

    @property
    def datasets(self) -> list[Dataset]:
        return [instance.dataset for instance in self.instances]


def group_instances(instances: Sequence[Instance]) -> list[SeriesDraft]:
    """Group accepted instances into stacks.

    By series UID first, then by shape, orientation, echo, image component, stack and time point, so that a
    UID which holds several stacks gives several drafts. Copies of an instance are dropped; one SOP instance
    UID with two different contents keeps the first and marks the drafts of that series with a warning.

    Returns
    -------
    list of SeriesDraft
        In order of series UID and of first appearance within it.
    """
    by_series: dict[str, list[Instance]] = defaultdict(list)
    for instance in instances:
        by_series[instance.series_instance_uid].append(instance)
    with quiet_headers():
        return [draft for uid in sorted(by_series) for draft in _drafts(uid, by_series[uid])]


def _drafts(uid: str, instances: list[Instance]) -> list[SeriesDraft]:
    unique, findings = _without_copies(instances)
    stacks = _stacks(frame for instance in unique for frame in frames_of(instance.dataset, instance.stored))
    if len({frames[0].shape for frames in stacks}) > 1:
        findings.append(Finding("mixed-shapes", "warning", "One series UID holds images of several sizes."))
    if len(stacks) > 1:
        words = f"One series UID held {len(stacks)} stacks; each is a series of its own here."
        findings.append(Finding("split", "info", words))
    return [
        SeriesDraft(
            series_instance_uid=uid,
            part=part,
            instances=_owners(unique, frames),
            frames=tuple(frames),
            findings=(*findings, *_mosaic_finding(frames)),
        )
        for part, frames in enumerate(stacks)
    ]


def _without_copies(instances: list[Instance]) -> tuple[list[Instance], list[Finding]]:
    seen: dict[str, Instance] = {}
    copies = conflicts = 0
    for instance in instances:
        first = seen.setdefault(instance.sop_instance_uid, instance)
        if first is instance:
            continue
        same = pixel_sha256(first.stored) == pixel_sha256(instance.stored)
        copies, conflicts = copies + same, conflicts + (not same)
    findings = []
    if copies:
        findings.append(Finding("duplicate-copy", "info", f"{copies} copies of other files were left out."))
    if conflicts:
        words = f"{conflicts} files carry the instance UID of another file but other pixels; the first one counts."
        findings.append(Finding("duplicate-instance", "warning", words))
    return list(seen.values()), findings


def _stacks(frames: Iterable[Frame]) -> list[list[Frame]]:
    stacks: list[list[Frame]] = []
    for frame in frames:
        home = next((stack for stack in stacks if _belong_together(stack[0], frame)), None)
        if home is None:
            stacks.append([frame])
        else:
            home.append(frame)
    return stacks


def _belong_together(a: Frame, b: Frame) -> bool:
    if a.shape != b.shape or a.stack_key != b.stack_key or (a.orientation is None) != (b.orientation is None):
        return False
    if a.orientation is None or b.orientation is None:
        return a.sop_instance_uid == b.sop_instance_uid or (a.position is None) == (b.position is None)
    return bool(np.allclose(a.orientation, b.orientation, rtol=0, atol=ORIENTATION_TOLERANCE))


def _owners(instances: list[Instance], frames: list[Frame]) -> tuple[Instance, ...]:
    used = {frame.sop_instance_uid for frame in frames}
    return tuple(instance for instance in instances if instance.sop_instance_uid in used)


def _mosaic_finding(frames: list[Frame]) -> list[Finding]:
    if not any(frame.is_mosaic for frame in frames):
        return []
    words = "The images are mosaics (many slices tiled in one). Export the slices as separate images."
    return [Finding("mosaic", "error", words)]
