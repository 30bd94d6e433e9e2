"""Make the allocation, seal it, and start reading."""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from readerstudy import queries, queries_reading, queries_training
from readerstudy.core import allocation as core
from readerstudy.core import lifecycle, sides
from readerstudy.core.errors import BadInput, IntegrityFailure, WrongState
from readerstudy.models import Allocation, Membership, Pair, Study, UploadState, User
from readerstudy.services import audit, fetching
from readerstudy.services.closing_rules import as_sealed, closing_warnings
from readerstudy.services.fresh_sides import tokens_and_sides
from readerstudy.services.studies import protocol_problems
from readerstudy.services.training import training_problems, training_warnings

SEAL = 2  # how the seal is made: with the seed, see core.allocation.seal


@dataclass(frozen=True)
class Readiness:
    """Whether the study can be sealed: what is in the way, and what a coordinator should know."""

    readers: int
    pairs: int
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    repeats: int = 0
    training_pairs: int = 0

    @property
    def ready(self) -> bool:
        return not self.problems


def readiness(study: Study) -> Readiness:
    readers = queries.readers_of(study).count()
    pairs = queries.pairs_to_read(study).count()
    counts = queries.case_counts(study)
    problems = list(protocol_problems(study)) or plan_problems(study)
    if not readers:
        problems.append("No reader has joined yet. Invite at least one.")
    if not pairs:
        problems.append("No pair is ready to be read. Upload images and wait until they are prepared.")
    design = _design(study)
    most = core.most_repeats(pairs, design.repeat_distance)
    if pairs and design.repeats > most:
        problems.append(
            f"The protocol asks for {design.repeats} hidden repeats at a distance of {design.repeat_distance}. "
            f"Of {pairs} pairs at most {most} can be read twice so far apart."
        )
    problems += training_problems(study)
    if arriving := study.uploads.filter(state=UploadState.RECEIVING, arrival__isnull=False).count():
        problems.append(f"Images are still arriving from scanners or archives. Wait, or read them now: {arriving}.")
    if counts.tasks_live:
        problems.append(f"The worker is still busy. Pieces of work left: {counts.tasks_live}.")
    warnings = []
    if counts.unassigned:
        warnings.append(f"Series without an arm or an image set, which will not be read: {counts.unassigned}.")
    if counts.held:
        warnings.append(f"Series held for review, which nobody will see until one is accepted: {counts.held}.")
    if left_out := counts.image_sets - counts.ready:
        warnings.append(f"Image sets that are not ready and will not be read: {left_out}.")
    warnings += training_warnings(study)
    warnings += closing_warnings(study)
    if counts.tasks_failed:
        warnings.append(f"Pieces of work that failed; see the cases page: {counts.tasks_failed}.")
    asked = queries_training.pairs_asked(study)
    return Readiness(readers, pairs, tuple(problems), tuple(warnings), design.repeats, asked)


def plan_problems(study: Study) -> list[str]:
    """What keeps the analysis plan from being sealed: it may name what the protocol has no more."""
    try:
        import_string(settings.ANALYSIS_PLAN_MAKER)(study)
    except BadInput as error:
        return [f"{error} Go to the plan page and choose anew."]
    return []


@transaction.atomic
def seal_and_start(study: Study, *, actor: User, reason: str, seed: str | None = None) -> str:
    """Make and store the allocation, fix its SHA-256 in the audit chain, open reading; returns the seal.

    `seed` is for repeating a recorded allocation; without it a new random one is drawn.
    """
    study = Study.objects.select_for_update().get(pk=study.pk)
    target = lifecycle.target_of(study.status, lifecycle.Act.ALLOCATE)
    if problems := readiness(study).problems:
        raise WrongState(" ".join(problems))
    seed = seed or secrets.token_hex(16)
    study.keep_seed(seed)
    places = core.allocate(
        seed=seed,
        readers=[reader.code for reader in queries.readers_of(study)],
        pairs=_pairs(study),
        design=_design(study),
    )
    _store(study, places)
    study.allocation_sha256 = core.seal(places, seed=seed)
    # The analysis plan is fixed with the seal; its maker belongs to a later app and is named by a setting.
    study.plan, study.plan_sha256 = import_string(settings.ANALYSIS_PLAN_MAKER)(study)
    study.sealed_at = timezone.now()
    study.status = target
    sealed = ("allocation_seed_encrypted", "allocation_sha256", "sealed_at", "status", "plan", "plan_sha256")
    study.save(update_fields=sealed)
    # Names of uploaded files may hold names of patients; nobody needs them any more.
    for upload in study.uploads.all():
        upload.files.update(name="")
    fetching.forget(study)
    audit.record(
        study,
        actor,
        "allocation sealed",
        reason=reason,
        allocation_sha256=study.allocation_sha256,
        seed_sha256=core.text_sha256(seed),
        seal=SEAL,
        plan_sha256=study.plan_sha256,
        places=len(places),
        closing=as_sealed(study),
        status=target,
    )
    return study.allocation_sha256


def _design(study: Study) -> core.Design:
    """What the rules of reading, which the seal freezes, ask of the order."""
    rules = queries_reading.rules_of(study)
    return core.Design(
        rounds=queries_reading.pacing_rules(study).keeps_order,
        repeats=rules.repeats,
        repeat_distance=rules.repeat_distance if rules.repeats else 0,
    )


def _pairs(study: Study) -> list[core.PairToRead]:
    return [
        core.PairToRead(
            participant=pair.image_set.participant.code,
            image_set=pair.image_set.code,
            comparison=pair.comparison.code,
            arm_a=pair.comparison.arm_a.code,
            arm_b=pair.comparison.arm_b.code,
        )
        for pair in queries.pairs_to_read(study)
    ]


def _store(study: Study, places: list[core.Place]) -> None:
    readers: dict[str, Membership] = {reader.code: reader for reader in queries.readers_of(study)}
    pairs: dict[tuple[str, str], Pair] = {
        (pair.image_set.code, pair.comparison.code): pair for pair in queries.pairs_to_read(study)
    }
    key = sides.key_of(study.allocation_seed)
    Allocation.objects.bulk_create(
        [
            Allocation(
                study=study,
                reader=readers[place.reader],
                pair=pairs[place.image_set, place.comparison],
                repeat=place.repeat,
                position=place.position,
                **tokens_and_sides(key, left=place.left_arm, right=place.right_arm),
            )
            for place in places
        ],
        batch_size=500,
    )


def stored_places(study: Study) -> list[core.Place]:
    """The allocation as it stands in the database."""
    rows = study.allocations.select_related("reader", "pair__image_set__participant", *Allocation.OF_SIDES)
    return [
        core.Place(
            reader=row.reader.code,
            position=row.position,
            participant=row.pair.image_set.participant.code,
            image_set=row.pair.image_set.code,
            comparison=row.pair.comparison.code,
            repeat=row.repeat,
            left_arm=left.code,
            right_arm=right.code,
        )
        for row in rows
        for left, right in (row.arms,)
    ]


@dataclass(frozen=True)
class BalanceReport:
    """What a coordinator may know about a sealed allocation: counts, never a pair's sides."""

    places: int
    readers: int
    smallest_gap: int | None
    largest_imbalance: int
    repeats: int = 0
    smallest_repeat_distance: int | None = None


def balance_report(study: Study) -> BalanceReport:
    places = stored_places(study)
    arm_a_of = {comparison.code: comparison.arm_a.code for comparison in study.comparisons.select_related("arm_a")}
    again = [place for place in places if place.repeat > 1]
    firsts = [place for place in places if place.repeat == 1]
    cells = [*core.balance(firsts, arm_a_of), *core.balance(again, arm_a_of)]
    return BalanceReport(
        places=len(places),
        readers=len({place.reader for place in places}),
        smallest_gap=core.smallest_gap(places),
        largest_imbalance=max((abs(cell.a_left - cell.a_right) for cell in cells), default=0),
        repeats=len(again),
        smallest_repeat_distance=core.smallest_repeat_distance(places),
    )


def verify_allocation(study: Study) -> str:
    """Compare the stored rows with the seal and with the algorithm run again from the seed; returns the seal."""
    sealed = study.audit_events.filter(action="allocation sealed").values_list("detail", flat=True).last() or {}
    # Seals of before SEAL were made without the seed.
    salt = study.allocation_seed if sealed.get("seal") == SEAL else ""
    places = stored_places(study)
    if core.seal(places, seed=salt) != study.allocation_sha256:
        raise IntegrityFailure("The stored allocation does not match its seal.")
    again = core.allocate(
        seed=study.allocation_seed,
        readers=sorted({place.reader for place in places}),
        pairs=_sealed_pairs(study, places),
        design=_design(study),
    )
    if core.seal(again, seed=salt) != study.allocation_sha256:
        raise IntegrityFailure("The allocation algorithm, run again from the recorded seed, gives another result.")
    if sealed.get("allocation_sha256") != study.allocation_sha256:
        raise IntegrityFailure("The seal in the audit chain is not the seal of the study.")
    return study.allocation_sha256


def _sealed_pairs(study: Study, places: list[core.Place]) -> list[core.PairToRead]:
    """The pairs in the order in which they were allocated: image set, then the protocol's order."""
    comparisons = {row.code: row for row in study.comparisons.select_related("arm_a", "arm_b")}
    seen = {(place.image_set, place.comparison): place for place in places if place.repeat == 1}
    ordered = sorted(seen.values(), key=lambda place: (place.image_set, comparisons[place.comparison].position))
    return [
        core.PairToRead(
            place.participant,
            place.image_set,
            place.comparison,
            comparisons[place.comparison].arm_a.code,
            comparisons[place.comparison].arm_b.code,
            place.repeat,
        )
        for place in ordered
    ]
