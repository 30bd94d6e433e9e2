"""`manage.py verify_study STUDY`: the allocation's seal, audit chain, signatures, and every stored file's checksum."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import IntegrityFailure
from readerstudy.core.lifecycle import Status
from readerstudy.models import Study, TrainingRun
from readerstudy.services import allocate, audit, close, closing, closing_rules, files, sign, training


class Command(BaseCommand):
    help = "Verify a study: allocation seal, audit chain, scores, signatures and file checksums. Exits 1 if one fails."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study's short name")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study '{options['study']}'.")
        outcome = [_outcome(name, check) for name, check in _checks(study)]
        if options["json"]:
            self.stdout.write(json.dumps({"study": study.slug, "checks": outcome}, indent=1))
        else:
            for one in outcome:
                self.stdout.write(f"{'ok ' if one['ok'] else 'BAD'} {one['check']}: {one['detail']}")
        if not all(one["ok"] for one in outcome):
            raise CommandError(f"The study '{study.slug}' does not verify.")


def _checks(study: Study) -> list[tuple[str, Callable[[], str]]]:
    checks: list[tuple[str, Callable[[], str]]] = [
        ("audit chain", lambda: f"{audit.verify_chain(study)} events"),
        ("stored files", lambda: f"{files.verify(study)} files"),
    ]
    if study.status != Status.DRAFT:
        checks.append(("allocation seal", lambda: allocate.verify_allocation(study)))
    if TrainingRun.objects.filter(reader__study=study).exists():
        checks.append(("training", lambda: f"{training.verify_training(study)} rounds"))
    if study.status in {Status.LOCKED, Status.UNBLINDED}:
        checks.append(("locked scores", lambda: close.verify_scores(study)))
    if study.status != Status.DRAFT and _closing_is_ruled(study):
        checks.append(("closing", lambda: f"{closing.verify_closings(study)} signatures"))
    if study.signatures.exists():
        checks.append(("signatures", lambda: f"{sign.verify_signatures(study)} signatures"))
    return checks


def _closing_is_ruled(study: Study) -> bool:
    """Whether the study, or the seal in its audit chain, asks for signatures to lock and unblind it."""
    sealed = study.audit_events.filter(action="allocation sealed").values_list("detail", flat=True).last() or {}
    rules = [closing_rules.as_sealed(study), sealed.get("closing", {})]
    return any(one.get("lock_signatures") or one.get("unblind_signatures") for one in rules)


def _outcome(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"check": name, "ok": True, "detail": check()}
    except IntegrityFailure as error:
        return {"check": name, "ok": False, "detail": str(error)}
