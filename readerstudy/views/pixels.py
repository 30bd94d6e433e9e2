"""`/pixels/<token>/<z>`: one slice of one side. The same code, headers and number of bytes for both sides."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from readerstudy.core import display
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, allows
from readerstudy.models import Allocation, Arm, Series, StoredFile, User
from readerstudy.services import files
from readerstudy.views.gate import signed_in


@signed_in
@require_safe
def pixel_slice(request: HttpRequest, token: str, z: int) -> HttpResponse:
    """A uint16 slice, packed as `core.display` documents, padded to the longer of the pair's two."""
    allocation = _allocation_of(request.user, token)
    left, right = (_stack(allocation, arm) for arm in (allocation.left_arm, allocation.right_arm))
    blobs = [_slice(stack, z) for stack in (left, right)]
    own = blobs[0] if token == allocation.left_token else blobs[1]
    content = display.padded_slice(own, max(len(blob) for blob in blobs))
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Cache-Control"] = "private, no-store"
    return response


@signed_in
@require_safe
def stack(request: HttpRequest, token: str) -> HttpResponse:
    """The address under which the slices lie; it has no content of its own."""
    _allocation_of(request.user, token)
    return HttpResponse(status=204)


def _allocation_of(user: User, token: str) -> Allocation:
    allocation = (
        Allocation.objects.filter(Q(left_token=token) | Q(right_token=token), reader__user=user)
        .select_related("study", "pair", "left_arm", "right_arm")
        .first()
    )
    if allocation is None or not allows(allocation.study.status, Act.READ):
        raise NotFound("There is no such image.")
    return allocation


def _stack(allocation: Allocation, arm: Arm) -> StoredFile:
    series = (
        Series.objects.filter(image_set=allocation.pair.image_set_id, arm=arm, removed_at=None)
        .select_related("display")
        .first()
    )
    if series is None or series.display is None or not series.is_usable:
        raise NotFound("There is no such image.")
    return series.display


def _slice(stack: StoredFile, z: int) -> bytes:
    with files.open_stored(stack) as stream:
        index = display.StackIndex.read(stream)
        if z >= index.slices:
            raise NotFound("There is no such image.")
        return display.slice_bytes(stream, index, z)
