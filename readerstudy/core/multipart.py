"""multipart/related as a stream (RFC 2046 5.1, RFC 2387): part after part, never a whole part in memory."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from readerstudy.core.errors import BadInput

CHUNK = 65536
MOST_HEADER_BYTES = 16 * 1024
MOST_PREAMBLE_BYTES = 64 * 1024
# RFC 2046 5.1.1 allows 70 characters; Orthanc sends 73.
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,199}[0-9A-Za-z'()+_,./:=?-]")
PARAMETER = re.compile(r""";\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))""")


class Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class BadMultipart(BadInput):
    """The body is no multipart message, or it ends in the middle."""


@dataclass(frozen=True)
class MediaType:
    """A media type in lower case, and its parameters as they were given."""

    name: str
    parameters: dict[str, str] = field(default_factory=dict)


def media_type(value: str) -> MediaType:
    """Read a Content-Type (RFC 9110 8.3.1)."""
    name, _, _ = value.partition(";")
    found = {
        match[1].lower(): match[3] if match[2] is None else re.sub(r"\\(.)", r"\1", match[2])
        for match in PARAMETER.finditer(value)
    }
    return MediaType(name.strip().lower(), found)


class Multipart:
    """The parts of one body. Each part must be read, or is skipped, before the next is asked for."""

    def __init__(self, stream: Stream, boundary: str) -> None:
        """Raises BadMultipart where the boundary cannot be one."""
        if not BOUNDARY.fullmatch(boundary):
            raise BadMultipart("The boundary of the multipart message is missing or malformed.")
        self._stream = stream
        self._mark = b"\r\n--" + boundary.encode("ascii")
        # A boundary may begin the body: as if a line had ended before it.
        self._held = bytearray(b"\r\n")
        self._ended = False

    def parts(self) -> Iterator["Part"]:
        """Raises BadMultipart, also while a part is being read, where the body ends before its last boundary."""
        for _ in self._until_mark(MOST_PREAMBLE_BYTES):
            pass
        while not self._is_last():
            part = Part(self._headers(), self)
            yield part
            for _ in part.chunks():  # what the caller left
                pass

    def _is_last(self) -> bool:
        """After a boundary: two hyphens end the message, white space and a line break begin a part."""
        self._fill(2)
        if self._held.startswith(b"--"):
            return True
        line = self._line(1024)
        if line.strip(b" \t"):
            raise BadMultipart("A boundary of the multipart message is followed by something else.")
        return False

    def _headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        left = MOST_HEADER_BYTES
        while line := self._line(left):
            left -= len(line) + 2
            name, _, value = line.decode("latin-1").partition(":")
            found[name.strip().lower()] = value.strip()
        return found

    def _line(self, most: int) -> bytes:
        """The bytes before the next line break, which is taken too."""
        while (end := self._held.find(b"\r\n")) < 0:
            if len(self._held) > most or not self._more():
                raise BadMultipart("The headers of a part are too long, or the message ends within them.")
        if end > most:
            raise BadMultipart("The headers of a part are too long.")
        line = bytes(self._held[:end])
        del self._held[: end + 2]
        return line

    def _until_mark(self, most: int | None = None) -> Iterator[bytes]:
        """Everything before the next boundary, in pieces; the boundary is taken too."""
        given = 0
        while (end := self._held.find(self._mark)) < 0:
            # A boundary may lie across two reads: that many bytes wait for the next.
            ready = len(self._held) - len(self._mark) + 1
            if ready > 0:
                given += ready
                yield bytes(self._held[:ready])
                del self._held[:ready]
            if (most is not None and given > most) or not self._more():
                raise BadMultipart("The multipart message ends before its last boundary.")
        if end:
            yield bytes(self._held[:end])
        del self._held[: end + len(self._mark)]

    def _fill(self, count: int) -> None:
        while len(self._held) < count and self._more():
            pass

    def _more(self) -> bool:
        chunk = b"" if self._ended else self._stream.read(CHUNK)
        self._ended = not chunk
        self._held += chunk
        return bool(chunk)


class Part:
    """One part: its headers with names in lower case, and its content as a stream."""

    def __init__(self, headers: dict[str, str], message: Multipart) -> None:
        self.headers = headers
        self._chunks = message._until_mark()

    def chunks(self) -> Iterator[bytes]:
        """The content from where it was left, in pieces of about 64 KiB. Raises BadMultipart."""
        return self._chunks
