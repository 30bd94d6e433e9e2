"""Values of DICOM elements as plain Python, or None when absent, empty or unreadable.

Headers come from outside: no getter here raises on a bad value, and none invents one.
"""

import math
import warnings
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from typing import Any

from pydicom import config
from pydicom.dataset import Dataset

# pydicom's own words quote header values; what we say about a file is said by our errors alone.
config.settings.reading_validation_mode = config.IGNORE
config.logger.disabled = True


@contextmanager
def quiet_headers() -> Iterator[None]:
    """Keep warnings that quote header values out of logs; not thread-safe, like `warnings` itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def values(dataset: Dataset, keyword: str) -> list[Any]:
    """Return every value of an element; [] when it is absent, empty or unreadable."""
    try:
        value = dataset.get(keyword)
    except (ValueError, TypeError, AttributeError, NotImplementedError, OverflowError):
        return []
    if value is None or value == "":
        return []
    # Not "whatever can be iterated": a person's name can, letter by letter.
    return list(value) if isinstance(value, list | tuple | MutableSequence) else [value]


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    return tuple(text for value in values(dataset, keyword) if (text := str(value).strip(" \0")))


def text(dataset: Dataset, keyword: str) -> str | None:
    found = texts(dataset, keyword)
    return found[0] if found else None


def _finite(value: Any) -> float | None:
    try:
        number_ = float(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return number_ if math.isfinite(number_) else None


def numbers(dataset: Dataset, keyword: str, count: int) -> tuple[float, ...] | None:
    """Return exactly `count` finite numbers, or None."""
    found = tuple(_finite(value) for value in values(dataset, keyword))
    usable = tuple(value for value in found if value is not None)
    return usable if len(found) == len(usable) == count else None


def number(dataset: Dataset, keyword: str) -> float | None:
    found = values(dataset, keyword)
    return _finite(found[0]) if found else None


def integer(dataset: Dataset, keyword: str) -> int | None:
    value = number(dataset, keyword)
    return int(value) if value is not None and value == int(value) else None


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the items of a sequence; [] when it is absent or is no sequence."""
    return [item for item in values(dataset, keyword) if isinstance(item, Dataset)]
