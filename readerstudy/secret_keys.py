"""Secrets that the installation keeps: made at random once, stored under the data directory, never a default."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pyrage


def random_words() -> str:
    return secrets.token_urlsafe(48)


def age_key() -> str:
    """A secret key of the age format (age-encryption.org/v1), as backups have them too."""
    return str(pyrage.x25519.Identity.generate())


def is_age_key(text: str) -> bool:
    try:
        pyrage.x25519.Identity.from_str(text)
    except pyrage.IdentityError:
        return False
    return True


def read_or_create_secret(path: Path, make: Callable[[], str] = random_words) -> str:
    """The secret in `path`; made on first use, readable by its owner only, safe when two processes start at once."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(make())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)  # fails when another process was first: then its secret holds
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()
