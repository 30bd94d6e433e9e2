"""The file format of a backup: one tar stream whose last member names every other with its size and SHA-256.

A stream is written once from front to end and so can be encrypted on its way. The list of checksums closes it: a stream
without it was cut off and is refused, as is one whose members are not what the list says.
"""

import contextlib
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, Self

from readerstudy.core.errors import BadBackup

MANIFEST = "manifest.json"
CHECKSUMS = "checksums.json"
CHUNK_BYTES = 1024 * 1024
CUT_OFF = "The backup ends too early: it was cut off when it was written or copied."


@dataclass
class BackupWriter:
    """Adds members to a stream, whole at the end of the `with` block. `sink` needs only `write`."""

    sink: IO[bytes]
    checksums: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tar = tarfile.open(fileobj=self.sink, mode="w|", format=tarfile.PAX_FORMAT, bufsize=CHUNK_BYTES)  # noqa: SIM115

    def add(self, name: str, content: IO[bytes], size: int) -> str:
        """Write `size` bytes of `content`; returns their SHA-256. Raises BadBackup where there are fewer."""
        reading = _Hashing(content)
        member = tarfile.TarInfo(name)
        member.size = size
        try:
            self._tar.addfile(member, reading)  # it needs `read` alone
        except OSError as error:
            if reading.size < size:
                raise BadBackup(f"{name} became shorter while it was read.") from error
            raise
        self.checksums[name] = {"size": size, "sha256": reading.sha256}
        return reading.sha256

    def add_json(self, name: str, value: Any) -> None:
        text = json.dumps(value, indent=1, sort_keys=True).encode()
        self.add(name, io.BytesIO(text), len(text))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.add_json(CHECKSUMS, dict(self.checksums))
            self._tar.close()
        else:  # without its list it is not whole; what cannot be written any more is of no use
            with contextlib.suppress(OSError, ValueError):
                self._tar.close()


def read_members(source: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    """Every member but the list, in order, as a stream that must be used before the next is asked for.

    The checks are made as it is read: all of it was right only when the iterator ends. Raises BadBackup.
    """
    found: dict[str, dict[str, Any]] = {}
    listed = None
    for name, stream in _members(source):
        if listed is not None or name in found:
            raise BadBackup(f"The backup holds {name} where it should not.")
        reading = _Hashing(stream)
        if name == CHECKSUMS:
            listed = _parsed(reading.read())
            continue
        yield name, reading  # type: ignore[misc]  # it has the `read` that is needed
        while reading.read(CHUNK_BYTES):
            pass
        found[name] = {"size": reading.size, "sha256": reading.sha256}
    if listed is None:
        raise BadBackup(CUT_OFF)
    if wrong := sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name)):
        raise BadBackup(f"The backup is damaged: {', '.join(wrong[:3])} is not what was written.")


def _members(source: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=CHUNK_BYTES) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isreg() and _is_plain(member.name) else None
                if stream is None:
                    raise BadBackup(f"The backup holds {member.name!r}, which is no plain file.")
                yield member.name, stream
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise BadBackup(f"This is no whole backup: {error}.") from error


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadBackup("The backup is damaged: its list of checksums cannot be read.") from error
    return value if isinstance(value, dict) else {}


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name


class _Hashing:
    """A stream that knows what was read through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._digest, self.size = stream, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._stream.read(size)
        except tarfile.ReadError as error:
            raise BadBackup(CUT_OFF) from error
        self._digest.update(chunk)
        self.size += len(chunk)
        return chunk

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
