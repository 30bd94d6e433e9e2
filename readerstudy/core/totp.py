"""Codes of an authenticator app: time-based one-time passwords (RFC 6238), by the library `pyotp`.

pyotp does the arithmetic and nothing else: it has no tables, so that the secret can be stored encrypted, and no
middleware, so that the reading station can sign in where it is.
"""

from datetime import datetime

import pyotp

STEP_S = 30
DIGITS = 6
# A phone's clock may be half a minute off, and a person may need some seconds to type (RFC 6238, 5.2).
STEPS_AROUND = 1
ISSUER = "Reader study"


def matching_step(secret: str, code: str, *, at: datetime, after_step: int) -> int | None:
    """The time step whose code this is, or None.

    Only steps after `after_step`, that of the last code taken, are looked at: a code works once (RFC 6238, 5.2).
    `secret` is base32; spaces in `code` do not matter.
    """
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S)
    now = step_at(at)
    for step in range(max(now - STEPS_AROUND, after_step + 1), now + STEPS_AROUND + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), digits):
            return step
    return None


def step_at(at: datetime) -> int:
    """Number of the time step since 1970."""
    return int(at.timestamp()) // STEP_S


def address_of(secret: str, username: str) -> str:
    """What the QR code says to an authenticator app (the `otpauth:` address of its key)."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(name=username, issuer_name=ISSUER)


def in_groups(text: str, size: int = 4) -> str:
    """A long word to be copied by hand, in groups with spaces."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
