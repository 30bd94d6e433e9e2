"""The dictionary of the exported tables: every variable with its meaning, its short name and what it may hold."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from analysis.core.layouts import MISSING_REASONS

CODE = {"required": True, "pattern": "[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"}
LONGEST_NAME = 32  # SPSS allows 64 bytes, SAS 32


@dataclass(frozen=True)
class Variable:
    """One column. `name8` is its name in XPORT version 5, which has eight letters; `constraints` are Frictionless'."""

    name: str
    name8: str
    type: str  # string, integer, number
    label: str
    values: str = ""
    constraints: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Vocabulary:
    """What the codes of one study are: the closed lists behind its columns."""

    comparisons: tuple[str, ...]
    features: tuple[str, ...]
    scale_points: int

    @classmethod
    def of(cls, long: pd.DataFrame, *, scale_points: int) -> "Vocabulary":
        """The codes that stand in a long table of ratings."""
        return cls(tuple(sorted(set(long["comparison_id"]))), tuple(sorted(set(long["feature_id"]))), scale_points)


def _string(name: str, name8: str, label: str, constraints: Mapping[str, Any] | None = None) -> Variable:
    return Variable(name, name8, "string", label, constraints=constraints or {})


STUDY = _string("study_id", "STUDYID", "Study code", CODE)
READER = _string("reader_id", "READER", "Pseudonymous reader code", CODE)
PRESENTATION = _string("presentation_id", "PRESID", "Unique display of one pair to one reader", CODE)
ORDER = Variable("presentation_order", "PRESORD", "integer", "1-based order in which the reader saw it")
SESSION = Variable("session", "SESSION", "integer", "Reading session number")
REPLICATE = Variable("replicate", "REPL", "integer", "1 = first reading, 2.. = hidden repeat")
PATIENT = _string("patient_id", "PATID", "Pseudonymous patient (cluster)", CODE)
IMAGE_SET = _string("image_set_id", "SETID", "One anatomical region x pulse sequence of one patient", CODE)
PLACE = (
    _string("region", "REGION", "Body region"),
    _string("plane", "PLANE", "Acquisition plane"),
    _string("sequence", "SEQ", "Pulse sequence"),
    _string("scanner_id", "SCANNER", "Scanner code"),
    _string("vendor", "VENDOR", "Vendor"),
    Variable("field_t", "FIELDT", "number", "Field strength (tesla)"),
    _string("site_id", "SITE", "Site"),
)
ARMS = (
    _string("arm_a", "ARMA", "First-named arm: pref_score>3 means arm_a better"),
    _string("arm_b", "ARMB", "Second-named arm"),
)
SIDES = (
    _string("left_arm", "LEFTARM", "Arm displayed on the left (KEY: empty before unblinding)"),
    _string("right_arm", "RIGHTARM", "Arm displayed on the right (KEY)"),
)
SIDE = ("left", "right")
A_ON_LEFT = Variable("a_on_left", "ALEFT", "integer", "1 = arm_a was on the left (KEY)", constraints={"enum": [0, 1]})
DURATION = Variable("duration_s", "DURATION", "number", "Active seconds from display to submission (whole pair)")
MISSING = _string("missing_reason", "MISSREAS", "Why raw_score is empty", {"enum": sorted(MISSING_REASONS)})
REASON = _string("not_assessable_reason", "NAREASON", "Code of the reason why the feature was not assessable")
BY_REST = Variable(
    "by_rest", "BYREST", "integer", "1 = given by the act 'no difference for the rest'", "0, 1", {"enum": [0, 1]}
)
COMMENT = _string("comment", "COMMENT", "Free text (guarded, see csv_guard)")
_SCALE_OF_FIVE = (
    "1 left pronouncedly better, 2 left mildly better, 3 no difference, 4 right mildly better, "
    "5 right pronouncedly better"
)


def _comparison(words: Vocabulary) -> Variable:
    enum = {"required": True, "enum": list(words.comparisons)}
    return _string("comparison_id", "COMPAR", "Comparison; A_B orientation", enum)


def _feature(words: Vocabulary) -> Variable:
    return _string("feature_id", "FEATURE", "Rated feature", {"required": True, "enum": list(words.features)})


def _raw_score(points: int) -> Variable:
    middle = (points + 1) // 2
    scale = _SCALE_OF_FIVE if points == 5 else f"1 left best .. {middle} no difference .. {points} right best"
    bounds = {"minimum": 1, "maximum": points}
    return Variable("raw_score", "RAWSCORE", "integer", f"As clicked: {scale}", f"1..{points}", bounds)


def _pref_score(points: int) -> Variable:
    middle = (points + 1) // 2
    label = f"Unblinded: 1 arm_b pronouncedly better .. {middle} none .. {points} arm_a pronouncedly better"
    bounds = {"minimum": 1, "maximum": points}
    return Variable("pref_score", "PREFSCOR", "integer", label, f"1..{points}", bounds)


def _pref_delta(points: int) -> Variable:
    middle = (points + 1) // 2
    bounds = {"minimum": 1 - middle, "maximum": points - middle}
    return Variable("pref_delta", "PREFDELT", "integer", f"pref_score - {middle}", constraints=bounds)


def ratings_long_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """One row a reader, presentation and feature."""
    points = words.scale_points
    return (
        *(STUDY, READER, PRESENTATION, ORDER, SESSION, REPLICATE, PATIENT, IMAGE_SET, *PLACE),
        *(_comparison(words), *ARMS, *SIDES, A_ON_LEFT, _feature(words)),
        *(_raw_score(points), _pref_score(points), _pref_delta(points), MISSING, DURATION, COMMENT),
    )


def scores_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """The same without anything derived: what `manage.py analyse` reads."""
    return (
        *(STUDY, READER, PRESENTATION, ORDER, SESSION, REPLICATE, PATIENT, IMAGE_SET, *PLACE),
        *(_comparison(words), *SIDES, _feature(words), _raw_score(words.scale_points), MISSING, REASON),
        *(BY_REST, DURATION),
    )


def wide_by_presentation_variables(words: Vocabulary) -> tuple[Variable, ...]:
    first = (STUDY, READER, PRESENTATION, ORDER, REPLICATE, PATIENT, IMAGE_SET, _comparison(words), *ARMS)
    names = pref_columns(words.features)
    return (*first, A_ON_LEFT, DURATION, *_prefs(names, words.scale_points))


def wide_by_reader_variables(words: Vocabulary, readers: Sequence[str]) -> tuple[Variable, ...]:
    names = {reader: f"pref_{reader}" for reader in readers}
    return (_comparison(words), _feature(words), PATIENT, IMAGE_SET, *_prefs(names, words.scale_points))


def _prefs(names: Mapping[str, str], points: int) -> Iterable[Variable]:
    bounds = {"minimum": 1, "maximum": points}
    for number, (code, name) in enumerate(names.items(), start=1):
        yield Variable(name, f"PREF{number}", "integer", f"pref_score of {code}", f"1..{points}", bounds)


def consistency_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """One row a presentation and consistency item."""
    flags = tuple(
        Variable(f"flag_{side}", f"FLAG{side[0].upper()}", "integer", f"1 = ticked for the {side} image", "0, 1",
                 {"enum": [0, 1]})
        for side in ("left", "right")
    )  # fmt: skip
    item = _string("item", "ITEM", "Consistency item", CODE)
    return (STUDY, READER, PRESENTATION, PATIENT, IMAGE_SET, _comparison(words), REPLICATE, *SIDES, item, *flags)


def findings_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """One row a box that was ticked for one side."""
    return (
        *(STUDY, READER, PRESENTATION, PATIENT, IMAGE_SET, _comparison(words)),
        _string("side", "SIDE", "Side on which it was seen", {"required": True, "enum": ["left", "right"]}),
        _string("arm", "ARM", "Arm that stood on that side (KEY)", CODE),
        _string("item", "ITEM", "Consistency item", CODE),
        _string("category", "CATEGORY", "What happened: loss, corruption, ..."),
        _string("subject", "SUBJECT", "To what", {"enum": ["anatomy", "pathology"]}),
        COMMENT,
        Variable("pin_slice", "PINSLICE", "integer", "Slice of the pin as counted on the screen", "1..",
                 {"minimum": 1}),
        *(
            Variable(f"pin_{axis}", f"PIN{axis.upper()}", "number", f"Pixels of the pair's frame {way}", "0..",
                     {"minimum": 0})
            for axis, way in (("x", "to the right of its left edge"), ("y", "down from its top edge"))
        ),
    )  # fmt: skip


def guesses_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """One row a finished presentation: the guess at the enhanced side."""
    truth = _string("enhanced_side", "ENHSIDE", "Side of the enhanced arm (KEY); empty: neither", {"enum": list(SIDE)})
    guess = {"enum": [*SIDE, "unsure"]}
    asked = _string("guess", "GUESS", "Side that the reader thought was enhanced; empty: not answered", guess)
    first = (STUDY, READER, PRESENTATION, REPLICATE, PATIENT, IMAGE_SET, _comparison(words))
    return (*first, *SIDES, truth, asked)


def allocation_variables(words: Vocabulary) -> tuple[Variable, ...]:
    """The key: one row a presentation."""
    return (PRESENTATION, READER, IMAGE_SET, _comparison(words), REPLICATE, *SIDES)


def image_metrics_variables(columns: Sequence[str]) -> tuple[Variable, ...]:
    """One row an image set; `columns` as they stand in the table, codes first."""
    measured = [name for name in columns if name not in (IMAGE_SET.name, PATIENT.name)]
    return (
        IMAGE_SET,
        PATIENT,
        *(Variable(name, f"METRIC{n}", "number", f"Image metric {name}") for n, name in enumerate(measured, start=1)),
    )


def pref_columns(features: Sequence[str]) -> dict[str, str]:
    """Feature code -> name of its column, which R, SPSS and SAS all take: ^[a-z][a-z0-9_]*$, 32 letters."""
    names: dict[str, str] = {}
    for code in features:
        wanted = f"pref_{re.sub(r'[^a-z0-9_]', '_', code.lower())}"[:LONGEST_NAME]
        number = 2
        while wanted in names.values():
            wanted = f"{wanted[: LONGEST_NAME - 3].rstrip('_')}_{number}"
            number += 1
        names[code] = wanted
    return names
