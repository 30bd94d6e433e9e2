"""`/metrics`: what Prometheus asks, with a token of its own. Figures of the installation, of no study and no arm."""

import secrets
from collections.abc import Iterator

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from readerstudy import request_seconds
from readerstudy.services import health, measures


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """404 where no token is set, 401 without the right one."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _has_token(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    of_the_moment = CollectorRegistry()
    of_the_moment.register(InstallationCollector(measures.measure()))
    text = generate_latest(of_the_moment) + generate_latest(request_seconds.registry())
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    right = secrets.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return right and scheme.lower() == "bearer"


class InstallationCollector(Collector):
    """The figures of one moment in the words of Prometheus."""

    def __init__(self, installation: measures.Installation) -> None:
        self._it = installation

    def collect(self) -> Iterator[Metric]:
        tasks = GaugeMetricFamily("readerstudy_tasks", "Tasks by kind and state", labels=("kind", "queue", "state"))
        waiting = GaugeMetricFamily(
            "readerstudy_first_task_waits_seconds", "How long the first task in the line has waited", labels=("kind",)
        )
        took = SummaryMetricFamily(
            "readerstudy_task_seconds", "Seconds of the tasks that have run to an end", labels=("kind",)
        )
        for work in self._it.work:
            for state, number in work.tasks.items():
                tasks.add_metric((work.kind, work.queue, state), number)
            waiting.add_metric((work.kind,), work.waiting_s)
            took.add_metric((work.kind,), count_value=work.ended, sum_value=work.seconds)
        yield from (tasks, waiting, took, self._workers(), self._parts())
        yield CounterMetricFamily(
            "readerstudy_score_saves", "Saves of scores that were acknowledged", value=self._it.saves
        )
        yield GaugeMetricFamily(
            "readerstudy_disk_free_bytes", "Free bytes where the data are", value=self._it.disk_free_bytes
        )

    def _workers(self) -> Metric:
        workers = GaugeMetricFamily(
            "readerstudy_workers", "Workers that gave a sign lately, by queue", labels=("queue", "state")
        )
        counted: dict[tuple[str, str], int] = {}
        for one in self._it.workers or ():
            for queue in one.queues:
                counted[queue, one.state] = counted.get((queue, one.state), 0) + 1
        for labels, number in sorted(counted.items()):
            workers.add_metric(labels, number)
        return workers

    def _parts(self) -> Metric:
        parts = GaugeMetricFamily(
            "readerstudy_part_ok", "1 where a part does its work: the same that /readyz looks at", labels=("part",)
        )
        for part, said in self._it.parts.items():
            parts.add_metric((part,), 1.0 if said == health.OK else 0.0)
        return parts
