"""The API: a token opens one study, for reading, by the rules of the pages."""

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from analysis.api import api
from analysis.models import ApiToken
from analysis.services.compute import compute
from analysis.services.tokens import make_token
from readerstudy.models import Membership
from readerstudy.services.accounts import remove_member
from tests.readerstudy.services.sending import silent

PATHS = list(api.get_openapi_schema()["paths"])
BY_ARM = ("tables/", "tables/ratings_long.csv", "tables/scores.json", "results.json", "results/table2.csv")


def filled(path, study):
    return path.format(slug=study.slug, name="ratings_long" if "/tables/" in path else "table2", section="conduct")


@pytest.fixture(autouse=True)
def no_earlier_requests():
    cache.clear()


@pytest.fixture
def ask(client):
    def get(study, below, secret):
        return client.get(f"/api/v1/studies/{study.slug}/{below}", headers={"Authorization": f"Bearer {secret}"})

    return get


@pytest.fixture
def secret(cast):
    return make_token(cast.study, actor=cast.statistician, name="R", days=30, may_read_key=True)[1]


class TestToken:
    @pytest.mark.parametrize("path", PATHS)
    def test_without_one_no_address_answers(self, sealed, cast, sign_in, path):
        # A session of the very person opens nothing either: no page of another site can ask with it.
        response = sign_in(cast.statistician).get(filled(path, sealed))

        assert response.status_code == 401
        assert response.json()["error"] == "token"
        assert response["WWW-Authenticate"] == "Bearer"

    def test_one_that_was_revoked_or_is_out_of_date_opens_nothing(self, sealed, ask, secret):
        assert ask(sealed, "", secret).status_code == 200
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert ask(sealed, "", secret).status_code == 401
        ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1), revoked_at=timezone.now())
        assert ask(sealed, "", secret).status_code == 401

    def test_it_ends_when_its_owner_leaves_the_study(self, study, cast, ask, secret):
        member = Membership.objects.get(study=study, user=cast.statistician)
        remove_member(member, actor=cast.coordinator)

        assert ask(study, "", secret).status_code == 401

    def test_it_ends_when_its_owner_may_not_sign_in(self, study, cast, ask, secret):
        cast.statistician.is_active = False
        cast.statistician.save()

        assert ask(study, "", secret).status_code == 401

    def test_it_opens_no_other_study(self, cast, client, secret):
        other = cast.outsider.memberships.get().study
        headers = {"Authorization": f"Bearer {secret}"}

        response = client.get(f"/api/v1/studies/{other.slug}/", headers=headers)
        missing = client.get("/api/v1/studies/nothing/", headers=headers)

        assert response.status_code == missing.status_code == 404
        assert response.content == missing.content

    def test_nothing_can_be_written(self, sealed, client, secret):
        for method in (client.post, client.put, client.patch, client.delete):
            answer = method(f"/api/v1/studies/{sealed.slug}/", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 405


class TestThrottle:
    def test_it_asks_to_wait_and_says_how_long(self, sealed, ask, secret, monkeypatch):
        for throttle in {one for operation in _operations() for one in operation.throttle_objects}:
            monkeypatch.setattr(throttle, "num_requests", 2)

        answers = [ask(sealed, "", secret) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert int(answers[-1]["Retry-After"]) > 0
        assert answers[-1].json()["error"] == "too_many"


def _operations():
    for _, router in api._routers:
        for view in router.path_operations.values():
            yield from view.operations


class TestBeforeUnblinding:
    @pytest.mark.parametrize("below", [*BY_ARM, "tables/allocation.csv", "bundle.zip"])
    def test_what_joins_scores_and_arms_is_refused(self, sealed, ask, secret, below):
        response = ask(sealed, below, secret)

        assert response.status_code == 409
        assert "UNBLINDED" in response.json()["message"]

    def test_the_summary_has_completion_and_hashes(self, sealed, ask, secret):
        answer = ask(sealed, "", secret).json()

        assert answer["status"] == "reading"
        assert [reader["finished"] for reader in answer["readers"]] == [0, 0]
        assert answer["plan_sha256"] == sealed.plan_sha256

    def test_the_plan_is_there_with_its_hash(self, sealed, ask, secret):
        (version,) = ask(sealed, "plan/", secret).json()

        assert (version["version"], version["post_hoc"], version["sha256"]) == (1, False, sealed.plan_sha256)

    def test_the_number_of_consistency_flags_is_for_the_coordinator(self, sealed, cast, ask, secret):
        _, coordinators = make_token(sealed, actor=cast.coordinator, name="watch", days=1)

        assert "consistency_flags" not in ask(sealed, "conduct/", secret).json()
        assert ask(sealed, "conduct/", coordinators).json()["consistency_flags"] == 0


class TestAfterUnblinding:
    @pytest.fixture
    def results(self, unblinded):
        return compute(unblinded, silent)

    def test_csv_and_json_of_a_table_hold_the_same(self, unblinded, ask, secret):
        rows = list(csv.DictReader(io.StringIO(ask(unblinded, "tables/ratings_long.csv", secret).content.decode())))
        records = ask(unblinded, "tables/ratings_long.json", secret).json()

        assert len(rows) == len(records) == unblinded.allocations.count() * 8
        assert [row["pref_score"] for row in rows] == [str(record["pref_score"]) for record in records]
        assert (records[0]["comment"], records[0]["field_t"]) == ("", None)

    def test_results_are_those_of_the_bundle(self, unblinded, results, ask, secret):
        with zipfile.ZipFile(io.BytesIO(ask(unblinded, "bundle.zip", secret).content)) as bundle:
            stored = json.loads(bundle.read("results.json"))

        assert ask(unblinded, "results.json", secret).json() == stored

    @pytest.mark.parametrize("below", ["tables/allocation.csv", "tables/allocation.json", "bundle.zip"])
    def test_the_key_needs_a_token_that_may_read_it(self, unblinded, results, cast, ask, below):
        _, modest = make_token(unblinded, actor=cast.statistician, name="no key", days=1)

        assert ask(unblinded, below, modest).status_code == 403

    def test_what_is_not_there_is_404_and_what_is_not_computed_409(self, unblinded, ask, secret):
        assert ask(unblinded, "tables/secrets.csv", secret).status_code == 404
        assert ask(unblinded, "tables/image_metrics.csv", secret).status_code == 404
        assert ask(unblinded, "results.json", secret).status_code == 409
        assert ask(unblinded, "results.json?plan_version=7", secret).status_code == 409

    def test_no_answer_may_be_stored_on_the_way(self, unblinded, ask, secret):
        assert ask(unblinded, "tables/scores.csv", secret)["Cache-Control"] == "no-store"


class TestOpenApi:
    def test_the_document_is_served_and_describes_every_refusal(self, client, db):
        schema = client.get("/api/v1/openapi.json").json()

        assert schema["openapi"].startswith("3.")
        assert schema["components"]["securitySchemes"]
        for methods in schema["paths"].values():
            assert set(methods) == {"get"}
            assert methods["get"]["description"]
            assert {"200", "401", "403", "404", "409", "429"} <= set(methods["get"]["responses"])
