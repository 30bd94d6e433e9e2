"""A question to an archive, and what it found: studies with their series.

What is found names patients. It is for the page of whoever asked, and is stored and logged nowhere.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from readerstudy.core.errors import BadInput
from readerstudy.core.part10 import is_uid

MOST_STUDIES = 25
MOST_SERIES = 100  # of one study
LONGEST_TEXT = 64
# PS3.4 C.2.2.2: wild cards, and the separator of several values. Only our own stand in a question.
SPECIAL = re.compile(r"[*?\\]")
SERIES_PLACE = re.compile(r"([0-9.]{3,64})/([0-9.]{3,64})(?:/([0-9]{1,9}))?")


@dataclass(frozen=True)
class Question:
    """What is searched for; empty parts do not matter. Raises BadInput where it would ask for everything."""

    patient_id: str = ""
    accession: str = ""
    since: date | None = None
    until: date | None = None
    description: str = ""
    modality: str = "MR"

    def __post_init__(self) -> None:
        if not (self.patient_id or self.accession or self.since or self.until or self.description):
            raise BadInput("Say what to search for: a patient ID, an accession number, a date or a description.")
        for text in (self.patient_id, self.accession, self.description, self.modality):
            if SPECIAL.search(text) or not text.isprintable() or len(text) > LONGEST_TEXT:
                raise BadInput(f"Search without * ? \\ and with at most {LONGEST_TEXT} characters.")
        if self.since and self.until and self.since > self.until:
            raise BadInput("The first date is after the last one.")

    def keys(self) -> dict[str, str]:
        """The matching keys of the study level by keyword, as C-FIND and QIDO-RS both write them (PS3.4 C.2.2.2)."""
        found = {
            "PatientID": self.patient_id,
            "AccessionNumber": self.accession,
            "StudyDate": self._dates(),
            "StudyDescription": "*".join(["", *words, ""]) if (words := self.description.split()) else "",
            "ModalitiesInStudy": self.modality,
        }
        return {keyword: value for keyword, value in found.items() if value}

    def _dates(self) -> str:
        if self.since and self.since == self.until:
            return f"{self.since:%Y%m%d}"
        first = f"{self.since:%Y%m%d}" if self.since else ""
        last = f"{self.until:%Y%m%d}" if self.until else ""
        return f"{first}-{last}" if first or last else ""

    def to_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Question":
        days = {name: date.fromisoformat(values[name]) if values[name] else None for name in ("since", "until")}
        return cls(**{**values, **days})


@dataclass(frozen=True)
class FoundSeries:
    """One series; `images` is None where the archive does not tell."""

    uid: str
    number: int | None = None
    modality: str = ""
    description: str = ""
    images: int | None = None


@dataclass(frozen=True)
class FoundStudy:
    """One examination with those of its series that were asked for."""

    uid: str
    patient_id: str = ""
    patient_name: str = ""
    date: str = ""
    description: str = ""
    accession: str = ""
    series: tuple[FoundSeries, ...] = ()

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "FoundStudy":
        return cls(**{**values, "series": tuple(FoundSeries(**one) for one in values["series"])})


@dataclass(frozen=True)
class Found:
    """The answer; `more` where the archive has more than are listed."""

    studies: tuple[FoundStudy, ...] = ()
    more: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Found":
        return cls(tuple(FoundStudy.from_json(one) for one in values["studies"]), bool(values["more"]))


@dataclass(frozen=True)
class SeriesPlace:
    """Where one series lies, as a page sends it back: STUDY/SERIES, or STUDY/SERIES/NUMBER."""

    study_uid: str
    series_uid: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.study_uid}/{self.series_uid}" + ("" if self.number is None else f"/{self.number}")


def parse_place(text: str) -> SeriesPlace:
    """Raises BadInput where the text does not name a series."""
    match = SERIES_PLACE.fullmatch(text)
    if match is None or not is_uid(match[1]) or not is_uid(match[2]):
        raise BadInput("That names no series of an archive: search again.")
    return SeriesPlace(match[1], match[2], int(match[3]) if match[3] else None)


def study_from(values: Mapping[str, str]) -> FoundStudy | None:
    """A study from the values of its attributes by keyword; None where it has no usable UID."""
    uid = values.get("StudyInstanceUID", "").strip("\0 ")
    if not is_uid(uid):
        return None
    return FoundStudy(
        uid=uid,
        patient_id=clean(values.get("PatientID", "")),
        patient_name=clean(values.get("PatientName", "").replace("^", " ")),
        date=_day(values.get("StudyDate", "")),
        description=clean(values.get("StudyDescription", "")),
        accession=clean(values.get("AccessionNumber", "")),
    )


def series_from(values: Mapping[str, str]) -> FoundSeries | None:
    """A series from the values of its attributes by keyword; None where it has no usable UID."""
    uid = values.get("SeriesInstanceUID", "").strip("\0 ")
    if not is_uid(uid):
        return None
    return FoundSeries(
        uid=uid,
        number=_count(values.get("SeriesNumber", "")),
        modality=clean(values.get("Modality", "")),
        description=clean(values.get("SeriesDescription", "")),
        images=_count(values.get("NumberOfSeriesRelatedInstances", "")),
    )


def clean(text: str) -> str:
    """One short printable line of whatever an archive sent."""
    printable = "".join(character if character.isprintable() else " " for character in text[: 4 * LONGEST_TEXT])
    return " ".join(printable.split())[:LONGEST_TEXT]


def _day(text: str) -> str:
    """2026-01-31 of 20260131; anything else stays as it is."""
    text = clean(text)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"[0-9]{8}", text) else text


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def is_asked_for(study: FoundStudy, question: Question) -> bool:
    """Some archives answer with more than was asked for, where they do not know a key: nobody else is shown."""
    return all(
        not asked or not told or asked.strip().casefold() == told.casefold()
        for asked, told in ((question.patient_id, study.patient_id), (question.accession, study.accession))
    )


def with_series(study: FoundStudy, series: Iterable[FoundSeries], question: Question) -> FoundStudy:
    """The study with those series that are of the modality, in their order."""
    wanted = [one for one in series if not question.modality or one.modality in ("", question.modality)]
    ordered = sorted(wanted, key=lambda one: (one.number is None, one.number or 0, one.uid))
    return replace(study, series=tuple(ordered[:MOST_SERIES]))
