"""DICOMweb as its client: QIDO-RS to search, WADO-RS to get a series (PS3.18 10.6 and 10.4).

The standard library's client, because it follows no redirect, asks no proxy, unpacks nothing, and calls no other
address.
"""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

from readerstudy.core.archives import Archive, ArchiveTrouble
from readerstudy.core.found import (
    MOST_SERIES,
    MOST_STUDIES,
    Found,
    FoundSeries,
    FoundStudy,
    Question,
    SeriesPlace,
    is_asked_for,
    series_from,
    study_from,
    with_series,
)
from readerstudy.core.multipart import BadMultipart, Multipart, Part, media_type

SILENT_FOR_S = 30.0
LONGEST_ANSWER = 4 * 1024 * 1024  # of a search
JSON = "application/dicom+json"
# Keyword and tag of what is read of an answer (PS3.18 F.2: tags are eight hexadecimal digits).
STUDY_TAGS = {
    "StudyInstanceUID": "0020000D", "PatientID": "00100020", "PatientName": "00100010", "StudyDate": "00080020",
    "StudyDescription": "00081030", "AccessionNumber": "00080050",
}  # fmt: skip
SERIES_TAGS = {
    "SeriesInstanceUID": "0020000E", "SeriesNumber": "00200011", "Modality": "00080060",
    "SeriesDescription": "0008103E", "NumberOfSeriesRelatedInstances": "00201209",
}  # fmt: skip
REFUSALS = {
    401: "refuses the credentials it was given (HTTP 401): tell the administrator",
    403: "refuses the credentials it was given (HTTP 403): tell the administrator",
    404: "does not have this (HTTP 404)",
    413: "says that this is too much (HTTP 413): search for less",
}


def search(archive: Archive, question: Question) -> Found:
    """Studies that match, each with its series. Raises ArchiveTrouble."""
    rows = _ask(archive, "/studies", {**question.keys(), "limit": str(MOST_STUDIES + 1)}, STUDY_TAGS)
    studies = [study for row in rows if (study := study_from(row)) and is_asked_for(study, question)]
    listed = [with_series(one, _series_of(archive, one, question), question) for one in studies[:MOST_STUDIES]]
    return Found(tuple(one for one in listed if one.series), more=len(studies) > MOST_STUDIES)


def _series_of(archive: Archive, study: FoundStudy, question: Question) -> list[FoundSeries]:
    keys = {"Modality": question.modality} if question.modality else {}
    rows = _ask(archive, f"/studies/{study.uid}/series", {**keys, "limit": str(MOST_SERIES)}, SERIES_TAGS)
    return [series for row in rows if (series := series_from(row))]


def count_images(archive: Archive, place: SeriesPlace) -> int | None:
    """How many images the archive says that the series has; None where it does not tell. Raises ArchiveTrouble."""
    keys = {"SeriesInstanceUID": place.series_uid}
    rows = _ask(archive, f"/studies/{place.study_uid}/series", keys, SERIES_TAGS)
    found = [one for row in rows if (one := series_from(row)) and one.uid == place.series_uid]
    if not found:
        raise ArchiveTrouble(f"The archive '{archive.name}' does not have this series any more.")
    return found[0].images


@contextmanager
def series_parts(archive: Archive, place: SeriesPlace, *, within_s: float) -> Iterator[Iterator[Part]]:
    """The objects of a series one after the other. Raises ArchiveTrouble, also while they are read."""
    path = f"/studies/{place.study_uid}/series/{place.series_uid}"
    accept = 'multipart/related; type="application/dicom"; transfer-syntax=*'
    with _answer(archive, path, accept, within_s=within_s) as response:
        kind = media_type(response.headers.get("Content-Type", ""))
        if kind.name != "multipart/related":
            raise ArchiveTrouble(f"The archive '{archive.name}' answers with another kind of content than DICOM.")
        try:
            yield Multipart(_Body(response), kind.parameters.get("boundary", "")).parts()
        except BadMultipart as error:
            raise ArchiveTrouble(f"The archive '{archive.name}' broke off in the middle. Try again.") from error


class _Body:
    """A body of which each read returns what is there: a slow sender is seen by whoever counts the time."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def read(self, size: int, /) -> bytes:
        return self._response.read1(size)


def _ask(archive: Archive, path: str, keys: Mapping[str, str], tags: Mapping[str, str]) -> list[dict[str, str]]:
    """The rows of an answer: values by keyword, as text."""
    # RFC 3986 3.4 lets an asterisk be; some archives do not understand it otherwise.
    fields = [("includefield", tag) for tag in tags.values()]
    query = urlencode([*keys.items(), *fields], safe="*", quote_via=quote)
    with _answer(archive, f"{path}?{query}", JSON) as response:
        if response.status == http.client.NO_CONTENT:
            return []
        content = _whole(archive, response)
    try:
        rows = json.loads(content) if content.strip() else []
    except (ValueError, RecursionError) as error:
        raise _unusable(archive) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise _unusable(archive)
    return [{keyword: _text(row.get(tag)) for keyword, tag in tags.items()} for row in rows]


def _whole(archive: Archive, response: http.client.HTTPResponse) -> bytes:
    content = bytearray()
    while chunk := response.read1(65536):
        content += chunk
        if len(content) > LONGEST_ANSWER:
            raise ArchiveTrouble(f"The archive '{archive.name}' answers with too much. Search for less.")
    if response.length:  # of what was announced, something is missing
        raise http.client.IncompleteRead(b"", response.length)
    return bytes(content)


def _text(element: Any) -> str:
    """The first value of an element in JSON (PS3.18 F.2.2), of a name its first spelling; empty where it has none."""
    values = element.get("Value") if isinstance(element, dict) else None
    first = values[0] if isinstance(values, list) and values else None
    if isinstance(first, dict):  # PN
        first = next((first[one] for one in ("Alphabetic", "Ideographic", "Phonetic") if first.get(one)), None)
    if isinstance(first, float) and first.is_integer():
        first = int(first)
    return str(first) if isinstance(first, str | int) and not isinstance(first, bool) else ""


def _unusable(archive: Archive) -> ArchiveTrouble:
    return ArchiveTrouble(f"The archive '{archive.name}' answers something that is no {JSON}.")


@contextmanager
def _answer(archive: Archive, path: str, accept: str, *, within_s: float = 120.0) -> Iterator[http.client.HTTPResponse]:
    """An answer of 200 or 204, whose reading ends after `within_s` in any case. Raises ArchiveTrouble."""
    headers = {"Accept": accept, "Accept-Encoding": "identity"}
    if archive.authorization:
        headers["Authorization"] = archive.authorization
    connection = _connection(archive)
    try:
        connection.connect()
        with _cut_after(within_s, connection):
            connection.request("GET", f"{archive.path}{path}", headers=headers)
            response = connection.getresponse()
            _require_success(archive, response)
            yield response
    except ssl.SSLError as error:
        raise ArchiveTrouble(f"The archive '{archive.name}' has no certificate that this server trusts.") from error
    except (socket.gaierror, ConnectionRefusedError) as error:
        raise ArchiveTrouble(f"The archive '{archive.name}' cannot be reached: tell the administrator.") from error
    except TimeoutError as error:
        raise ArchiveTrouble(f"The archive '{archive.name}' does not answer in time. Try again.") from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise ArchiveTrouble(f"The connection to the archive '{archive.name}' broke. Try again.") from error
    finally:
        connection.close()


def _connection(archive: Archive) -> http.client.HTTPConnection:
    if archive.secure:  # the system's authorities, and those of SSL_CERT_FILE
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(archive.host, archive.port, timeout=SILENT_FOR_S, context=context)
    return http.client.HTTPConnection(archive.host, archive.port, timeout=SILENT_FOR_S)


@contextmanager
def _cut_after(seconds: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """A peer that sends a byte now and then is never silent, so time is limited in all too."""
    connected = connection.sock  # the response keeps it when the connection lets go

    def cut() -> None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _require_success(archive: Archive, response: http.client.HTTPResponse) -> None:
    if response.status in (http.client.OK, http.client.NO_CONTENT):
        return
    if 300 <= response.status < 400:
        words = f"leads to another address (HTTP {response.status}), which is not followed: tell the administrator"
    else:
        words = REFUSALS.get(response.status, f"answers with an error (HTTP {response.status})")
    raise ArchiveTrouble(f"The archive '{archive.name}' {words}.")
