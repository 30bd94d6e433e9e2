"""How long requests take, by view: kept where all web processes of this machine add to the same figures."""

import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

# The library reads this one itself, when it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of ours in it, which is checked)
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.5, 1.0, 2.5, 10.0, 60.0)
NO_VIEW = "none"  # static files, and addresses that do not exist

if settings.METRICS_FOLDER:
    Path(settings.METRICS_FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
own = CollectorRegistry()
SECONDS = Histogram(
    "readerstudy_request_seconds",
    "Seconds until the response to a request was there, by view",
    ("view", "method", "status"),
    buckets=BUCKETS_S,
    registry=own,
)


class RequestSecondsMiddleware:
    """Stands first, so that all the others are counted in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun = time.perf_counter()
        response = self._get_response(request)
        # The name of the address and not the address: that would tell of studies, pairs and readers.
        view = request.resolver_match.view_name if request.resolver_match else NO_VIEW
        method = request.method if request.method in {"GET", "HEAD", "POST", "PUT", "DELETE"} else "other"
        SECONDS.labels(view or NO_VIEW, method, f"{response.status_code // 100}xx").observe(time.perf_counter() - begun)
        return response


def registry() -> CollectorRegistry:
    """The figures of all web processes of this machine."""
    if not settings.METRICS_FOLDER:
        return own
    everybody = CollectorRegistry()
    MultiProcessCollector(everybody)
    return everybody


@contextlib.contextmanager
def shared_folder(data_dir: Path) -> Iterator[Path]:
    """
    The folder for the figures of the web server of this data directory: empty at first, removed at the end.

    In memory where the system has such a place: a mapped file on a full disk would end the process that writes to it.
    """
    name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    place = SHARED_MEMORY / f"readerstudy-{os.getuid()}-{name}"
    if not (SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK) and _is_ours(place)):
        place = data_dir / "metrics"
    shutil.rmtree(place, ignore_errors=True)  # of a supervisor that was killed
    place.mkdir(mode=0o700)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _is_ours(place: Path) -> bool:
    """True where nothing is, or a real folder of this user: everybody may write into shared memory."""
    if not os.path.lexists(place):
        return True
    return not place.is_symlink() and place.is_dir() and place.stat().st_uid == os.getuid()
