"""The seed of an allocation, encrypted with a key that is not in the database: `settings.ALLOCATION_KEY`.

From the seed follow all sides, so the database alone, a copy or an unencrypted dump of it, tells nobody which arm stood
left. Decrypted seeds stay in the memory of the process: a page costs no decryption after a study's first one.
"""

import base64
import json
from functools import lru_cache

import pyrage
from django.conf import settings

from readerstudy.core.errors import IntegrityFailure
from readerstudy.core.wording import translatable


def encrypted_seed(seed: str, study: str) -> str:
    """In the age format, base64. `study` (its UUID) goes in, so that no seed can stand at another study."""
    recipient = pyrage.x25519.Identity.from_str(settings.ALLOCATION_KEY).to_public()
    return base64.b64encode(pyrage.encrypt(json.dumps({"study": study, "seed": seed}).encode(), [recipient])).decode()


def seed_of(encrypted: str, study: str) -> str:
    """Raises IntegrityFailure where the key of this installation is another one, or the seed is of another study."""
    content = _decrypted(encrypted, settings.ALLOCATION_KEY)
    if content["study"] != study:
        raise IntegrityFailure("The seed of the allocation belongs to another study.")
    return content["seed"]


@lru_cache(maxsize=256)
def _decrypted(encrypted: str, key: str) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(
            pyrage.decrypt(base64.b64decode(encrypted), [pyrage.x25519.Identity.from_str(key)])
        )
    except (ValueError, pyrage.DecryptError) as error:
        raise IntegrityFailure(
            translatable(
                "The sides of this study cannot be read: this installation's allocation key is not the one that they "
                "were made with. Nothing is lost. An administrator puts secrets/allocation, or "
                "READERSTUDY_ALLOCATION_KEY, back as it was."
            )
        ) from error
    return content
