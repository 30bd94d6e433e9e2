"""What a load balancer or a monitor asks, without signing in."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from readerstudy.services import health

NOT_READY = 503


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The web server answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Requests can be served in full: 200, or 503 with the part that is not well."""
    parts = health.readiness()
    return JsonResponse(parts, status=200 if set(parts.values()) == {health.OK} else NOT_READY)
