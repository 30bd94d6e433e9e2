"""`/people/status/`: how the installation is doing, for its administrator."""

import platform

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from readerstudy.access import require_administrator
from readerstudy.services import health, measures
from readerstudy.views.gate import signed_in


@signed_in
@require_safe
def installation_status(request: HttpRequest) -> HttpResponse:
    """Renews itself every ten seconds."""
    require_administrator(request.user)
    found = measures.measure()
    served = {queue for one in found.workers or () for queue in one.queues}
    context = {
        "it": found,
        "ok": health.OK,
        "unserved": sorted({work.queue for work in found.work} - served),
        "metrics": bool(settings.METRICS_TOKEN),
        "versions": {
            "Python": platform.python_version(),
            "Django": django.get_version(),
            "Database": _database_version(),
        },
        "data_dir": settings.DATA_DIR,
        "disk_percent": round(100 * found.disk_free_bytes / found.disk_bytes) if found.disk_bytes else 0,
    }
    template = "_status" if request.htmx else "installation_status"
    return render(request, f"readerstudy/{template}.html", context)


def _database_version() -> str:
    major, *minor = connection.get_database_version()
    return f"{connection.display_name} {'.'.join(str(part) for part in (major, *minor))}"
