"""What a peer may send over one association, whoever opened it: pynetdicom itself has no limits.

The library allocates what the header of a PDU announces, up to 4 GiB, waits for a silent peer for ever, and collects
the fragments of a message without limit. Each of these is a peer's to choose, so each is limited here.
"""

import socket
import time
from collections.abc import Callable

from pynetdicom.association import Association
from pynetdicom.transport import AssociationSocket

LONGEST_PDU = 1024 * 1024  # ours announce MAX_PDU; an association request with many contexts is larger than that
MAX_PDU = 128 * 1024
PDU_WITHIN_S = 60.0
SILENT_FOR_S = 30.0
MEMORY_A_MESSAGE = 1024 * 1024  # commands, and data sets that are not written to a file
CHUNK = 65536


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
