"""A whole study on simulated patients, made by the services that people use: nothing here writes a table itself.

Every step finds what an earlier, interrupted run left and goes on from there.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from enhancement.core.case_mix import Case, case_mix
from enhancement.core.scanner import SCANNERS
from enhancement.core.simulated_case import Size, simulate_case
from enhancement.queries import held
from enhancement.services import review
from readerstudy import queries
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import DisplayState, Role, Study, Task, TaskState, Upload, UploadState, User
from readerstudy.services import accounts, allocate, ingest, protocol, studies, tasks, uploads
from readerstudy.standard_words import REASONS

REASON = "demonstration study on simulated images"
READERS = 3
# Letters and digits that cannot be taken for one another, for passwords that are typed from a screen.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
ENHANCING = ("enhance", "display")
PATIENCE_S = 900.0  # without any step forward of a worker that holds a task
LOOK_EVERY_S = 0.5

Say = Callable[[str], None]


@dataclass(frozen=True)
class SignIn:
    """One person of the demo; the password is told once and stored hashed."""

    role: str
    username: str
    password: str


def find_demo(slug: str) -> Study | None:
    return Study.objects.filter(slug=slug).first()


def is_complete(study: Study) -> bool:
    """Whether the study is past its draft: then there is nothing left to be made."""
    return study.status != Status.DRAFT


@transaction.atomic
def open_demo(slug: str) -> tuple[Study, list[SignIn]]:
    """The empty study with its people and their passwords."""
    people = [_person(slug, role, name) for role, name in _cast()]
    users = {sign_in.username: User.objects.get(username=sign_in.username) for sign_in in people}
    administrator, coordinator = users[people[0].username], users[people[1].username]
    accounts.set_permissions(coordinator, actor=administrator, may_create_studies=True, is_staff=False, is_active=True)
    study = studies.create_study(actor=coordinator, title="Demonstration: accelerated spine MRI", slug=slug)
    for sign_in in people[2:]:
        accounts.add_member(study, users[sign_in.username], sign_in.role, actor=coordinator)
    studies.update_details(study, coordinator, _details())
    protocol.save_part(study, actor=coordinator, part="reasons", rows=_reasons())
    return study, people


def _cast() -> list[tuple[str, str]]:
    readers = [(Role.READER, f"reader-{number}") for number in range(1, READERS + 1)]
    first = [(Role.ADMINISTRATOR, "administrator"), (Role.COORDINATOR, "coordinator")]
    return [*first, *readers, (Role.STATISTICIAN, "statistician")]


def _person(slug: str, role: str, name: str) -> SignIn:
    sign_in = SignIn(str(role), f"{slug}-{name}", new_password())
    accounts.create_account(
        username=sign_in.username,
        password=sign_in.password,
        full_name=f"Demo {name.capitalize()}",
        administrator=role == Role.ADMINISTRATOR,
    )
    return sign_in


def new_password() -> str:
    """Three groups of five characters, 74 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3))


def _details() -> dict[str, Any]:
    return {
        "rest_no_difference": True,
        "sponsor": "nobody: these are simulated images",
        "ethics_approval": "not needed: no person was scanned",
        "description": (
            "Spine phantoms, scanned twice by a simulated scanner: standard of care (SOC) and accelerated (FAST, fewer "
            "averages, more noise). The denoiser of this installation made the enhanced series from them."
        ),
    }


def _reasons() -> list[dict[str, Any]]:
    rows = enumerate(REASONS.items())
    return [{"id": None, "code": code, "label": label, "position": place} for place, (code, label) in rows]


def coordinator_of(study: Study) -> User:
    return study.memberships.filter(role=Role.COORDINATOR).select_related("user").earliest("pk").user


def fill_demo(study: Study, *, image_sets: int, seed: int, size: Size, say: Say) -> None:
    """Scan, upload, enhance, prepare, seal: from an empty draft to a study that is open for reading."""
    coordinator = coordinator_of(study)
    visits = _by_participant(case_mix(image_sets))
    for number, cases in enumerate(visits, start=1):
        say(f"scanning and uploading participant {number} of {len(visits)}")
        take_in(study, cases, number=number, seed=seed, size=size, actor=coordinator)
    _name_sites(study, actor=coordinator)
    say(f"enhancing {2 * image_sets} series and preparing the display")
    finish_work(study, ENHANCING, sleep=time.sleep)
    accept_held(study, actor=coordinator)
    finish_work(study, ENHANCING, sleep=time.sleep)
    _require_ready(study, image_sets)
    say("making and sealing the allocation")
    allocate.seal_and_start(study, actor=coordinator, reason=REASON, seed=f"demo-{seed}")
    study.refresh_from_db()


def _by_participant(cases: Iterable[Case]) -> list[list[Case]]:
    groups: dict[int, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.participant, []).append(case)
    return [groups[participant] for participant in sorted(groups)]


def take_in(study: Study, cases: list[Case], *, number: int, seed: int, size: Size, actor: User) -> None:
    """One participant's scans as one upload; `number` counts uploads, so that a second run finds the first one's."""
    upload = study.uploads.order_by("pk")[number - 1 : number].first()
    if upload is not None and upload.state == UploadState.DONE:
        return
    upload = upload or uploads.begin(study, actor=actor, arm=None)
    if upload.state == UploadState.RECEIVING:
        with tempfile.TemporaryDirectory() as folder:
            for case in cases:
                write_case(case, Path(folder), seed=seed, size=size)
            _send(upload, Path(folder))
        uploads.close(upload, actor=actor)
    ingest.parse(upload, lambda done, total, step="": None)
    uploads.erase_taken_names(upload)


def write_case(case: Case, folder: Path, *, seed: int, size: Size) -> list[Path]:
    """The DICOM files of one image set, as an export would leave them: numbered, arms in separate folders."""
    written = []
    for arm, datasets in simulate_case(case, seed=seed, size=size).items():
        series = folder / f"{case.number:03d}-{'a' if arm == 'SOC' else 'b'}"
        series.mkdir()
        for index, dataset in enumerate(datasets, start=1):
            dataset.save_as(series / f"IM{index:04d}.dcm", enforce_file_format=True)
            written.append(series / f"IM{index:04d}.dcm")
    return written


def _send(upload: Upload, folder: Path) -> None:
    for path in sorted(folder.rglob("*.dcm")):
        with path.open("rb") as stream:
            name = str(path.relative_to(folder))
            uploads.receive(upload, name=name, stream=stream, length=path.stat().st_size)


def _name_sites(study: Study, *, actor: User) -> None:
    """Give every scanner the simulated hospital it stands in."""
    hospitals = {scanner.model: scanner.institution for scanner in reversed(SCANNERS)}
    scanners = [row for row in study.scanners.filter(site=None) if row.model in hospitals]
    codes = {row.model: hospitals[row.model].split()[0].upper() for row in scanners}
    present = set(study.sites.values_list("code", flat=True))
    rows = [
        {"code": code, "name": f"{hospitals[model]} Hospital", "location": "simulated"}
        for model, code in codes.items()
        if code not in present
    ]
    protocol.save_part(study, actor=actor, part="sites", rows=rows)
    sites = {site.code: site for site in study.sites.all()}
    fields = ("code", "manufacturer", "model", "field_strength_t")
    changed = [
        {"id": row.pk, "site": sites[codes[row.model]], **{name: getattr(row, name) for name in fields}}
        for row in scanners
    ]
    protocol.save_part(study, actor=actor, part="scanners", rows=changed)


def finish_work(study: Study, kinds: tuple[str, ...], *, sleep: Callable[[float], None]) -> None:
    """Do what waits, here, and wait for what a worker has taken. Raises WrongState where it fails or stands still."""
    before: list[tuple[object, ...]] = []
    idle_s = 0.0
    while True:
        tasks.work_off(study, kinds)
        live = _live(study, kinds)
        if not live:
            break
        idle_s = idle_s + LOOK_EVERY_S if live == before else 0.0
        if idle_s > PATIENCE_S:
            raise WrongState("A worker holds a piece of work and does not get on. Restart the workers, then try again.")
        before = live
        sleep(LOOK_EVERY_S)
    if failed := queries.failed_tasks(study):
        raise WrongState(f"{len(failed)} pieces of work failed, the first with: {failed[0].error}")


def accept_held(study: Study, *, actor: User) -> None:
    """Nobody reviews a demonstration: what the guard held is accepted, and the audit trail says by whom and why."""
    for one in held(study):
        review.accept(one, actor=actor, reason=REASON)


def _live(study: Study, kinds: tuple[str, ...]) -> list[tuple[object, ...]]:
    live = Task.objects.filter(study=study, kind__in=kinds, state__in=(TaskState.QUEUED, TaskState.RUNNING))
    return list(live.order_by("pk").values_list("pk", "state", "done"))


def _require_ready(study: Study, image_sets: int) -> None:
    ready = study.image_sets.filter(display_state=DisplayState.READY).count()
    if ready != image_sets:
        findings = [row.findings for row in study.image_sets.exclude(display_state=DisplayState.READY)]
        raise WrongState(
            f"{ready} of {image_sets} image sets are ready to be read; findings of the others: {findings}."
        )
