"""Recognise what a node made from a series that we sent: by the references of its header, else by where it lies."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset

from readerstudy.core.elements import items, numbers, text

MICROMETRE = 3  # decimals of a millimetre: nodes write positions anew


@dataclass(frozen=True)
class Sent:
    """A series as it left: its UIDs, and the positions of its slices in mm, in any order."""

    study_uid: str
    series_uid: str
    frame_uid: str
    instance_uids: frozenset[str] = field(repr=False)
    positions: tuple[str, ...] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "instance_uids": sorted(self.instance_uids), "positions": list(self.positions)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Sent":
        lists = {
            "instance_uids": frozenset(values["instance_uids"]),
            "positions": tuple(values["positions"]),
        }
        return cls(**{**values, **lists})


def sent_of(datasets: Iterable[Dataset]) -> Sent:
    """What to remember of a series that is sent."""
    found = list(datasets)
    return Sent(
        study_uid=text(found[0], "StudyInstanceUID") or "",
        series_uid=text(found[0], "SeriesInstanceUID") or "",
        frame_uid=text(found[0], "FrameOfReferenceUID") or "",
        instance_uids=frozenset(text(one, "SOPInstanceUID") or "" for one in found),
        positions=positions_of(found),
    )


def uids_and_dates(dataset: Dataset) -> frozenset[str]:
    """Every UID and date of a header, however deep (PS3.5 6.2)."""
    found: set[str] = set()
    for element in dataset.iterall():
        if element.VR in ("UI", "DA") and not element.is_empty:
            found.update(str(value) for value in ([element.value] if element.VM <= 1 else element.value))
    return frozenset(found)


def sources_of(datasets: Sequence[Dataset], sent: Mapping[int, Sent]) -> tuple[int, ...]:
    """The keys of those series that these instances can be made from; one where it is clear, none where it is none.

    A reference decides (PS3.3 C.7.6.1.1.4 Source Image Sequence, C.12.2 Common Instance Reference, and the derivation
    functional group C.7.6.16.2.6). Without one: the same study, frame of reference and slice positions.
    """
    instances, series = _references(datasets)
    named = tuple(key for key, one in sent.items() if one.series_uid in series or one.instance_uids & instances)
    if named:
        return named
    study, frame = text(datasets[0], "StudyInstanceUID"), text(datasets[0], "FrameOfReferenceUID")
    places = Counter(positions_of(datasets))
    return tuple(
        key
        for key, one in sent.items()
        if one.study_uid == study and one.frame_uid and one.frame_uid == frame and Counter(one.positions) == places
    )


def is_of_a_sent_study(datasets: Sequence[Dataset], sent: Iterable[Sent]) -> bool:
    """Whether they bear the study UID of something that we sent."""
    return text(datasets[0], "StudyInstanceUID") in {one.study_uid for one in sent}


def positions_of(datasets: Iterable[Dataset]) -> tuple[str, ...]:
    """Where the slices lie, as text that two programs write alike."""
    return tuple(sorted(_position(place) for one in datasets for place in _placed(one)))


def _placed(dataset: Dataset) -> list[Dataset]:
    """What holds a position: the instance itself, or one item for each frame (PS3.3 C.7.6.16.2.3)."""
    frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    return [place for frame in frames for place in items(frame, "PlanePositionSequence")] or [dataset]


def _position(dataset: Dataset) -> str:
    found = numbers(dataset, "ImagePositionPatient", 3)
    return "" if found is None else " ".join(f"{round(mm, MICROMETRE) + 0.0:.3f}" for mm in found)


def _references(datasets: Iterable[Dataset]) -> tuple[frozenset[str], frozenset[str]]:
    """The instances and the series that the headers name."""
    instances: set[str] = set()
    series: set[str] = set()
    for dataset in datasets:
        for holder in _holders(dataset):
            for item in items(holder, "SourceImageSequence"):
                instances.add(text(item, "ReferencedSOPInstanceUID") or "")
            for item in items(holder, "ReferencedSeriesSequence"):
                series.add(text(item, "SeriesInstanceUID") or "")
                listed = items(item, "ReferencedInstanceSequence") or items(item, "ReferencedSOPSequence")
                instances.update(text(one, "ReferencedSOPInstanceUID") or "" for one in listed)
    return frozenset(instances - {""}), frozenset(series - {""})


def _holders(dataset: Dataset) -> list[Dataset]:
    """The instance, its evidence, and the derivations of its frames."""
    groups = [
        *items(dataset, "SharedFunctionalGroupsSequence"), *items(dataset, "PerFrameFunctionalGroupsSequence"),
    ]  # fmt: skip
    derivations = [one for group in groups for one in items(group, "DerivationImageSequence")]
    return [dataset, *items(dataset, "SourceImageEvidenceSequence"), *derivations]
