"""What a reader signs, and the rules of signing: pure.

The signed content is a canonical JSON text of everything that the reader answered; the signature is bound to its
SHA-256, so that a score changed afterwards no longer matches. Name, time and meaning belong to a signature as
21 CFR 11.50 lists them; the password is asked again as 21 CFR 11.200 asks of a signing.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from readerstudy.core.answers import Given
from readerstudy.core.wording import translatable

# Shown in the language of the page, and recorded as it was shown.
MEANING = translatable("I read these pairs myself, without knowing the arms. These are my final scores.")
# As many wrong passwords in as much time, then signing waits until the first of them is that old.
MOST_FAILURES = 5
FAILURES_COUNT_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class SignedReading:
    """One pair as it is signed: its display, the version of its scores, and the answers by item."""

    presentation: str
    version: int
    answers: Mapping[str, Given]


def content_sha256(*, study: str, allocation_sha256: str, reader: str, readings: Iterable[SignedReading]) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) of all readings of one reader."""
    content = {
        "study": study,
        "allocation_sha256": allocation_sha256,
        "reader": reader,
        "readings": [
            {"presentation": one.presentation, "version": one.version, "answers": dict(one.answers)}
            for one in sorted(readings, key=lambda one: one.presentation)
        ],
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def signing_waits_until(failures: Iterable[datetime], now: datetime) -> datetime | None:
    """When signing is possible again after wrong passwords at these moments; None where it is possible now."""
    recent = sorted(at for at in failures if at > now - FAILURES_COUNT_FOR)
    return recent[-MOST_FAILURES] + FAILURES_COUNT_FOR if len(recent) >= MOST_FAILURES else None
