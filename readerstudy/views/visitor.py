"""From where a request comes."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "unknown"


def address_of(request: HttpRequest) -> str:
    """The address of the browser: as our own proxies saw it, never as the browser itself says.

    Each of `settings.PROXIES` proxies adds one address at the end of X-Forwarded-For; what stands before is anybody's.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    seen = hops[-settings.PROXIES] if settings.PROXIES and len(hops) >= settings.PROXIES else ""
    return _address(seen) or _address(request.META.get("REMOTE_ADDR", "")) or UNKNOWN


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return ""
