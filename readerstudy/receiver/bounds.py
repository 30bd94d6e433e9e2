"""pynetdicom's server with bounds: on connections, on the length of a PDU, on time, and on what is held in memory.

The library allocates what the header of a PDU announces, up to 4 GiB, waits for a silent peer for ever, and collects
the fragments of a message without limit. Each of these is a peer's to choose, so each is limited here.
"""

import socket
import time
from collections.abc import Callable
from typing import Any

from pynetdicom.association import Association
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer

LONGEST_PDU = 1024 * 1024  # ours announce MAX_PDU; an association request with many contexts is larger than that
MAX_PDU = 128 * 1024
PDU_WITHIN_S = 60.0
SILENT_FOR_S = 30.0
MEMORY_A_MESSAGE = 1024 * 1024  # commands, and data sets that are not written to a file
CHUNK = 65536


class BoundedHandler(RequestHandler):
    """An association whose socket reads within bounds."""

    def _create_association(self) -> Association:
        self.request.settimeout(SILENT_FOR_S)
        association = super()._create_association()
        assert association.dul.socket is not None
        association.dul.socket.recv = bounded_read(association.dul.socket)  # type: ignore[method-assign]
        return association


def bounded_read(wrapped: AssociationSocket) -> Callable[[int], bytearray]:
    """As `AssociationSocket.recv`, but for at most LONGEST_PDU bytes and PDU_WITHIN_S. Raises OSError."""

    def read(count: int) -> bytearray:
        if count > LONGEST_PDU:
            raise OSError("the PDU is too long")
        assert wrapped.socket is not None
        ends, content = time.monotonic() + PDU_WITHIN_S, bytearray()
        while len(content) < count:
            if time.monotonic() > ends:
                raise TimeoutError("the PDU came too slowly")
            part = wrapped.socket.recv(min(CHUNK, count - len(content)))
            if not part:
                break
            content += part
        return content

    return read


class BoundedServer(ThreadedAssociationServer):
    """Closes a connection at once when its address is on no list, or when there are too many already.

    `may_connect` gets the address; `turned_away` is told of those that were closed, with words.
    """

    request_queue_size = 128
    daemon_threads = True
    # Set by the node before the first connection.
    may_connect: Callable[[str], bool]
    turned_away: Callable[[str, str], None]
    most_connections: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "request_handler": BoundedHandler})

    def verify_request(self, request: Any, client_address: Any) -> bool:
        address = str(client_address[0])
        if not self.may_connect(address):
            self.turned_away(address, "A connection from an address that is on no line of READERSTUDY_DICOM_PEERS.")
            return False
        if len(self.active_associations) >= self.most_connections:
            self.turned_away(address, "Too many connections at once.")
            return False
        return True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """The base class prints a traceback, which may quote what was sent."""


def held_in_memory(association: Association) -> int:
    """Bytes of the message that is being put together."""
    message = association.dimse.message
    if message is None:
        return 0
    return sum(part.tell() for part in (message.encoded_command_set, message.data_set) if part is not None)


def cut(association: Association) -> None:
    """End a connection at once, without a word to the peer."""
    wrapped = association.dul.socket
    if wrapped is not None and wrapped.socket is not None:
        wrapped.socket.shutdown(socket.SHUT_RDWR)
