"""What a report says of a study that its results do not know."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[3] / "pyproject.toml"


def program_version() -> str:
    """'Reader study 0.1.0', as the project file says."""
    return f"Reader study {tomllib.loads(PROJECT.read_text(encoding='utf-8'))['project']['version']}"


@dataclass(frozen=True)
class About:
    """
    Everything is plain text; what is not known is left out of the report.

    No time of making is among it: the same results and the same study give the same report, byte for byte.
    """

    title: str
    facts: tuple[tuple[str, str], ...] = ()  # sponsor, ethics approval, when it was sealed, locked and unblinded
    lock: str = ""  # which locked scores these are; at the foot of every page
    hashes: tuple[tuple[str, str], ...] = ()  # beside those of the results
    participants: str = ""  # "61 participants (45.5 ± 17.1 years old; 28 female, 33 male)"
    randomisation: str = ""  # a sentence on order and sides
    plan_fixed: str = ""  # a sentence on when the plan was fixed
    arm_names: Mapping[str, str] = field(default_factory=dict)  # arm in files -> arm as the study writes it
    deviations: tuple[str, ...] = ()
    tables: tuple[Mapping[str, Any], ...] = ()  # that were laid out with the results
    program: str = ""  # "Reader study 0.1.0"
    measured_with: tuple[str, ...] = ()  # the software that measured the images, where that is known
    printed_with: Mapping[str, str] = field(default_factory=dict)  # package that drew or typeset -> version
