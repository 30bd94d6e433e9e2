"""The new value of one element for each action of the table; None when nothing is left of it."""

import hmac
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from readerstudy.core.deid_table import Action
from readerstudy.core.elements import text
from readerstudy.core.person import capped_age_years, identity_tokens, parse_date
from readerstudy.core.vocabulary import REGION_OF_CODE, clean_words

LONGEST_SHIFT_DAYS = 3650
CODE = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2, CS
SHORT_NUMBER = re.compile(r"[0-9]{1,4}")
EQUIPMENT = re.compile(r"[A-Za-z0-9 ._:+/*()-]{1,64}")
DUMMIES = {"PN": "REMOVED", "LO": "REMOVED", "SH": "REMOVED", "CS": "REMOVED", "DA": "19000101", "TM": "000000"}
CLOSED_LISTS = {
    "Modality": frozenset({"MR"}),
    "PhotometricInterpretation": frozenset({"MONOCHROME1", "MONOCHROME2"}),
    "PatientSex": frozenset({"M", "F", "O"}),
    "BurnedInAnnotation": frozenset({"YES", "NO"}),
}


@dataclass(frozen=True)
class Person:
    """What the engine needs to know of the participant while it works."""

    key: bytes = field(repr=False)
    code: str
    names: frozenset[str] = field(repr=False)
    shift: timedelta = field(repr=False)
    age: str | None
    # UIDs and dates that we made ourselves, of a series that left us and came back: they stay.
    ours: frozenset[str] = frozenset()


def person_of(dataset: Dataset, *, key: bytes, participant_code: str, ours: frozenset[str] = frozenset()) -> Person:
    age = capped_age_years(dataset)
    days = int.from_bytes(hmac.digest(key, f"dates\0{participant_code}".encode(), "sha256")[:8])
    return Person(
        key=key,
        code=participant_code,
        names=identity_tokens(dataset),
        shift=timedelta(days=-1 - days % LONGEST_SHIFT_DAYS),
        age=None if age is None else f"{age:03d}Y",
        ours=ours,
    )


def replacement_uid(uid: str, *, key: bytes) -> str:
    """Return the keyed 2.25 identifier for one of the source (PS3.5 B.2); those of the standard stay."""
    if UID(uid).name != uid:  # it has a name, so it is registered
        return uid
    digest = hmac.digest(key, f"uid\0{uid}".encode(), "sha256")
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}"


def new_value(element: DataElement, action: Action, person: Person) -> Any | None:
    """Return the value that stays for an element that is no searched sequence; None to leave it out."""
    if element.is_empty:
        return None if action is Action.REMOVE else element.value
    return VALUES[action](element, person)


def _strings(element: DataElement) -> list[str]:
    return [str(value) for value in ([element.value] if element.VM <= 1 else element.value)]


def _kept(element: DataElement, person: Person) -> Any | None:
    if element.VR not in ("LO", "SH"):
        return element.value
    return [value for value in _strings(element) if EQUIPMENT.fullmatch(value)] or None


def _replaced_uids(element: DataElement, person: Person) -> Any | None:
    return [value if value in person.ours else replacement_uid(value, key=person.key) for value in _strings(element)]


def _shifted(element: DataElement, person: Person) -> Any | None:
    """The day moves by the participant's shift; the time of day goes."""
    if str(element.value) in person.ours:
        return element.value
    day = parse_date(str(element.value))
    if day is None or day.toordinal() + person.shift.days < 1:
        return None
    return (day + person.shift).strftime("%Y%m%d")


def _words(element: DataElement, person: Person) -> Any | None:
    words = " ".join(clean_words(" ".join(_strings(element)), forbidden=person.names))
    limit = 16 if element.VR == "CS" else 64  # PS3.5 6.2
    return words[:limit].rstrip() or None


def _code(element: DataElement, person: Person) -> Any | None:
    found = _strings(element)
    if element.keyword in CLOSED_LISTS:
        return [value for value in found if value in CLOSED_LISTS[element.keyword]] or None
    safe = [CODE.fullmatch(v) is not None and not _names_the_person(v, person) for v in found]
    if element.keyword == "ImageType":  # its values mean something by their place
        return [value if ok else "OTHER" for value, ok in zip(found, safe, strict=True)]
    return [value for value, ok in zip(found, safe, strict=True) if ok] or None


def _names_the_person(code: str, person: Person) -> bool:
    """Short codes such as SE are names somewhere in the world, too: they say nothing."""
    return any(word in person.names for word in code.split() if len(word) > 3)


def _label(element: DataElement, person: Person) -> Any | None:
    value = str(element.value)
    return value if SHORT_NUMBER.fullmatch(value) else None


def _token(element: DataElement, person: Person) -> Any | None:
    return hmac.digest(person.key, f"device\0{element.value}".encode(), "sha256").hex()[:16]


def _region(element: DataElement, person: Person) -> Any | None:
    """Of an anatomic region only the codes that we know stay, without their free text."""
    codes = [text(item, "CodeValue") for item in element.value if isinstance(item, Dataset)]
    return [_region_code(code) for code in codes if code in REGION_OF_CODE] or None


def _region_code(value: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = "SRT" if value.startswith("T-") else "SCT"
    code.CodeMeaning = f"{REGION_OF_CODE[value].capitalize()} spine"
    return code


VALUES: dict[Action, Callable[[DataElement, Person], Any | None]] = {
    Action.KEEP: _kept,
    Action.REMOVE: lambda element, person: None,
    Action.EMPTY: lambda element, person: [] if element.VR == "SQ" else "",
    Action.DUMMY: lambda element, person: DUMMIES.get(element.VR),
    Action.UID: _replaced_uids,
    Action.SHIFT: _shifted,
    Action.WORDS: _words,
    Action.CODE: _code,
    Action.LABEL: _label,
    Action.TOKEN: _token,
    Action.REGION: _region,
    Action.AGE: lambda element, person: person.age,
    Action.PARTICIPANT: lambda element, person: person.code,
}
