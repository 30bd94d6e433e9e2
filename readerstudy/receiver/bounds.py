"""pynetdicom's server with bounds on the number of connections; what each may send is bounded in `remote.bounds`."""

from collections.abc import Callable
from typing import Any

from pynetdicom.association import Association
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from readerstudy.remote.bounds import SILENT_FOR_S, bounded_read


class BoundedHandler(RequestHandler):
    """An association whose socket reads within bounds."""

    def _create_association(self) -> Association:
        self.request.settimeout(SILENT_FOR_S)
        association = super()._create_association()
        assert association.dul.socket is not None
        association.dul.socket.recv = bounded_read(association.dul.socket)  # type: ignore[method-assign]
        return association


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
