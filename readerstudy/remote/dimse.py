"""DICOM as its client: C-FIND to search, C-GET or C-MOVE to get a series (PS3.4 C.4), in the Study Root model."""

import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import _config, build_context, build_role, evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import (
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
from pynetdicom.transport import AssociationSocket

from readerstudy.core.archives import Archive, ArchiveTrouble
from readerstudy.core.dicom import MR_IMAGES, SECONDARY_CAPTURES
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
from readerstudy.remote import bounds

CONNECT_WITHIN_S = 15.0
MOST_ANSWERS = 5_000  # of one search, those that are not wanted included
SILENT_FOR_S = 60.0
FIND = StudyRootQueryRetrieveInformationModelFind
GET = StudyRootQueryRetrieveInformationModelGet
MOVE = StudyRootQueryRetrieveInformationModelMove
STUDY_KEYS = ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "StudyDescription", "AccessionNumber")
SERIES_KEYS = (
    "SeriesInstanceUID", "SeriesNumber", "Modality", "SeriesDescription", "NumberOfSeriesRelatedInstances",
)  # fmt: skip
NATIVE = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
SUCCESS, CANCELLED = 0x0000, 0xFE00
PENDING = (0xFF00, 0xFF01)
DESTINATION_UNKNOWN = 0xA801  # PS3.4 C.4.2.1.4
CANNOT_STORE = 0xA700
COERCED = (0xB000, 0xB006, 0xB007)  # PS3.4 B.2.3: it was stored, with a warning
SEND_WITHIN_S = 45 * 60.0
TakeObject = Callable[[str, Path], None]  # SOP instance UID, and the file it lies in until the call returns
# Asked after each object or report of progress: whether to go on.
GoesOn = Callable[[], bool]


class NoGet(ArchiveTrouble):
    """The archive offers no C-GET."""


def silence() -> None:
    """The messages and warnings of the libraries quote what was sent."""
    _config.LOG_HANDLER_LEVEL = "none"
    for name in ("pynetdicom", "pydicom"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def search(archive: Archive, question: Question, *, our_title: str) -> Found:
    """Studies that match, each with its series. Raises ArchiveTrouble."""
    with _associated(archive, our_title, [build_context(FIND)]) as association:
        rows = _find(archive, association, "STUDY", question.keys(), STUDY_KEYS, most=MOST_STUDIES + 1)
        studies = [study for row in rows if (study := study_from(row)) and is_asked_for(study, question)]
        listed = [
            with_series(one, _series_of(archive, association, one, question), question)
            for one in studies[:MOST_STUDIES]
        ]
    return Found(tuple(one for one in listed if one.series), more=len(studies) > MOST_STUDIES)


def _series_of(archive: Archive, association: Association, study: FoundStudy, question: Question) -> list[FoundSeries]:
    keys = {"StudyInstanceUID": study.uid, "Modality": question.modality}
    rows = _find(archive, association, "SERIES", keys, SERIES_KEYS, most=MOST_SERIES)
    return [series for row in rows if (series := series_from(row))]


def count_images(archive: Archive, place: SeriesPlace, *, our_title: str) -> int | None:
    """How many images the archive says that the series has; None where it does not tell. Raises ArchiveTrouble."""
    keys = {"StudyInstanceUID": place.study_uid, "SeriesInstanceUID": place.series_uid}
    with _associated(archive, our_title, [build_context(FIND)]) as association:
        rows = _find(archive, association, "SERIES", keys, SERIES_KEYS, most=2)
    found = [one for row in rows if (one := series_from(row)) and one.uid == place.series_uid]
    if not found:
        raise ArchiveTrouble(f"The archive '{archive.name}' does not have this series any more.")
    return found[0].images


def _find(
    archive: Archive,
    association: Association,
    level: str,
    keys: Mapping[str, str],
    wanted: Iterable[str],
    *,
    most: int,
) -> list[dict[str, str]]:
    """The rows of an answer: values by keyword, as text. What is beyond `most` is not waited for."""
    identifier = Dataset()
    identifier.SpecificCharacterSet = "ISO_IR 192"
    identifier.QueryRetrieveLevel = level
    for keyword in wanted:
        setattr(identifier, keyword, "")
    for keyword, value in keys.items():
        setattr(identifier, keyword, value)
    rows: list[dict[str, str]] = []
    for number, (status, answer) in enumerate(association.send_c_find(identifier, FIND), start=1):
        code = _code(archive, status)
        if code in PENDING and answer is not None:
            if len(rows) < most:
                rows.append({keyword: _text(answer, keyword) for keyword in wanted})
            elif number == most + 1:  # what is on its way already comes all the same
                association.send_c_cancel(1, query_model=FIND)
            if number > MOST_ANSWERS:
                association.abort()
                raise ArchiveTrouble(f"The archive '{archive.name}' answers with too much. Search for less.")
        elif code not in (SUCCESS, CANCELLED, *PENDING):
            raise ArchiveTrouble(f"The archive '{archive.name}' cannot search for this (DICOM status {code:04X}).")
    return rows


def _text(answer: Dataset, keyword: str) -> str:
    try:
        value = answer.get(keyword)
    except Exception:  # the library raises whatever it likes over a malformed value
        return ""
    return "" if value is None else str(value)


def _code(archive: Archive, status: Dataset) -> int:
    """The status of a response. Raises ArchiveTrouble where the connection ended instead."""
    if "Status" not in status:
        raise ArchiveTrouble(f"The connection to '{archive.name}' broke, or it took too long. Try again.")
    return int(status.Status)


def get_series(
    archive: Archive, place: SeriesPlace, take: TakeObject, *, our_title: str, goes_on: GoesOn, within_s: float
) -> None:
    """Get a series over our own connection by C-GET. Raises NoGet, ArchiveTrouble, and whatever `take` raises.

    The library writes each object to a file where `tempfile` puts it, and it is gone afterwards.
    """
    _config.STORE_RECV_CHUNKED_DATASET = True
    trouble: list[BaseException] = []

    def store(event: evt.Event) -> int:
        try:
            take(str(event.request.AffectedSOPInstanceUID), event.dataset_path)
        except BaseException as error:  # told to the caller, whom the library would not let it reach
            trouble.append(error)
            return CANNOT_STORE
        finally:
            event.dataset_path.unlink(missing_ok=True)  # the library does that only where it is the server
        return SUCCESS

    contexts = [build_context(GET), *_storage_contexts()]
    roles = [build_role(UID(one), scp_role=True) for one in _storage_classes()]
    with _associated(
        archive, our_title, contexts, roles=roles, handlers=[(evt.EVT_C_STORE, store)], within_s=within_s
    ) as association:
        if not any(one.abstract_syntax == GET for one in association.accepted_contexts):
            raise NoGet(f"The archive '{archive.name}' offers no C-GET.")
        for status, _ in association.send_c_get(_series_identifier(place), GET):
            if trouble:
                association.abort()
                raise trouble[0]
            _judge(archive, _code(archive, status), status)
            if not goes_on():
                association.abort()
                return
    if trouble:
        raise trouble[0]


def move_series(
    archive: Archive,
    place: SeriesPlace,
    *,
    our_title: str,
    message_id: int,
    goes_on: GoesOn,
    within_s: float,
) -> None:
    """Let the archive send a series to our receiver, which knows it by `message_id`. Raises ArchiveTrouble."""
    with _associated(archive, our_title, [build_context(MOVE)], within_s=within_s) as association:
        answers = association.send_c_move(_series_identifier(place), our_title, MOVE, msg_id=message_id)
        for status, _ in answers:
            _judge(archive, _code(archive, status), status)
            if not goes_on():
                with suppress(RuntimeError, ValueError, OSError):
                    association.send_c_cancel(message_id, query_model=MOVE)
                association.abort()
                return


def _series_identifier(place: SeriesPlace) -> Dataset:
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "SERIES"
    identifier.StudyInstanceUID = place.study_uid
    identifier.SeriesInstanceUID = place.series_uid
    return identifier


def _judge(archive: Archive, code: int, status: Dataset) -> None:
    """Raise ArchiveTrouble unless the status is one of success or of work in progress (PS3.4 C.4.2.1.4, C.4.3.1.4)."""
    if code in (SUCCESS, *PENDING):
        return
    if code == DESTINATION_UNKNOWN:
        raise ArchiveTrouble(
            f"The archive '{archive.name}' does not know us as a destination: let its administrator enter our AE title."
        )
    if failed := status.get("NumberOfFailedSuboperations"):
        raise ArchiveTrouble(f"The archive '{archive.name}' could not send {int(failed)} of the images.")
    raise ArchiveTrouble(f"The archive '{archive.name}' cannot send this series (DICOM status {code:04X}).")


def _storage_classes() -> list[str]:
    """MR images; and screen captures, which are refused one by one later, so that a series with one comes whole."""
    return [*sorted(MR_IMAGES), *sorted(SECONDARY_CAPTURES)]


def _storage_contexts() -> list[PresentationContext]:
    """For MR one context for each compression, so that an archive sends what it has as it is."""
    from readerstudy.core.pixels import PLUGIN_OF_SYNTAX  # brings the decoders, which a search does not need

    compressed = [build_context(one, syntax) for one in sorted(MR_IMAGES) for syntax in PLUGIN_OF_SYNTAX]
    return [*(build_context(one, NATIVE) for one in _storage_classes()), *compressed]


@contextmanager
def _associated(
    archive: Archive,
    our_title: str,
    contexts: list[PresentationContext],
    *,
    roles: Iterable[object] = (),
    handlers: Iterable[tuple[object, Callable[[evt.Event], object]]] = (),
    within_s: float = 120.0,
) -> Iterator[Association]:
    """An association within bounds, which ends after `within_s` in any case. Raises ArchiveTrouble."""
    entity = _Entity(our_title)
    entity.maximum_pdu_size = bounds.MAX_PDU
    entity.connection_timeout = CONNECT_WITHIN_S
    entity.acse_timeout, entity.dimse_timeout, entity.network_timeout = 30.0, SILENT_FOR_S, SILENT_FOR_S
    association = entity.associate(
        archive.host,
        archive.port,
        contexts=contexts,
        ae_title=archive.title,
        max_pdu=bounds.MAX_PDU,
        ext_neg=list(roles),
        evt_handlers=[(evt.EVT_CONN_OPEN, _bound), (evt.EVT_DATA_RECV, _require_small), *handlers],
    )
    timer = threading.Timer(within_s, _cut_quietly, (association,))
    timer.daemon = True
    timer.start()
    try:
        if not association.is_established:
            raise ArchiveTrouble(_why_not(archive, association))
        yield association
    finally:
        timer.cancel()
        if association.is_established:
            association.release()
        if entity.raw is not None:
            entity.raw.close()


class _Entity(ApplicationEntity):
    """Remembers its socket: the library leaves one open whose peer is not there or went away."""

    raw: socket.socket | None = None

    def _create_socket(self, *args: Any) -> AssociationSocket:
        wrapped = super()._create_socket(*args)
        self.raw = wrapped.socket
        return wrapped


def _why_not(archive: Archive, association: Association) -> str:
    if association.is_rejected:
        return f"'{archive.name}' does not let us in: let its administrator enter our AE title."
    return f"'{archive.name}' cannot be reached, or does not speak DICOM: tell the administrator."


def _bound(event: evt.Event) -> None:
    wrapped = event.assoc.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.settimeout(SILENT_FOR_S)
        wrapped.recv = bounds.bounded_read(wrapped)  # type: ignore[method-assign]


def _require_small(event: evt.Event) -> None:
    if bounds.held_in_memory(event.assoc) > bounds.MEMORY_A_MESSAGE:
        bounds.cut(event.assoc)


def _cut_quietly(association: Association) -> None:
    with suppress(OSError):
        bounds.cut(association)


def send_instances(
    node: Archive, instances: Iterable[Dataset], *, our_title: str, progress: Callable[[int], None]
) -> None:
    """Send a series by C-STORE (PS3.4 B.2): all of it, or ArchiveTrouble is raised. Instances are uncompressed."""
    contexts = [build_context(one, NATIVE) for one in sorted(MR_IMAGES)]
    with _associated(node, our_title, contexts, within_s=SEND_WITHIN_S) as association:
        for number, instance in enumerate(instances, start=1):
            try:
                status = association.send_c_store(instance)
            except ValueError as error:  # no accepted context
                raise ArchiveTrouble(f"The node '{node.name}' does not take MR images of this kind.") from error
            code = _code(node, status)
            if code != SUCCESS and code not in COERCED:
                raise ArchiveTrouble(f"The node '{node.name}' did not take image {number} (DICOM status {code:04X}).")
            progress(number)
