"""Attributes of one frame, wherever the object keeps them (PS3.3 C.7.6.16).

Enhanced objects hold them in the frame's own functional groups or in the shared ones, classic objects at
the top level; the frame's own wins.
"""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from readerstudy.core.elements import items, number, numbers, text, texts


@dataclass(frozen=True)
class Attribute:
    """Where one attribute lives: (functional group or "", keyword) in the order in which to look."""

    places: tuple[tuple[str, str], ...]


def attribute(keyword: str, *grouped: tuple[str, str]) -> Attribute:
    return Attribute((*grouped, ("", keyword)))


class FrameAttributes:
    """Reads the attributes of one frame of a data set; the data set is not changed."""

    def __init__(self, dataset: Dataset, frame: int = 0) -> None:
        per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")
        shared = items(dataset, "SharedFunctionalGroupsSequence")
        own = [per_frame[frame]] if frame < len(per_frame) else []
        self._dataset = dataset
        self._groups = own + shared[:1]
        self.is_enhanced = bool(self._groups)

    def number(self, attribute_: Attribute) -> float | None:
        return next((v for d, k in self._places(attribute_) if (v := number(d, k)) is not None), None)

    def numbers(self, attribute_: Attribute, count: int) -> tuple[float, ...] | None:
        return next((v for d, k in self._places(attribute_) if (v := numbers(d, k, count)) is not None), None)

    def text(self, attribute_: Attribute) -> str | None:
        return next((v for d, k in self._places(attribute_) if (v := text(d, k)) is not None), None)

    def texts(self, attribute_: Attribute) -> tuple[str, ...]:
        return next((v for d, k in self._places(attribute_) if (v := texts(d, k))), ())

    def _places(self, attribute_: Attribute) -> list[tuple[Dataset, str]]:
        return [(found, keyword) for group, keyword in attribute_.places for found in self._datasets(group)]

    def _datasets(self, group: str) -> list[Dataset]:
        if not group:
            return [self._dataset]
        return [item for holder in self._groups for item in items(holder, group)[:1]]
