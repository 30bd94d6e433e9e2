"""A series that comes back: made elsewhere from one that we had de-identified and sent away.

It bears our own codes and UIDs, so it must not be taken for a new patient. Who sent what is known by a later app, which
the settings name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.module_loading import import_string
from pydicom.dataset import Dataset

from readerstudy.core.errors import BadInput
from readerstudy.models import Arm, Series, Upload


class CannotTell(BadInput):
    """It was made from something that we sent, but from which series cannot be told."""


@dataclass(frozen=True)
class Returned:
    """Where a series that came back belongs.

    arm : None where `place` is taken by another series. ours : UIDs and dates that we put in, which stay as they are.
    record : to be called with the stored series, in the same transaction.
    """

    source: Series
    place: Arm
    arm: Arm | None
    ours: frozenset[str] = field(repr=False)
    record: Callable[[Series], None] = field(repr=False)

    def words_for_a_second(self) -> str:
        where = self.source.image_set.code if self.source.image_set else "the image set"
        return f"{where} has a series for {self.place} already. Remove that one first, then send this one again."


def returned_from(upload: Upload, datasets: Sequence[Dataset]) -> Returned | None:
    """What these instances, as they came, were made from; None where they were made from nothing of ours.

    Raises CannotTell.
    """
    matcher: Callable[[Upload, Sequence[Dataset]], Returned | None] = import_string(settings.RETURN_MATCHER)
    return matcher(upload, datasets)
