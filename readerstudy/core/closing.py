"""Who must sign before a study is locked or unblinded, and what they sign: pure.

A protocol asks for no signature (a named person and a reason are enough), for one, or for two by different persons.
What is signed is a canonical JSON text of the act, the seal, the plan, the scores and the reason; a signature holds its
SHA-256, so that both persons have signed the same, and what was closed is what they signed. Name, time and meaning
stand with it as 21 CFR 11.50 lists them.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Closing(StrEnum):
    LOCK = "lock"
    UNBLIND = "unblind"


MEANINGS = {
    Closing.LOCK: "I agree that the scores of this study are final and that it is locked now.",
    Closing.UNBLIND: "I agree that the arms of this study are joined to its scores now.",
}
MOST_SIGNATURES = 2


@dataclass(frozen=True)
class SignedClosing:
    """What somebody signs. `number` is of the request, so that no signature can stand under another one."""

    study: str
    act: Closing
    number: int
    reason: str
    allocation_sha256: str
    plan_sha256: str
    scores_sha256: str

    @property
    def sha256(self) -> str:
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
