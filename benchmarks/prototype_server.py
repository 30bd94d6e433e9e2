"""The bare prototype viewer of READERSTUDY_SHARED/viewer/prototype, served as it stands, for ratios in one run.

Its scripts import style sheets, which only a bundler understands: those lines are left out and the sheets linked.
"""

import gzip
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

from readerstudy.core.display import Window, display_window, encode_slice

NAMES = {"k3vq7m": "soc", "p9xd2c": "fast"}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Reader</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/shell.css"><link rel="stylesheet" href="/own.css">
<body><script type="module" src="/own.js"></script></body></html>"""
STYLE_IMPORT = re.compile(rb"^import '\./\w+\.css';$", re.MULTILINE)
KINDS = {".js": "text/javascript", ".css": "text/css"}


def answers(folder: Path, stacks: Mapping[str, np.ndarray]) -> dict[str, tuple[str, bytes]]:
    """Path to content type and gzip of everything that the prototype asks for."""
    window = display_window(stacks["soc"], stacks["fast"])
    found = {"/": ("text/html", gzip.compress(PAGE.encode()))}
    for path in (*folder.glob("*.js"), *folder.glob("*.css")):
        found[f"/{path.name}"] = (KINDS[path.suffix], gzip.compress(STYLE_IMPORT.sub(b"", path.read_bytes())))
    for name, stack in stacks.items():
        token = next(token for token, each in NAMES.items() if each == name)
        found[f"/api/s/{token}/meta.json"] = ("application/json", gzip.compress(json.dumps(_meta(window)).encode()))
        for z, pixels in enumerate(stack):
            found[f"/api/s/{token}/{z}"] = ("application/octet-stream", encode_slice(pixels))
    return found


def _meta(window: Window) -> dict[str, object]:
    shape = {"rows": 512, "cols": 512, "n": 20, "bits": 16, "signed": False}
    return {**shape, "spacing": [0.45, 0.45], "dz": 5.0, "wl": [window.center, window.width]}


@contextmanager
def running_prototype(folder: Path, stacks: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Its address while it runs."""
    table = answers(folder, stacks)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """The output is for figures."""

        def do_GET(self) -> None:
            kind, body = table.get(self.path.split("?")[0], ("text/plain", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if body:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
