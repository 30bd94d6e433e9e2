"""Encryption of a backup on its way, in the age format (age-encryption.org/v1) by the library `pyrage`.

The machine that makes backups needs the public key only: who steals it cannot read them.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pyrage

from readerstudy.core.errors import BadBackup, BadSetting

AGE_MAGIC = b"age-encryption.org/v1"


def make_key(target: Path) -> str:
    """Write a new secret key into a file of its owner's, that must not exist; returns the public key."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadSetting(f"Cannot write the key to {target}: {error.strerror}.") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {public}\n{identity}\n")
    return public


@contextlib.contextmanager
def encrypting(sink: IO[bytes], public_key: str | None) -> Iterator[IO[bytes]]:
    """A stream whose bytes arrive in `sink` encrypted for the public key, or as they are where there is none."""
    if public_key is None:
        yield sink
        return
    try:
        recipient = pyrage.x25519.Recipient.from_str(public_key)
    except pyrage.RecipientError as error:
        raise BadSetting("That is no public key: it starts with age1; --make-key prints it.") from error
    exit_, entrance = _pipe()
    with ThreadPoolExecutor(1) as threads:
        work = threads.submit(_closing, exit_, lambda: pyrage.encrypt_io(exit_, sink, [recipient]))
        with contextlib.suppress(BrokenPipeError), entrance:  # then the thread knows why
            yield entrance
        try:
            work.result()
        except pyrage.EncryptError as error:
            raise OSError(f"The backup could not be written: {error}.") from error


@contextlib.contextmanager
def decrypting(source: IO[bytes], key_file: Path | None) -> Iterator[IO[bytes]]:
    """The backup as it was before it was encrypted; what is not encrypted passes. Raises BadBackup."""
    start = source.read(len(AGE_MAGIC))
    source.seek(0)
    if start != AGE_MAGIC:
        yield source
        return
    if key_file is None:
        raise BadBackup("The backup is encrypted. Name the file of its secret key with --key.")
    identity = _read_key(key_file)
    exit_, entrance = _pipe()
    with ThreadPoolExecutor(1) as threads, exit_:
        work = threads.submit(_closing, entrance, lambda: pyrage.decrypt_io(source, entrance, [identity]))
        try:
            yield exit_
        except BadBackup as error:
            exit_.close()
            raise _reason(work) or error from error
        exit_.close()
        if reason := _reason(work):
            raise reason


def _reason(work: "Future[None]") -> BadBackup | None:
    """Why the decryption ended before the end, if it did for a reason of its own."""
    error = work.exception()
    if isinstance(error, pyrage.DecryptError):
        return BadBackup("The backup was encrypted for another key.")
    if error is None or isinstance(error, BrokenPipeError):
        return None
    return BadBackup("The backup is damaged: it cannot be decrypted to its end.")


def _read_key(key_file: Path) -> pyrage.x25519.Identity:
    try:
        lines = key_file.read_text().splitlines()
        return pyrage.x25519.Identity.from_str(next(line for line in lines if line and not line.startswith("#")))
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
        raise BadBackup(f"{key_file} holds no secret key of a backup.") from error


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    read_end, write_end = os.pipe()
    return os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")


def _closing(end: IO[bytes], work: Callable[[], None]) -> None:
    """Close the thread's end of the pipe whatever happens, so that the other end never waits for nothing."""
    with end:
        work()
