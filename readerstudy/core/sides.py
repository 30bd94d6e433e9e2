"""How the database holds which arm stands left: as a mark that says nothing without the study's key. Pure.

    key  = HMAC-SHA256(seed, "sides")
    mark = HMAC-SHA256(key, "token of the allocation|left arm|right arm"), in hexadecimal

Who has the seed tries both orders of a pair's two arms and sees which of them gives the mark; a mark that neither gives
was changed, or the seed is another one. Who has only the database sees a random number: a token occurs once, so that no
two marks can be compared. The seed itself is stored encrypted (`readerstudy.side_key`).
"""

import hashlib
import hmac

from readerstudy.core.errors import IntegrityFailure


def key_of(seed: str) -> bytes:
    return hmac.new(seed.encode(), b"sides", hashlib.sha256).digest()


def mark(*, key: bytes, token: str, left: str, right: str) -> str:
    """What is stored of a pair whose arm `left` stands on the left. Arms by their codes, which hold no '|'."""
    return hmac.new(key, f"{token}|{left}|{right}".encode(), hashlib.sha256).hexdigest()


def a_is_left(stored: str, *, key: bytes, token: str, arm_a: str, arm_b: str) -> bool:
    """Whether arm A stands left. Raises IntegrityFailure where the mark fits neither order."""
    for left, right in ((arm_a, arm_b), (arm_b, arm_a)):
        if hmac.compare_digest(mark(key=key, token=token, left=left, right=right), stored):
            return left == arm_a
    raise IntegrityFailure("The sides of a pair do not fit the seed of its study: one of them was changed.")
