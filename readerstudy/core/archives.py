"""The archives that may be asked for images: which they are, as the administrator wrote them down.

Nothing else in the product names an address to call, so nobody who only has an account can make the server call one.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from readerstudy.core.errors import BadInput, BadSetting
from readerstudy.core.peers import is_calling_title

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,39}")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|[0-9A-Fa-f:.]{2,45}")
HOW_TO_WRITE = "write NAME=https://host/dicom-web or NAME=dicom://TITLE@host:port"


class ArchiveTrouble(BadInput):
    """An archive cannot be reached, refuses, or answers something that cannot be used."""


class Language(StrEnum):
    """How an archive is spoken to."""

    WEB = "DICOMweb"
    GET = "DICOM C-GET"  # and C-MOVE where it offers no C-GET
    MOVE = "DICOM C-MOVE"


LANGUAGES = {"https": Language.WEB, "http": Language.WEB, "dicom": Language.GET, "dicom-move": Language.MOVE}


@dataclass(frozen=True)
class Archive:
    """One archive. `path` and `secure` are those of a DICOMweb address, `title` is the AE title of a DICOM node."""

    name: str
    language: Language
    host: str
    port: int
    title: str = ""
    path: str = ""
    secure: bool = False
    authorization: str = field(default="", repr=False)  # the header, ready to be sent

    @property
    def place(self) -> str:
        """For the eyes of people; without credentials."""
        if self.language is Language.WEB:
            return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}{self.path}"
        return f"{self.title} at {self.host}:{self.port}"


def parse_archives(
    words: Iterable[str], *, tokens: Iterable[str] = (), passwords: Iterable[str] = ()
) -> tuple[Archive, ...]:
    """The archives from words such as `main=https://pacs/dicom-web` or `old=dicom://PACS@192.0.2.7:104`.

    tokens : `NAME=TOKEN` for a bearer token. passwords : `NAME=USER:PASSWORD` for HTTP Basic, percent-encoded.
    Raises BadSetting, whose message never holds a secret.
    """
    bearer = {name: f"Bearer {token}" for name, token in _pairs(tokens, "a token")}
    basic = {name: _basic(name, pair) for name, pair in _pairs(passwords, "a password")}
    if both := bearer.keys() & basic.keys():
        raise BadSetting(f"The archive '{min(both)}' has both a token and a password: give it one of them.")
    known = bearer | basic
    archives = tuple(_archive(word, known) for word in words)
    names = [one.name for one in archives]
    if len(set(names)) < len(names):
        raise BadSetting("Two archives have the same name.")
    web = {one.name for one in archives if one.language is Language.WEB}
    if strangers := known.keys() - web:
        raise BadSetting(f"'{min(strangers)}' has a token or a password, but no DICOMweb archive has this name.")
    return archives


def _pairs(words: Iterable[str], what: str) -> list[tuple[str, str]]:
    found = [word.partition("=") for word in words]
    if any(not name or not value or not value.isascii() or not value.isprintable() for name, _, value in found):
        raise BadSetting(f"The setting with {what} for each archive is unreadable: write NAME=… for each.")
    return [(name.strip(), value.strip()) for name, _, value in found]


def _basic(name: str, pair: str) -> str:
    """RFC 7617."""
    user, colon, password = pair.partition(":")
    if not colon or not user:
        raise BadSetting(f"The password of the archive '{name}' is unreadable: write {name}=USER:PASSWORD.")
    content = f"{unquote(user)}:{unquote(password)}".encode()
    return f"Basic {base64.b64encode(content).decode('ascii')}"


def _archive(word: str, known: Mapping[str, str]) -> Archive:
    name, _, address = word.partition("=")
    name, address = name.strip(), address.strip()
    if not NAME.fullmatch(name):
        raise BadSetting(f"'{name[:60]}' cannot be the name of an archive: {HOW_TO_WRITE}.")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"The address of the archive '{name}' is unreadable: {HOW_TO_WRITE}.") from error
    language = LANGUAGES.get(parts.scheme)
    if language is None or not parts.hostname or not HOST.fullmatch(parts.hostname) or parts.query or parts.fragment:
        raise BadSetting(f"The address of the archive '{name}' is unreadable: {HOW_TO_WRITE}.")
    if language is Language.WEB:
        return _web_archive(name, parts, port, known.get(name, ""))
    return _dicom_archive(name, language, parts, port)


def _web_archive(name: str, parts: SplitResult, port: int | None, authorization: str) -> Archive:
    if parts.username is not None:
        raise BadSetting(f"Leave user and password of the archive '{name}' out of its address; they have a setting.")
    secure = parts.scheme == "https"
    return Archive(
        name=name,
        language=Language.WEB,
        host=parts.hostname or "",
        port=port or (443 if secure else 80),
        path=parts.path.rstrip("/"),
        secure=secure,
        authorization=authorization,
    )


def _dicom_archive(name: str, language: Language, parts: SplitResult, port: int | None) -> Archive:
    title = parts.username or ""
    if not port or not is_calling_title(title) or parts.password is not None or parts.path not in ("", "/"):
        raise BadSetting(f"The archive '{name}' needs an AE title and a port: {HOW_TO_WRITE}.")
    return Archive(name=name, language=language, host=parts.hostname or "", port=port, title=title)
