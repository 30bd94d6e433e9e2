"""What every new allocation gets, scored or for training: tokens of its own, and the mark of its sides."""

import secrets

from readerstudy.core import sides

TOKEN_BYTES = 16


def tokens_and_sides(key: bytes, *, left: str, right: str) -> dict[str, str]:
    """The fields of an allocation whose arm `left` stands on the left. `key` is of the study (`sides.key_of`)."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return {
        "token": token,
        "left_token": secrets.token_urlsafe(TOKEN_BYTES),
        "right_token": secrets.token_urlsafe(TOKEN_BYTES),
        "sides": sides.mark(key=key, token=token, left=left, right=right),
    }
