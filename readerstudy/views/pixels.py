"""`/pixels/<token>/<z>`: one slice of one side. The same code, headers and number of bytes for both sides."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from readerstudy import queries_training
from readerstudy.core import stack_file
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.wording import translatable
from readerstudy.models import Allocation, Arm, Series, StoredFile, User
from readerstudy.services import files
from readerstudy.services.training import TrainingFirst
from readerstudy.views.gate import signed_in


@signed_in
@require_safe
def pixel_slice(request: HttpRequest, token: str, z: int) -> HttpResponse:
    """The uint16 slice nearest to a rung, as `core.stack_file` documents, padded to the longer of the pair's two."""
    allocation = _allocation_of(request.user, token)
    slices = [_slice(_stack(allocation, arm), z) for arm in allocation.arms]
    own = slices[0] if token == allocation.left_token else slices[1]
    content = stack_file.on_the_wire(own, max(len(one.blob) for one in slices))
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
        Allocation.everything.filter(Q(left_token=token) | Q(right_token=token), reader__user=user)
        .annotate(training_is_due=queries_training.due_of_reader())
        .select_related(*Allocation.OF_SIDES)
        .first()
    )
    if allocation is None or not allows(allocation.study.status, Act.READ):
        raise NotFound(translatable("There is no such image."))
    if allocation.training_run_id is None and allocation.training_is_due:
        raise TrainingFirst(allocation.study)
    return allocation


def _stack(allocation: Allocation, arm: Arm) -> StoredFile:
    series = (
        Series.objects.filter(image_set=allocation.pair.image_set_id, arm=arm, removed_at=None)
        .select_related("display")
        .first()
    )
    if series is None or series.display is None or not series.is_usable:
        raise NotFound(translatable("There is no such image."))
    return series.display


def _slice(stack: StoredFile, z: int) -> stack_file.StoredSlice:
    with files.open_stored(stack) as stream:
        index = stack_file.StackIndex.read(stream)
        if z >= index.rungs:
            raise NotFound(translatable("There is no such image."))
        return index.slice_at(stream, z)
