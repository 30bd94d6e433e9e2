"""A wire between a browser and a server on this machine that can be cut: a relay of TCP connections.

The browser speaks to one address all the time, also while the server behind it is killed and started again.
"""

import contextlib
import socket
import struct
import threading
from enum import StrEnum
from typing import Self

CHUNK = 65536
AT_ONCE_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, as a pulled cable's router does


class Wire(StrEnum):
    WHOLE = "whole"
    REFUSES = "refuses"  # nobody answers at the address
    LOSES_ANSWERS = "loses answers"  # what is sent arrives, what comes back does not
    STALLS = "stalls"  # connections open, and nothing moves


class CutWire:
    """Relays `address` to a port of this machine, in whatever state `state` is."""

    def __init__(self, server_port: int) -> None:
        self.server_port = server_port
        self.state = Wire.WHOLE
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._drop_all()

    def become(self, state: Wire) -> None:
        """From now on; what is under way feels it too."""
        self.state = state
        if state in (Wire.REFUSES, Wire.WHOLE):
            self._drop_all()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listener.accept()
            except OSError:
                return
            if self.state is Wire.REFUSES:
                self._drop(browser)
            else:
                threading.Thread(target=self._relay, args=(browser,), daemon=True).start()

    def _relay(self, browser: socket.socket) -> None:
        self._keep(browser)
        if self.state is Wire.STALLS:
            return  # it stays open, and is dropped when the wire is whole again
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), timeout=5)
        except OSError:
            self._drop(browser)
            return
        server.settimeout(None)
        self._keep(server)
        threading.Thread(target=self._pump, args=(server, browser, True), daemon=True).start()
        self._pump(browser, server, False)

    def _pump(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                if self.state is Wire.STALLS:
                    return
                if is_answer and self.state is Wire.LOSES_ANSWERS:
                    break
                target.sendall(chunk)
        self._drop(source)
        self._drop(target)

    def _keep(self, one: socket.socket) -> None:
        with self._lock:
            self._open.add(one)

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE_RESET)
            one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in recv
        one.close()

    def _drop_all(self) -> None:
        for one in list(self._open):
            self._drop(one)
