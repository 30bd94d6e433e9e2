"""An enhancement node, the way hospitals use one: we send the accelerated series, and what it makes comes back to us.

What leaves is the stored, de-identified series. What comes back arrives at the receiver as any upload does, and is
known by what we sent.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pydicom.dataset import Dataset

from enhancement import queries
from enhancement.core.returned import Sent, is_of_a_sent_study, sent_of, sources_of, uids_and_dates
from enhancement.models import EnhancementSettings, Sending, SendingState
from readerstudy.core import lifecycle
from readerstudy.core.archives import Archive
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.models import Arm, ReceivingTitle, Series, Study, Upload, User
from readerstudy.services import archive, audit, cases, tasks
from readerstudy.services.returned import CannotTell, Returned
from readerstudy.services.tasks import Progress

NOT_TOLD = (
    "It was made from a series that was sent to an enhancement node, but from which cannot be told. Let the node name "
    "the images that it used, or send the series as the arm that it is."
)


def node_named(name: str) -> Archive:
    """One that the administrator configured. Raises BadInput for any other."""
    found = next((one for one in settings.ENHANCEMENT_NODES if one.name == name), None)
    if found is None:
        raise BadInput(f"There is no enhancement node '{name[:40]}' in the settings of this server.")
    return found


def return_title(study: Study) -> ReceivingTitle:
    """The AE title that we call ourselves towards the node, and that it returns to. Raises WrongState without one."""
    found = study.receiving_titles.filter(closed_at=None, arm=None).first()
    if found is None:
        raise WrongState(
            "The node returns to an AE title of this study, and there is none that is open and without an arm. "
            "Make one on the page for sending from a scanner or an archive."
        )
    return found


@transaction.atomic
def set_engine(study: Study, *, actor: User, node: str) -> int:
    """Choose who enhances: a node, or with an empty name our own denoiser. What another made is made again.

    Returns how many series that are. Raises BadInput, WrongState.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    lifecycle.require(study.status, lifecycle.Act.EDIT_PROTOCOL)
    before = queries.node_of(study)
    if node == before:
        return 0
    if node:
        node_named(node)
        return_title(study)
    outdated = list(_made_by(study, before))
    EnhancementSettings.objects.update_or_create(study=study, defaults={"node": node})
    audit.record(study, actor, "enhancement engine changed", before=before, after=node, made_again=len(outdated))
    study.series.filter(pk__in=[one.pk for one in outdated]).update(removed_at=timezone.now())
    for image_set in study.image_sets.all():
        cases.refresh(image_set)
    return len(outdated)


def _made_by(study: Study, node: str) -> Sequence[Series]:
    current = study.series.filter(removed_at=None)
    if node:
        return current.filter(sending__node=node)
    return current.filter(origin=Series.Origin.GENERATED)


def send(source: Series, progress: Progress) -> None:
    """Send a series that an arm is to be made from; one that is on its way already is left alone.

    Raises WrongState, ArchiveTrouble.
    """
    node = node_named(queries.node_of(source.study))
    title = return_title(source.study)
    for arm in _lacking_arms(source):
        sending = _sending(source, arm, node)
        if sending.state != SendingState.WAITING:
            _send(sending, node, title, progress)


def _lacking_arms(source: Series) -> list[Arm]:
    lifecycle.require(Study.objects.get(pk=source.study_id).status, lifecycle.Act.EDIT_CASES)
    if source.removed_at or source.image_set is None or source.arm is None:
        raise WrongState("The series was moved, removed or replaced meanwhile; there is nothing to send.")
    present = source.image_set.series.filter(removed_at=None, arm__isnull=False).values("arm")
    return list(source.arm.generated.exclude(pk__in=present))


def _sending(source: Series, arm: Arm, node: Archive) -> Sending:
    """The row of this source and arm; one of another node, or whose result was removed, begins anew."""
    sending, _ = Sending.objects.get_or_create(source=source, arm=arm, defaults={"node": node.name})
    if sending.node != node.name or sending.state == SendingState.DONE:
        sending.node, sending.state, sending.result, sending.returned_at = node.name, SendingState.ASKED, None, None
        sending.save()
    return sending


def _send(sending: Sending, node: Archive, title: ReceivingTitle, progress: Progress) -> None:
    from readerstudy.remote import dimse  # pynetdicom, which no page needs

    dimse.silence()
    with archive.opened(sending.source) as instances:
        sending.sent = sent_of(instances).to_json()
        sending.ours = sorted(frozenset[str]().union(*(uids_and_dates(one) for one in instances)))
        # Written first: a quick node returns the series before the last image was acknowledged.
        sending.save(update_fields=("sent", "ours"))
        step = f"{sending.arm} of {sending.source.image_set}, sending"
        dimse.send_instances(
            node, instances, our_title=title.title, progress=lambda done: progress(done, len(instances), step)
        )
    on_its_way = Sending.objects.filter(pk=sending.pk, state=SendingState.ASKED)
    on_its_way.update(state=SendingState.WAITING, sent_at=timezone.now())
    audit.record(
        sending.source.study, None, "series sent to a node", source=sending.source_id, arm=sending.arm.code,
        node=node.name, images=len(instances),
    )  # fmt: skip


@transaction.atomic
def send_again(sending: Sending, *, actor: User) -> None:
    """Once more: it is late, or what was sent got lost."""
    study = Study.objects.select_for_update().get(pk=sending.source.study_id)
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)
    if not Sending.objects.filter(pk=sending.pk).exclude(state=SendingState.DONE).update(state=SendingState.ASKED):
        raise WrongState("It came back. Remove that series, and it is sent again.")
    audit.record(study, actor, "series sent again", source=sending.source_id, arm=sending.arm.code, node=sending.node)
    tasks.dismiss(study, "enhance", sending.source_id)
    tasks.enqueue(study, "enhance", sending.source_id)


def is_late(sending: Sending, *, now: datetime) -> bool:
    """Whether it should have come back by now."""
    patience = timedelta(minutes=settings.ENHANCEMENT_LATE_MINUTES)
    waiting = sending.state == SendingState.WAITING and sending.sent_at is not None
    return waiting and sending.sent_at < now - patience  # type: ignore[operator]


def match(upload: Upload, datasets: Sequence[Dataset]) -> Returned | None:
    """Which of the series that were sent these instances were made from. Raises CannotTell."""
    rows = {
        one.pk: one
        for one in Sending.objects.filter(source__study=upload.study, source__removed_at=None)
        .exclude(sent={})
        .select_related("source__participant", "source__image_set", "source__arm", "arm")
        if upload.arm_id in (None, one.arm_id)
    }
    sent = {pk: Sent.from_json(one.sent) for pk, one in rows.items()}
    keys = sources_of(datasets, sent)
    if len(keys) > 1:  # what came back already needs no second one
        keys = tuple(key for key in keys if rows[key].state != SendingState.DONE) or keys
    if len(keys) > 1 or (not keys and is_of_a_sent_study(datasets, sent.values())):
        raise CannotTell(NOT_TOLD)
    return _returned(rows[keys[0]]) if keys else None


def _returned(sending: Sending) -> Returned:
    source = sending.source
    taken = source.study.series.filter(image_set=source.image_set, arm=sending.arm, removed_at=None)
    return Returned(
        source=source,
        place=sending.arm,
        arm=None if taken.exists() else sending.arm,
        ours=frozenset(sending.ours),
        record=lambda series: _record(sending, series),
    )


def _record(sending: Sending, series: Series) -> None:
    sending.state, sending.result, sending.returned_at = SendingState.DONE, series, timezone.now()
    sending.save(update_fields=("state", "result", "returned_at"))
    audit.record(
        series.study, None, "series returned by a node", source=sending.source_id, result=series.pk,
        arm=sending.arm.code, node=sending.node,
    )  # fmt: skip
    if series.image_set is not None:
        cases.refresh(series.image_set)
