"""The node: pynetdicom's events on one side, the study's services on the other."""

import logging
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils import timezone
from pydicom.dataset import Dataset
from pynetdicom import _config, evt
from pynetdicom.ae import ApplicationEntity
from pynetdicom.association import Association
from pynetdicom.presentation import StoragePresentationContexts
from pynetdicom.sop_class import Verification

from readerstudy.core.errors import WrongState
from readerstudy.core.pixels import NATIVE_SYNTAXES, PLUGIN_OF_SYNTAX
from readerstudy.models import Study, Upload, Way
from readerstudy.receiver.bounds import BoundedServer
from readerstudy.receiver.door import (
    NOT_AUTHORISED,
    OUT_OF_RESOURCES,
    SUCCESS,
    NotTaken,
    TurnedAway,
    admit,
    require_image,
)
from readerstudy.remote import bounds
from readerstudy.services import fetching, receiving, refusals, uploads
from readerstudy.services.receiving import Sender
from readerstudy.services.uploads import DiskFull, FileTooLarge

logger = logging.getLogger(__name__)
# What the worker can decode. Where a peer offers several for one context, the first that it offers is taken.
TRANSFER_SYNTAXES = [*sorted(NATIVE_SYNTAXES), *PLUGIN_OF_SYNTAX]
SPARE_CONNECTIONS = 20  # beyond the associations: these are told so; more are closed without a word
NETWORK_TIMEOUT_S = 60
LOOK_EVERY_S = 1.0
TOUCH_EVERY_S = 10.0
LEFT_OVER_AFTER_S = 600.0
KINDS_OF_REFUSAL = 500  # counted between two looks; what is beyond is one kind
CANNOT_STORE = "The server cannot save at the moment: its disk or its database does not take anything."


@dataclass
class Session:
    """One association: who calls, where their images go, and what is under way."""

    caller: str
    sender: Sender | None
    unanswered_bytes: int = 0
    in_the_middle: bool = False
    touched_at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Complaint:
    """One kind of refusal, as it is counted until the next look."""

    study: Study | None
    sender: str
    called: str
    reason: str


class Node:
    """Listens, takes and refuses; `look` is to be called again and again by the one who started it."""

    def __init__(self) -> None:
        self._sessions: dict[Association, Session] = {}
        self._complaints: Counter[Complaint] = Counter()
        self._lock = threading.Lock()
        self._server: BoundedServer | None = None

    def start(self) -> None:
        """Listen on the port of the settings. Raises OSError where that is taken."""
        self._prepare_process()
        entity = ApplicationEntity(settings.DICOM_AE_TITLE)
        # Every kind of object is let in, so that a sender of a whole study goes on after the first report in it.
        for context in StoragePresentationContexts:
            entity.add_supported_context(str(context.abstract_syntax), TRANSFER_SYNTAXES)
        entity.add_supported_context(Verification)
        entity.maximum_associations = settings.DICOM_ASSOCIATIONS
        entity.maximum_pdu_size = bounds.MAX_PDU
        entity.acse_timeout = entity.dimse_timeout = bounds.SILENT_FOR_S
        entity.network_timeout = NETWORK_TIMEOUT_S
        handlers = [
            (evt.EVT_REQUESTED, self._requested),
            (evt.EVT_C_ECHO, lambda event: SUCCESS),
            (evt.EVT_C_STORE, self._store),
            (evt.EVT_DATA_RECV, self._bytes_came),
            (evt.EVT_RELEASED, self._released),
        ]
        server = entity.make_server(
            (settings.DICOM_BIND, settings.DICOM_PORT), evt_handlers=handlers, server_class=BoundedServer
        )
        server.may_connect = settings.DICOM_PEERS.knows_address
        server.turned_away = lambda address, reason: self._complain(None, address, "", reason)
        server.most_connections = settings.DICOM_ASSOCIATIONS + SPARE_CONNECTIONS
        self._server = server
        receiving.note_restart()  # now that the port is ours
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()

    def _prepare_process(self) -> None:
        tempfile.tempdir = str(receiving.waiting_room())  # the library writes an object there while it comes
        _config.STORE_RECV_CHUNKED_DATASET = True
        _config.LOG_HANDLER_LEVEL = "none"
        for name in ("pynetdicom", "pydicom"):  # their messages and warnings quote what was sent
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        warnings.simplefilter("ignore")
        threading.excepthook = _tell_type_only

    def stop(self) -> None:
        """Take no more connections; what is half-sent is broken off, what was acknowledged is on the disk."""
        if self._server is not None:
            self._server.shutdown()
        for association in list(self._sessions):
            with suppress(OSError):
                bounds.cut(association)
        self._write_complaints()

    def look(self) -> None:
        """Close what is idle, write down what was refused, sweep up what was left."""
        try:
            self._write_complaints()
            self._forget_ended()
            receiving.close_idle(now=timezone.now())
            receiving.sweep(older_than_s=LEFT_OVER_AFTER_S)
        except (DatabaseError, OSError) as error:  # a full disk: the next look tries again
            logger.error("The receiver could not do its round: %s", type(error).__name__)

    def _write_complaints(self) -> None:
        with self._lock:
            complaints, self._complaints = self._complaints, Counter()
        for one, count in complaints.items():
            refusals.note(
                one.study, way=Way.DICOM, sender=one.sender, called=one.called, reason=one.reason, count=count
            )

    def _forget_ended(self) -> None:
        for association, session in list(self._sessions.items()):
            if not association.is_alive():
                self._sessions.pop(association, None)
                if session.sender and session.in_the_middle:
                    receiving.note_broken_off(session.sender)
            elif session.sender and session.unanswered_bytes and _is_past(session.touched_at, TOUCH_EVERY_S):
                session.touched_at = time.monotonic()
                receiving.touch(session.sender)

    def _complain(self, study: Study | None, sender: str, called: str, reason: str) -> None:
        one = Complaint(study, sender, called, reason)
        with self._lock:
            if one not in self._complaints and len(self._complaints) >= KINDS_OF_REFUSAL:
                one = Complaint(None, "many", "", "More refusals than are listed one by one.")
            self._complaints[one] += 1

    def _requested(self, event: evt.Event) -> None:
        """Let an association in, or reject it with the code that tells its administrator why."""
        request = event.assoc.requestor.primitive
        called, calling = request.called_ae_title.strip(), request.calling_ae_title.strip()
        address = event.assoc.requestor.address_info.address
        caller = f"{calling} at {address}"
        try:
            with _own_connection():
                sender = admit(called=called, calling=calling, address=address, peers=settings.DICOM_PEERS)
        except TurnedAway as refused:
            self._complain(refused.study, caller, called, str(refused))
            event.assoc.acse.send_reject(*refused.rejection)
            event.assoc.kill()
        except Exception as error:  # the library would go on and let them in
            logger.error("An association could not be judged: %s", type(error).__name__)
            event.assoc.acse.send_reject(2, 3, 1)
            event.assoc.kill()
        else:
            self._sessions[event.assoc] = Session(caller, sender)

    def _bytes_came(self, event: evt.Event) -> None:
        session = self._sessions.get(event.assoc)
        if session is None:
            return
        session.in_the_middle = True
        session.unanswered_bytes += len(event.data)
        too_much = session.unanswered_bytes > settings.UPLOAD_MAX_FILE_BYTES + bounds.LONGEST_PDU
        if too_much or bounds.held_in_memory(event.assoc) > bounds.MEMORY_A_MESSAGE:
            self._refused(session, "An object is larger than the limit.", OUT_OF_RESOURCES)
            bounds.cut(event.assoc)

    def _released(self, event: evt.Event) -> None:
        if (session := self._sessions.get(event.assoc)) is not None:
            session.in_the_middle = False

    def _store(self, event: evt.Event) -> Dataset | int:
        """Success only when the object is on the disk for good."""
        session = self._sessions[event.assoc]
        try:
            with _own_connection():
                self._take(event, session.sender)
        except NotTaken as refused:
            return self._refused(session, str(refused), refused.status)
        except WrongState as error:
            return self._refused(session, str(error), NOT_AUTHORISED)
        except (DiskFull, FileTooLarge) as error:
            return self._refused(session, str(error), OUT_OF_RESOURCES)
        except (OSError, DatabaseError) as error:
            logger.error("An object could not be stored: %s", type(error).__name__)
            return self._refused(session, CANNOT_STORE, OUT_OF_RESOURCES)
        finally:
            if event.assoc.dimse.msg_queue.empty():
                session.unanswered_bytes = 0
        return SUCCESS

    def _take(self, event: evt.Event, sender: Sender | None) -> None:
        asked_for = None if sender else self._asked_for(event)
        if sender is None and asked_for is None:
            raise NotTaken("Send images to the AE title of a study; this one takes what was asked for.", NOT_AUTHORISED)
        instance, sop_class = str(event.request.AffectedSOPInstanceUID), str(event.request.AffectedSOPClassUID)
        require_image(sop_class=sop_class, sop_instance=instance, negotiated=event.context.abstract_syntax)
        path = event.dataset_path
        if asked_for is not None:
            with path.open("rb") as stream:
                uploads.receive(asked_for, name=f"{instance}.dcm", stream=stream, length=path.stat().st_size)
        elif sender is not None:
            receiving.take(sender, name=f"{instance}.dcm", path=path)

    def _asked_for(self, event: evt.Event) -> Upload | None:
        """The upload of the series that an archive sends because we asked for it by C-MOVE (PS3.7 9.1.1.1)."""
        if str(event.request.MoveOriginatorApplicationEntityTitle or "").strip() != settings.DICOM_AE_TITLE:
            return None
        return fetching.upload_of_move(event.request.MoveOriginatorMessageID)

    def _refused(self, session: Session, reason: str, status: int) -> Dataset:
        sender = session.sender
        study, called = (sender.entrance.study, sender.called) if sender else (None, settings.DICOM_AE_TITLE)
        self._complain(study, session.caller, called, reason)
        answer = Dataset()
        answer.Status = status
        answer.ErrorComment = reason[:64]  # LO
        return answer


def _is_past(moment: float, seconds: float) -> bool:
    return time.monotonic() - moment > seconds


@contextmanager
def _own_connection() -> Iterator[None]:
    """The library's threads come and go; each gives its connections to the database back."""
    try:
        yield
    finally:
        connections.close_all()


def _tell_type_only(arguments: threading.ExceptHookArgs) -> None:
    print(f"A thread of the receiver ended: {arguments.exc_type.__name__}", file=sys.stderr, flush=True)
