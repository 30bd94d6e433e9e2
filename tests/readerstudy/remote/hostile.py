"""Servers that answer as they like, one answer for each connection."""

import contextlib
import socketserver
import threading
from collections.abc import Callable, Iterator

from readerstudy.core.archives import Archive, parse_archives

Answer = Callable[["socketserver.StreamRequestHandler"], None]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """A server on this machine; yields its port."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                answer(self)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def web_archive(port: int) -> Archive:
    return parse_archives([f"web=http://127.0.0.1:{port}/dicom-web"])[0]


def dicom_archive(port: int) -> Archive:
    return parse_archives([f"node=dicom://NODE@127.0.0.1:{port}"])[0]


def request_of(handler: "socketserver.StreamRequestHandler") -> str:
    """The request, read to the end of its headers."""
    lines = []
    while (line := handler.rfile.readline(65536)) not in (b"\r\n", b""):
        lines.append(line)
    return b"".join(lines).decode()


def http(status: str, body: bytes = b"", **headers: str) -> Answer:
    head = {"Content_Type": "application/dicom+json", "Content_Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items())

    def answer(handler: "socketserver.StreamRequestHandler") -> None:
        request_of(handler)
        handler.wfile.write(f"HTTP/1.1 {status}\r\n{lines}Connection: close\r\n\r\n".encode() + body)

    return answer
