"""The audit chain: every change leaves one event, chained by hash to the one before."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import AuditEvent, AuditHead, Study, User

SYSTEM = "the system"


def record(study: Study | None, actor: User | None, action: str, **detail: Any) -> AuditEvent:
    """Add one event to the study's chain (or the installation's). Call inside the transaction of the change."""
    with transaction.atomic():
        AuditHead.objects.get_or_create(study=study)
        head = AuditHead.objects.select_for_update().get(study=study)
        event = AuditEvent(
            study=study,
            number=head.length + 1,
            at=timezone.now(),
            actor=actor,
            actor_name=actor.username if actor else SYSTEM,
            action=action,
            detail=detail,
            previous_sha256=head.sha256,
        )
        event.sha256 = event_sha256(event)
        event.save()
        head.length, head.sha256 = event.number, event.sha256
        head.save(update_fields=("length", "sha256"))
    return event


def event_sha256(event: AuditEvent) -> str:
    """SHA-256 of the event's canonical JSON, which contains the hash of the event before."""
    content = {
        "study": str(event.study.uuid) if event.study else None,
        "number": event.number,
        "at": _instant(event.at),
        "actor": event.actor_name,
        "action": event.action,
        "detail": event.detail,
        "previous": event.previous_sha256,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(timezone.get_default_timezone()).isoformat(timespec="microseconds")


def verify_chain(study: Study | None) -> int:
    """Walk the chain from its first event; returns its length or raises IntegrityFailure naming the break."""
    previous, number = "", 0
    for event in AuditEvent.objects.filter(study=study).select_related("study").order_by("number"):
        number += 1
        if event.number != number:
            raise IntegrityFailure(f"Audit event {number} is missing; the next one is {event.number}.")
        if event.previous_sha256 != previous or event_sha256(event) != event.sha256:
            raise IntegrityFailure(f"Audit event {number} ({event.action}) does not match its hash.")
        previous = event.sha256
    head = AuditHead.objects.filter(study=study).first()
    if (head.length if head else 0) != number or (head.sha256 if head else "") != previous:
        raise IntegrityFailure(f"The audit chain ends at event {number}, but its recorded end is another.")
    return number
