"""Before unblinding nobody learns anything by arm: no page, no export, no command (design, invariant 5).

The proof is an exchange: in half of the displays the arms change sides, scores stay as clicked. Every preference for an
arm turns round with them, so whatever any address answered by arm would differ. All that is sent must come out the
same, byte for byte, to everybody, in every state before UNBLINDED.
"""

import json
import re
from collections import defaultdict
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from analysis import queries
from analysis.models import Analysis, ImageMetric
from analysis.queries_reading import reading_tables
from analysis.services import compute, plans
from analysis.services.bundle import bundle_files, bundle_zip
from analysis.services.conduct import conduct_figures
from analysis.services.export import export_of
from analysis.services.tokens import make_token
from readerstudy.core.errors import WrongState
from readerstudy.models import Role, Task
from readerstudy.services import accounts, close, measures
from tests.blinding.addresses import PIXELS, Things
from tests.cast import add_image_set, person
from tests.conftest import complete_answers, read_pair, without_csrf
from tests.readerstudy.services.sending import silent
from tests.tampering import exchange_sides

STAFF_PAGES = ("", "readers/", "allocation/", "monitor/", "close/", "results/", "results/agreement/", "audit/")
STATES = ("draft", "reading", "locked")


def read_all(study):
    """Scores that favour one arm strongly, so that anything by arm would show."""
    for number, allocation in enumerate(study.allocations.order_by("pk")):
        arm_a_is_left = allocation.left_arm == allocation.pair.comparison.arm_a
        answers = {**complete_answers(study, value=1 if arm_a_is_left else 5), "feature:snr": 1 + number % 5}
        read_pair(allocation, {**answers, "consistency:loss_anatomy:left": 1})


@pytest.fixture(params=["reading", "locked"])
def blinded(request, sealed, cast):
    read_all(sealed)
    if request.param == "locked":
        close.lock_study(sealed, actor=cast.coordinator, reason="all read")
    sealed.refresh_from_db()
    return sealed


def exchange_arms(study):
    """In each reader's displays of a comparison, one with arm A left and one with arm A right change their sides."""
    groups = defaultdict(list)
    for allocation in study.allocations.select_related("pair__comparison"):
        a_left = allocation.left_arm == allocation.pair.comparison.arm_a
        groups[allocation.reader_id, allocation.pair.comparison_id, a_left].append(allocation)
    exchanged = [group[0] for group in groups.values()]
    for one in exchanged:
        exchange_sides(one)
    assert len(exchanged) == 2 * 2 * 3  # readers, sides, comparisons
    return exchanged


class TestTheOneJoin:
    @pytest.mark.parametrize(
        "question",
        [
            queries.scores_by_arm, queries.allocation_table, queries.consistency_by_arm, queries.diagnostic_quality,
            queries.guesses_by_arm, reading_tables, export_of, bundle_files, bundle_zip,
            lambda study: compute.compute(study, silent),
        ],
    )  # fmt: skip
    def test_it_refuses(self, blinded, question):
        with pytest.raises(WrongState):
            question(blinded)

    def test_the_command_is_refused(self, blinded):
        with pytest.raises(CommandError):
            call_command("export_study", blinded.slug, "/nonexistent/out")

    def test_nobody_can_ask_for_an_analysis_by_any_version_of_the_plan(self, blinded, cast):
        plans.amend_plan(blinded, actor=cast.statistician, reason="another level", choices={"alpha": 0.01})

        for version in (1, 2):
            with pytest.raises(WrongState):
                compute.request_analysis(blinded, actor=cast.statistician, plan_version=version)


class TestPages:
    @pytest.mark.parametrize("role", ["coordinator", "statistician"])
    def test_no_page_tells_a_side_of_an_arm_or_a_result(self, blinded, cast, sign_in, role):
        client = sign_in(getattr(cast, role))
        for page in STAFF_PAGES:
            response = client.get(f"/studies/{blinded.slug}/{page}")
            if response.status_code == 403:
                continue
            text = response.content.decode()
            assert not re.search(r"left_arm|right_arm|mean_pref|p-value|win %", text, re.IGNORECASE), page
            assert blinded.allocation_seed not in text

    @pytest.mark.parametrize("page", ["results/table2.csv", "results/plots/win_tie_loss.svg", "results/bundle.zip"])
    def test_files_of_results_are_refused(self, blinded, cast, sign_in, page):
        assert sign_in(cast.statistician).get(f"/studies/{blinded.slug}/{page}").status_code == 409

    def test_a_reader_sees_no_office_page(self, blinded, cast, sign_in):
        client = sign_in(cast.reader_one.user)
        for page in ("cases/", "plan/", "plan/power/", "api/", "monitor/checks/", *STAFF_PAGES[1:]):
            assert client.get(f"/studies/{blinded.slug}/{page}").status_code == 403


class Everybody:
    """A client for each role, and what each of them is answered at every address."""

    def __init__(self, cast, study):
        self.study = study
        member = person("study-administrator")
        accounts.add_member(study, member, Role.ADMINISTRATOR, actor=cast.coordinator)
        self.people = {
            "coordinator": cast.coordinator, "statistician": cast.statistician, "study administrator": member,
            "reader": cast.reader_one.user, "outsider": cast.outsider,
            "installer": person("installer", is_staff=True, may_create_studies=True), "nobody": None,
        }  # fmt: skip
        self.clients = {role: self._signed_in(user) for role, user in self.people.items()}
        self.tokens = {
            role: make_token(study, actor=self.people[role], name=role, days=1, may_read_key=True)[1]
            for role in ("coordinator", "statistician")
        }

    @staticmethod
    def _signed_in(user):
        client = Client()
        if user:
            client.force_login(user)
        return client

    def answers(self):
        """Role, address and way of asking -> status, headers and body."""
        cache.clear()  # the limit of requests a minute
        return {(role, name): answer for role in self.people for name, answer in self._of(role)}

    def _of(self, role):
        staff = role in self.tokens
        for name, path in self._addresses(role).items():
            yield name, self._get(self.clients[role], path)
            if staff:
                yield f"{name}, part", self._get(self.clients[role], path, HTTP_HX_REQUEST="true")
            if staff and name.startswith("api:"):
                yield f"{name}, token", self._get(Client(), path, HTTP_AUTHORIZATION=f"Bearer {self.tokens[role]}")

    def _addresses(self, role):
        allocations = self.study.allocations.order_by("pk")
        own = allocations.filter(reader__user=self.people[role]).first() or allocations.first()
        series = self.study.series.first()
        things = Things(self.study, own, dict.fromkeys(("series", "thumbnail"), series.pk))
        return {name: path for name, path in things.addresses().items() if name not in {*PIXELS, "sign_out"}}

    @staticmethod
    def _get(client, path, **headers):
        response = client.get(path, **headers)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        clock = {"Set-Cookie", "Expires"}
        sent = {name: value for name, value in response.headers.items() if name not in clock}
        return response.status_code, sent, without_csrf(body)


@pytest.fixture(params=STATES)
def state(request, cast):
    """The study in one state, with everything read where reading has begun."""
    if request.param == "draft":
        add_image_set(cast.study, 1)
        return cast.study
    return request.getfixturevalue("read_study")(lock=request.param == "locked")


@pytest.fixture
def read_study(request, cast):
    def made(*, lock):
        study = request.getfixturevalue("sealed")
        read_all(study)
        if lock:
            close.lock_study(study, actor=cast.coordinator, reason="all read")
        plans.amend_plan(study, actor=cast.statistician, reason="a stricter level", choices={"alpha": 0.01})
        study.refresh_from_db()
        return study

    return made


@pytest.fixture
def still(monkeypatch):
    """Clock and disk as they were, on the one page that shows them."""
    moment, disk = measures.timezone.now(), measures.shutil.disk_usage("/")
    monkeypatch.setattr(measures, "timezone", SimpleNamespace(now=lambda: moment))
    monkeypatch.setattr(measures, "shutil", SimpleNamespace(disk_usage=lambda _: disk))


class TestEveryAddress:
    def test_none_answers_by_arm_to_anybody_or_writes_it_anywhere(self, state, cast, caplog, still):
        caplog.set_level("DEBUG")
        everybody = Everybody(cast, state)

        before = everybody.answers()

        self.sees_what_it_should(before)
        self.names_no_side_of_an_arm(before, state)
        if state.status != "draft":
            logged = sorted(caplog.messages)
            caplog.clear()
            exchange_arms(state)
            after = everybody.answers()
            assert [place for place in before if before[place] != after[place]] == []
            assert sorted(caplog.messages) == logged
        self.is_kept_in_no_cache()
        assert not Analysis.objects.exists()
        assert not ImageMetric.objects.exists()
        assert not Task.objects.filter(kind__in=("analyse", "analyse_post_hoc", "draw_results")).exists()

    @staticmethod
    def sees_what_it_should(answers):
        # The tests have no queue server, and this is where that is told.
        answers = {place: answer for place, answer in answers.items() if not place[1].startswith("readyz")}
        assert [place for place, (status, *_) in answers.items() if status >= 500] == []
        statuses = {name: status for (role, name), (status, *_) in answers.items() if role == "statistician"}
        assert statuses["monitor"] == statuses["conduct_checks, part"] == statuses["plan"] == 200
        assert statuses["api:api_conduct, token"] == 200
        assert statuses["report_html"] == statuses["report_pdf"] == 409
        assert statuses["table_csv"] == statuses["export_bundle"] == statuses["result_figure"] == 409
        open_before = {"api:api_study, token", "api:api_conduct, token", "api:api_plan, token"}
        asked = {name: status for name, status in statuses.items() if name.startswith("api:api_") and "token" in name}
        assert {name: status for name, status in asked.items() if status != 200} == dict.fromkeys(
            asked.keys() - open_before, 409
        )
        strange = {status for (role, _), (status, *_) in answers.items() if role in ("outsider", "nobody")}
        assert strange <= {200, 302, 401, 403, 404, 405}

    @staticmethod
    def is_kept_in_no_cache():
        """Only the times of requests are, for their limit."""
        names = [key.split(":", 2)[2] for key in cache._cache]
        assert names
        assert [name for name in names if not name.startswith("api-token-")] == []
        assert {type(time) for name in names for time in cache.get(name)} == {float}

    @staticmethod
    def names_no_side_of_an_arm(answers, study):
        words = re.compile(rb"left_arm|right_arm|a_on_left|mean_pref|pref_score")
        seed = study.allocation_seed.encode()
        for (role, name), (_, _, body) in answers.items():
            assert name.startswith("api:openapi-json") or not words.search(body), (role, name)
            assert not seed or seed not in body, (role, name)


class TestTheExchange:
    def test_it_would_find_a_mean_by_arm(self, read_study):
        study = read_study(lock=True)
        study.status = "unblinded"  # in memory only: the join asks the object

        def mean():
            scores = queries.scores_by_arm(study)
            a_left = scores["left_arm"] == scores["comparison_id"].str.split("_").str[0]
            return (scores["raw_score"].where(~a_left, 6 - scores["raw_score"])).mean()

        before = mean()
        exchange_arms(study)

        assert mean() != before

    def test_the_pooled_agreement_of_few_pairs_is_kept_back(self, blinded):
        figures = conduct_figures(blinded, safety=True)

        assert figures["agreement"]["kappa"] is None
        assert figures["consistency_flags"] == blinded.allocations.count()
        assert set(json.loads(json.dumps(figures))) == {
            "readers", "repeats", "agreement", "spread", "consistency_flags",
        }  # fmt: skip
