"""What a header says about the person: the pseudonym, the words to be kept out of texts, sex and capped age."""

import hmac
from datetime import date

from pydicom.dataset import Dataset

from readerstudy.core.elements import text
from readerstudy.core.errors import NoPatientIdentity
from readerstudy.core.vocabulary import tokens

OLDEST_YEARS = 90  # ages above are shown as this: HIPAA 45 CFR 164.514(b)(2)(i)(C)
YEARS_OF_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}  # PS3.5 6.2, AS
IDENTITY_KEYWORDS = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
)


def participant_pseudonym(dataset: Dataset, *, key: bytes) -> str:
    """Return the keyed HMAC-SHA-256 in hex of patient id and issuer: the same person, the same pseudonym.

    Raises
    ------
    NoPatientIdentity
        When the patient id is empty. Without one, two persons could become one participant.
    """
    patient_id = text(dataset, "PatientID")
    if patient_id is None:
        raise NoPatientIdentity("The patient id is empty. Say by hand to which participant these files belong.")
    issuer = text(dataset, "IssuerOfPatientID") or ""
    return hmac.digest(key, f"participant\0{patient_id}\0{issuer}".encode(), "sha256").hex()


def identity_tokens(dataset: Dataset) -> frozenset[str]:
    """Return the words of the patient's names and identifiers, which no cleaned text may keep."""
    found = (tokens(text(dataset, keyword) or "") for keyword in IDENTITY_KEYWORDS)
    return frozenset(token for words in found for token in words if len(token) > 1)


def capped_age_years(dataset: Dataset) -> int | None:
    """Return the age in whole years at the study, at most 90, from the age or else from the dates."""
    stated = text(dataset, "PatientAge") or ""
    if len(stated) == 4 and stated[:3].isdigit() and stated[3] in YEARS_OF_UNIT:
        return min(int(int(stated[:3]) * YEARS_OF_UNIT[stated[3]]), OLDEST_YEARS)
    birth = parse_date(text(dataset, "PatientBirthDate"))
    study = parse_date(text(dataset, "StudyDate"))
    if birth is None or study is None or study < birth:
        return None
    years = study.year - birth.year - ((study.month, study.day) < (birth.month, birth.day))
    return min(years, OLDEST_YEARS)


def parse_date(value: str | None) -> date | None:
    """Return the date of a DA or DT value; None when it is partial or impossible."""
    digits = (value or "")[:8]
    if len(digits) != 8 or not digits.isdigit():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
