"""Who may do what: every address and method, for everybody, in every state of a study, has exactly one answer.

`matrix.csv` is the table. A line is an address and a method; a column is a person. A cell is the status, one for all
states or four (draft, reading, locked, unblinded); `!` behind it says that something was done, by the audit trail.
`elsewhere` is what the reader, the coordinator and the statistician of one study get for the things of another.
"""

import copy
import csv
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from tests.blinding.addresses import every_pattern
from tests.rights.world import STATES, Owned, World, body_of, make_world

TABLE = Path(__file__).with_name("matrix.csv")
PEOPLE = (
    "nobody", "reader", "other reader", "coordinator", "statistician", "study administrator", "administrator",
    "outsider",
)  # fmt: skip
MEMBERS = ("reader", "coordinator", "statistician")
METHODS = ("GET", "POST")
OTHER_METHODS = {"upload_file": "PUT"}
# Events that say who came, not what was done.
NOT_DONE = ("signed in", "sign-in refused", "signature refused")


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def expected(cell: str, state: str) -> str:
    answers = cell.split()
    return answers[STATES.index(state)] if len(answers) > 1 else answers[0]


def every_line() -> set[tuple[str, str]]:
    names = {pattern.name for pattern in every_pattern(get_resolver().url_patterns)}
    return {(name, method) for name in names for method in (*METHODS, *filter(None, [OTHER_METHODS.get(name)]))}


def _routes(patterns: list, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Name of the address, and how urls.py writes it, with its parameters in angle brackets."""
    for one in patterns:
        route = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _routes(one.url_patterns, route, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name}", route.replace("<slug:slug>", "<slug>")


class Asking:
    """Asks as somebody, notes the answer, and takes back what it did."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.before = self._done()

    def answers(self, name: str, method: str) -> dict[str, str]:
        """Column -> what its person gets."""
        here, there = self.world.here, self.world.there
        found = {role: self.answer(role, name, method, here) for role in PEOPLE}
        elsewhere = {self.answer(role, name, method, there) for role in MEMBERS}
        return {**found, "elsewhere": "|".join(sorted(elsewhere))}

    def answer(self, role: str, name: str, method: str, owned: Owned) -> str:
        client: Client = self.world.clients[role]
        path = owned.addresses[name]
        sent = body_of(name, owned) if method == "POST" else {}
        if name.startswith("api:") and role in self.world.tokens:
            sent["headers"] = {"Authorization": f"Bearer {self.world.tokens[role]}"}
        cookies = copy.deepcopy(client.cookies)
        with transaction.atomic():
            response = getattr(client, method.lower())(path, **sent)
            response.close()
            done = self._done() > self.before
            transaction.set_rollback(True)
        client.cookies = cookies
        return f"{response.status_code}{'!' if done else ''}"

    @staticmethod
    def _done() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM readerstudy_auditevent WHERE action NOT IN (%s, %s, %s)", NOT_DONE)
            return int(cursor.fetchone()[0])


def wrong_cells(world: World, state: str) -> Iterator[str]:
    asking = Asking(world)
    for row in rows():
        cache.clear()  # the limit of requests a minute
        for column, answer in asking.answers(row["address"], row["method"]).items():
            if answer != (wanted := expected(row[column], state)):
                yield f"{row['method']} {row['address']}, {column}, {state}: {answer}, and the table says {wanted}"


class TestTable:
    def test_every_address_and_method_has_its_line_and_none_is_there_twice(self):
        lines = [(row["address"], row["method"]) for row in rows()]

        assert set(lines) - every_line() == set(), "of addresses that are gone"
        assert every_line() - set(lines) == set(), "a new address: say in matrix.csv who may do what there"
        assert len(lines) == len(set(lines))

    def test_each_cell_is_one_answer_or_four(self):
        assert {len(row[column].split()) for row in rows() for column in (*PEOPLE, "elsewhere")} <= {1, 4}

    def test_a_visit_does_nothing_and_what_is_refused_neither(self):
        answers = [
            (row["method"], answer)
            for row in rows()
            for column in (*PEOPLE, "elsewhere")
            for cell in row[column].split()
            for answer in cell.split("|")
        ]

        assert [answer for method, answer in answers if method == "GET" and "!" in answer] == []
        assert [answer for _, answer in answers if "!" in answer and int(answer.strip("!")) >= 400] == []


class TestRules:
    """What must be true of the table itself, so that a wrong cell is not simply copied from a wrong answer."""

    @staticmethod
    def answers(below: str, *columns: str) -> dict[str, set[str]]:
        """Address and method -> the answers in these columns, of the addresses that begin so."""
        lines = dict(_routes(get_resolver().url_patterns))
        return {
            f"{row['method']} {row['address']}": {
                answer for column in columns for cell in row[column].split() for answer in cell.split("|")
            }
            for row in rows()
            if lines[row["address"]].startswith(below)
        }

    def test_a_study_is_not_there_for_whoever_does_not_belong_to_it(self):
        found = self.answers("studies/<slug>/", "administrator", "outsider", "elsewhere")

        assert len(found) > 100
        assert {line: answers for line, answers in found.items() if answers != {"404"}} == {}

    def test_nobody_who_is_not_signed_in_gets_anything_of_a_study_or_of_people(self):
        found = {
            line: answers
            for below in ("studies/", "read/", "pixels/", "people/", "account/")
            for line, answers in self.answers(below, "nobody").items()
        }  # fmt: skip

        assert {line: answers for line, answers in found.items() if not answers <= {"302", "401"}} == {}

    def test_a_pair_and_its_images_are_their_readers_alone(self):
        others = [one for one in (*PEOPLE, "elsewhere") if one not in ("reader", "nobody")]
        found = {**self.answers("read/<str:token>/", *others), **self.answers("pixels/", *others)}

        assert len(found) >= 16
        assert {line: answers for line, answers in found.items() if not answers <= {"404", "405"}} == {}

    def test_accounts_of_others_are_the_administrators_alone(self):
        found = self.answers("people/", *[one for one in PEOPLE if one not in ("administrator", "nobody")])

        assert {line: answers for line, answers in found.items() if not answers <= {"404", "405"}} == {}

    def test_a_reader_sees_no_page_of_the_office(self):
        own = {"overview", "display_check", "guesses"}
        found = self.answers("studies/<slug>/", "reader", "other reader", "study administrator")
        office = {line: answers for line, answers in found.items() if line.split()[1] not in own}

        assert {line: answers for line, answers in office.items() if answers != {"403"}} == {}

    def test_results_by_arm_are_for_nobody_before_unblinding(self):
        by_arm = {
            "table_csv", "export_bundle", "report_html", "report_pdf", "result_figure", "image_metrics_csv", "figure",
            "api:api_table_csv", "api:api_table_json", "api:api_results", "api:api_printed_table", "api:api_bundle",
        }  # fmt: skip
        early = [
            answer
            for row in rows()
            if row["address"] in by_arm
            for column in PEOPLE
            for state in STATES[:3]
            if (answer := expected(row[column], state)).startswith("2")
        ]

        assert early == []


@pytest.fixture
def no_log() -> Iterator[None]:
    """Thousands of refusals are expected here; writing them down takes longer than asking."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.usefixtures("no_log")
class TestEveryCell:
    @pytest.mark.parametrize("state", STATES)
    def test_everybody_gets_exactly_what_the_table_says(self, state):
        world = make_world(state)
        for one in world.clients.values():
            one.raise_request_exception = False

        assert list(wrong_cells(world, state)) == []
