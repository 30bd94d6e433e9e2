"""Two studies with one thing of every kind in each, and everybody who might ask for them."""

import functools
import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from analysis.core.planning import inputs_to_json
from analysis.forms import PowerForm
from analysis.models import PowerRun, ResultFile
from analysis.queries import latest_analysis
from analysis.services import figures, plans
from analysis.services.compute import compute
from analysis.services.report import REPORT
from analysis.services.tokens import make_token
from enhancement.models import Enhancement, Sending
from readerstudy.core.closing import Closing
from readerstudy.models import Allocation, Fetch, Role, Series, Study, Task, TaskState, User
from readerstudy.services import accounts, allocate, browser_sessions, close, closing_rules, lockout, score, uploads
from tests.authenticator import Phone
from tests.blinding.addresses import Things
from tests.cast import PASSWORD, add_image_set, make_cast, person
from tests.closing import request, shown, sign
from tests.conftest import SEED, complete_answers, read_pair
from tests.readerstudy.services.sending import silent

STATES = ("draft", "reading", "locked", "unblinded")
REASON = "for this test"


@dataclass(frozen=True)
class Owned:
    """A study, its first reader, and the addresses of its things."""

    study: Study
    things: Things

    @property
    def allocation(self) -> Allocation | None:
        return self.things.allocation

    @functools.cached_property
    def addresses(self) -> dict[str, str]:
        return self.things.addresses()


@dataclass
class World:
    """`people` is role -> person (None: nobody is signed in); `here` is their study, `there` the other one."""

    here: Owned
    there: Owned
    people: dict[str, User | None]
    tokens: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)


def make_world(state: str) -> World:
    cast = make_cast()
    third = accounts.add_member(_study_of(cast.outsider), person("three"), Role.READER, actor=cast.outsider)
    member = person("member")
    accounts.add_member(cast.study, member, Role.ADMINISTRATOR, actor=cast.coordinator)
    boss = person("boss", is_staff=True, may_create_studies=True)
    here = _filled(cast.study, cast.coordinator, cast.reader_one, state)
    there = _filled(third.study, cast.outsider, third, state)
    people = {
        "nobody": None, "reader": cast.reader_one.user, "other reader": cast.reader_two.user,
        "coordinator": cast.coordinator, "statistician": cast.statistician, "study administrator": member,
        "administrator": boss, "outsider": cast.outsider,
    }  # fmt: skip
    world = World(here, there, people)
    for role, user in people.items():
        world.clients[role] = client = Client()
        if user:
            client.force_login(user)
            client.get("/account/")  # puts the session on the list, once and for all
    for role, study in (("coordinator", here.study), ("statistician", here.study), ("outsider", there.study)):
        world.tokens[role] = make_token(study, actor=people[role], name=role, days=1, may_read_key=True)[1]
    return world


def _study_of(user: User) -> Study:
    return user.memberships.get().study


def _filled(study: Study, coordinator: User, reader: Any, state: str) -> Owned:
    image_sets = [add_image_set(study, number) for number in (1, 2)]
    invitation = accounts.invite(study, actor=coordinator, email="new@example.org", role=Role.READER)
    link = accounts.invitation_link(invitation).rstrip("/").rpartition("/")[2]
    keys = {**_things_of_a_draft(study, coordinator, image_sets[0]), "withdraw_invitation": invitation.pk}
    keys["end_session"] = _session_elsewhere(reader.user)
    upload = uploads.begin(study, actor=coordinator, arm=None)
    if state != "draft":
        _read_until(study, coordinator, state)
    study.refresh_from_db()
    for asked in study.closing_requests.all():
        keys |= dict.fromkeys(("sign_closing", "withdraw_closing"), asked.pk)
    if state == "unblinded":
        _results(study)
        keys |= dict.fromkeys(_FIGURES, figures.make_plate(study, actor=coordinator, title="Figure 1").pk)
    allocation = study.allocations.filter(reader=reader).order_by("-position").first()
    return Owned(study, Things(study, allocation, keys, upload=str(upload.uuid), invitation=link))


def _results(study: Study) -> None:
    """The analysis, computed; the files that the worker would draw of it, empty."""
    compute(study, silent)
    analysis = latest_analysis(study)
    for section, name in ((REPORT, "report.html"), (REPORT, "report.pdf"), ("paper", "win_tie_loss.svg")):
        ResultFile.objects.create(
            analysis=analysis, name=name, section=section, position=0, title="", caption="", sha256="", content=b"x"
        )


def _session_elsewhere(user: User) -> int:
    where = {"session_key": f"elsewhere-{user.pk}", "address": "192.0.2.1", "browser": "", "second_factor": False}
    return browser_sessions.begin(user, **where).pk


_FIGURES = ("figure", "preview_figure", "save_figure", "export_figure", "remove_figure")


def _things_of_a_draft(study: Study, coordinator: User, image_set: Any) -> dict[str, int]:
    series = {one.arm.code: one for one in image_set.series.select_related("arm")}
    made = _made_by_the_denoiser(series["FAST"], series["FAST-DL"])
    leaver = accounts.add_member(study, person(f"leaver-{study.pk}"), Role.STATISTICIAN, actor=coordinator)
    Phone(leaver.user)
    for _ in range(settings.SIGN_IN_TRIES):
        lockout.begin_try(leaver.user.username, f"192.0.2.{study.pk}")
    task = Task.objects.create(study=study, kind="display", subject=image_set.pk, state=TaskState.FAILED, error="no")
    token, _ = make_token(study, actor=coordinator, name="one more", days=1)
    run = _power_run(study, coordinator)
    return {
        **dict.fromkeys(("series", "thumbnail", "assign_series", "remove_series"), series["SOC"].pk),
        **dict.fromkeys(("restore_series",), series["SOC"].pk),
        **dict.fromkeys(("review", "review_picture", "decide"), made.result_id),
        **dict.fromkeys(("power_run", "power_plot", "retry_power_run"), run.pk),
        **dict.fromkeys(("change_person", "password_link", "reset_second_factor", "unlock"), leaver.user_id),
        "describe_image_set": image_set.pk,
        "send_again": Sending.objects.create(source=series["FAST"], arm=series["FAST-DL"].arm, node="Vendor X").pk,
        **dict.fromkeys(("cancel_fetch", "retry_fetch"), _asked_for(study).pk),
        "remove_member": leaver.pk,
        "retry_task": task.pk,
        "revoke_token": token.pk,
    }


def _asked_for(study: Study) -> Fetch:
    """A series that an archive was asked for, and that has not come."""
    return Fetch.objects.create(
        study=study, archive="main", study_uid="1.2.3", series_uid="1.2.3.4", made_at=timezone.now()
    )


def _made_by_the_denoiser(source: Series, result: Series) -> Enhancement:
    """As the worker leaves it, but without pictures."""
    result.origin, result.derived_from = Series.Origin.GENERATED, source
    result.save()
    return Enhancement.objects.create(
        source=source, result=result, weights_sha256="ab" * 32, settings={"strength": 1.0}, seconds=1.0,
        verdict={"ok": True, "figures": []}, made_at=timezone.now(),
    )  # fmt: skip


def _power_run(study: Study, coordinator: User) -> PowerRun:
    form = PowerForm()
    form = PowerForm({name: form.get_initial_for_field(one, name) for name, one in form.fields.items()})
    assert form.is_valid(), form.errors
    return PowerRun.objects.create(
        study=study, made_by=coordinator, made_at=timezone.now(), inputs=inputs_to_json(form.design())
    )


def _read_until(study: Study, coordinator: User, state: str) -> None:
    """Sealed; in READING the last pair of each reader is open and a lock waits for its second signature."""
    deputy = person(f"deputy-{study.pk}")
    accounts.add_member(study, deputy, Role.COORDINATOR, actor=coordinator)
    closing_rules.save_closing_rules(study, actor=coordinator, values={"lock_signatures": 2})
    allocate.seal_and_start(study, actor=coordinator, reason=REASON, seed=SEED)
    study.refresh_from_db()
    plans.amend_plan(study, actor=coordinator, reason=REASON, choices={"alpha": 0.01})
    for one in study.allocations.select_related("reader"):
        is_last = not study.allocations.filter(reader=one.reader, position__gt=one.position).exists()
        if state == "reading" and is_last:
            score.open_reading(one)
        else:
            read_pair(one, complete_answers(study))
    asked = request(study, Closing.LOCK, deputy)
    if state in ("locked", "unblinded"):
        sign(asked, coordinator)
    if state == "unblinded":
        close.unblind_study(study, actor=coordinator, reason=REASON)


def body_of(name: str, owned: Owned) -> dict[str, Any]:
    """What a form or a script would send there, so that it succeeds where it may. Keyword arguments of Client.post."""
    key = "0f0f0f0f-0000-4000-8000-000000000000"
    reading = getattr(owned.allocation, "reading", None)
    version = reading.version if reading else 0
    scores = {"key": key, "base_version": version, "answers": {"feature:snr": 3}, "active_seconds": 1}
    seen = {"key": key, "intervals": [], "seen": {"left": {}, "right": {}}, "looks": []}
    as_json = {
        "reading_scores": scores, "reading_finish": {"key": key, "base_version": version, "active_seconds": 1},
        "reading_opened": {}, "reading_viewing": seen, "reader_keys": {"keys": {}}, "preview_figure": {"layout": {}},
        "save_figure": {"layout": {}, "title": "x", "base_version": 1},
    }  # fmt: skip
    if name in as_json:
        return {"data": json.dumps(as_json[name]), "content_type": "application/json"}
    if name == "sign_closing":
        return {"data": {"printed_name": "A", "password": PASSWORD, "scores_sha256": shown(owned.study)}}
    return {"data": FORMS.get(name, {"reason": REASON})}


FORMS: dict[str, dict[str, str]] = {
    "invite": {"email": "one.more@example.org", "role": "reader"},
    "new_study": {"title": "One more"},
    "protocol": {"part": "conditions", "conditions-display_check": "never", "conditions-guess": "never"},
    "api_access": {"name": "a script", "days": "30"},
    "sign_in": {"username": "statistician", "password": PASSWORD},
    "sign_in_again": {"username": "statistician", "password": PASSWORD},
    "begin_second_factor": {"password": PASSWORD},
    "password": {
        "old_password": PASSWORD, "new_password1": "another long sentence", "new_password2": "another long sentence",
    },
    "set_strength": {"strength": "0.5"},
    "set_engine": {"node": "none that is configured"},
    "new_figure": {"title": "Figure 2"},
    "export_figure": {"kind": "png"},
    "change_person": {"is_active": "on"},
    "reading_sign": {"password": PASSWORD, "printed_name": "A Reader"},
}  # fmt: skip
