"""No page asks the database more often because a study has more in it."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analysis.services.compute import compute
from readerstudy.models import Arrival, Fetch, Role, Study, Task, TaskState, User, Way
from readerstudy.services import accounts, allocate, cases, receiving, refusals, sending_tokens, studies
from tests.cast import Cast, add_image_set, add_series, make_cast, person, texture
from tests.conftest import REASON, SEED, complete_answers, read_pair
from tests.conftest import signed_in as listed
from tests.readerstudy.services.sending import send, silent

OFFICE = (
    "", "protocol/", "cases/", "sending/", "fetch/", "denoiser/", "readers/", "plan/", "plan/power/", "allocation/",
    "monitor/", "monitor/checks/", "close/", "audit/", "results/", "api/",
)  # fmt: skip
LIMIT = 45  # the protocol page asks once for each of its parts
FEW, MANY = 3, 12


def signed_in(user):
    return listed(Client(), user)


def queries_of(client, address):
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address)
    response.close()  # a picture is an open file
    assert response.status_code == 200, address
    return len(queries)


def office_counts(study, user):
    client = signed_in(user)
    return {below: queries_of(client, f"/studies/{study.slug}/{below}") for below in OFFICE}


def assert_none_grew(few, many):
    assert {name: (few[name], many[name]) for name in few if many[name] > few[name]} == {}
    assert max(few.values()) <= LIMIT


def arrive(study, actor, number):
    """One more title, token, arrival, refusal and series that was asked for."""
    title = receiving.add_title(study, actor=actor, title=f"SPINE{number}", arm=study.arms.first())
    sending_tokens.make(study, actor=actor, name=f"archive {number}", days=1, arm=study.arms.first())
    upload = send(study, {f"{number}.txt": b"hello"})
    sender = f"PACS at 192.0.2.{number}"
    Arrival.objects.create(upload=upload, way=Way.DICOM, title=title, sender=sender, last_at=timezone.now())
    refusals.note(study, way=Way.DICOM, sender=sender, called=title.title, reason="closed")
    fetch = Fetch.objects.create(study=study, archive="main", upload=upload, made_at=timezone.now(), number=number)
    Task.objects.create(study=study, kind="fetch", subject=fetch.pk, state=TaskState.FAILED, error="no")


def grow(cast, first, last):
    """More of everything that the pages of a draft list."""
    study, actor = cast.study, cast.coordinator
    for number in range(first, last + 1):
        image_set = add_image_set(study, number)
        loose, removed = (add_series(study, image_set.participant, texture(900 + number + n)) for n in (0, 50))
        assert loose.image_set is None
        cases.remove(removed, actor=actor)
        Task.objects.create(study=study, kind="display", subject=1000 + number, state=TaskState.FAILED, error="no")
        Task.objects.create(study=study, kind="display", subject=2000 + number)
        accounts.invite(study, actor=actor, email=f"n{number}@example.org", role=Role.READER)
        accounts.add_member(study, person(f"reader{number}"), Role.READER, actor=actor)
        arrive(study, actor, number)


def sealed_cast(image_sets) -> Cast:
    """A cast of its own whose study is read in part."""
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(username=f"earlier-{user.username}")
    cast = make_cast()
    for number in range(1, image_sets + 1):
        add_image_set(cast.study, number)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    study = Study.objects.get(pk=cast.study.pk)
    for allocation in study.allocations.filter(position__lte=image_sets):
        read_pair(allocation, complete_answers(study))
    return cast


class TestOffice:
    def test_with_more_cases_people_work_and_uploads(self, cast):
        grow(cast, 1, FEW)
        few = office_counts(cast.study, cast.coordinator)
        grow(cast, FEW + 1, MANY)

        assert_none_grew(few, office_counts(cast.study, cast.coordinator))

    def test_with_more_readings(self, db):
        few, many = (office_counts(cast.study, cast.coordinator) for cast in map(sealed_cast, (FEW, MANY)))

        assert_none_grew(few, many)

    def test_the_pages_of_one_case(self, cast):
        counts = []
        for first, last in ((1, FEW), (FEW + 1, MANY)):
            grow(cast, first, last)
            upload = send(cast.study, {f"{n}.txt": b"hello" for n in range(last)})
            series = cast.study.image_sets.first().series.first()
            below = (f"series/{series.pk}/", f"series/{series.pk}/thumbnail/", f"uploads/{upload.uuid}/")
            client = signed_in(cast.coordinator)
            counts.append(dict(enumerate(queries_of(client, f"/studies/{cast.study.slug}/{one}") for one in below)))

        assert_none_grew(*counts)


class TestReader:
    @staticmethod
    def counts(cast):
        client = signed_in(cast.reader_one.user)
        allocation = cast.reader_one.allocations.order_by("position").last()
        addresses = {
            "work-list": "/read/",
            "review": f"/read/{cast.study.slug}/review/",
            "station": f"/read/{allocation.token}/",
            "state": f"/read/{allocation.token}/state/",
            "pixels": f"/pixels/{allocation.left_token}/0",
        }
        return {name: queries_of(client, address) for name, address in addresses.items()}

    def test_with_more_pairs(self, db):
        few, many = (self.counts(cast) for cast in map(sealed_cast, (FEW, MANY)))

        assert_none_grew(few, many)


class TestResults:
    def test_with_more_analyses(self, unblinded, cast):
        client, address = signed_in(cast.statistician), f"/studies/{unblinded.slug}/results/"
        compute(unblinded, silent)
        few = queries_of(client, address)
        compute(unblinded, silent)

        assert queries_of(client, address) <= few <= LIMIT


class TestHome:
    def test_with_more_studies(self, cast):
        client = signed_in(cast.coordinator)
        few = queries_of(client, "/")
        for number in range(MANY):
            study = studies.create_study(actor=cast.outsider, title=f"Study {number}")
            accounts.add_member(study, cast.coordinator, Role.READER, actor=cast.outsider)

        assert queries_of(client, "/") <= few <= LIMIT


class TestPeople:
    def test_with_more_people(self, db):
        client = signed_in(person("boss", is_staff=True))
        few = queries_of(client, "/people/")
        for number in range(MANY):
            person(f"person{number}")

        assert queries_of(client, "/people/") <= few <= LIMIT
