"""`/receiver/`: the administrator's view of the DICOM receiver and whom it turned away; and of the archives."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from readerstudy.access import require_administrator
from readerstudy.models import Refusal, Way
from readerstudy.views.gate import signed_in

ROWS = 200


@signed_in
@require_safe
def receiver(request: HttpRequest) -> HttpResponse:
    """All refusals of the receiver, also those of studies that the administrator does not see: titles, no names."""
    require_administrator(request.user)
    context = {
        "port": settings.DICOM_PORT,
        "bind": settings.DICOM_BIND,
        "our_title": settings.DICOM_AE_TITLE,
        "peers": settings.DICOM_PEERS.peers,
        "associations": settings.DICOM_ASSOCIATIONS,
        "archives": settings.ARCHIVES,
        "refusals": Refusal.objects.filter(way=Way.DICOM)[:ROWS],
    }
    return render(request, "readerstudy/receiver.html", context)
