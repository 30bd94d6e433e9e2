"""Everybody sees their own studies; everything else is 404."""

import re

import pytest
from django.urls import get_resolver

from readerstudy.models import Role
from tests.cast import person
from tests.conftest import without_csrf

PAGES = (
    "", "protocol/", "cases/", "sending/", "readers/", "plan/", "plan/power/", "allocation/", "monitor/",
    "monitor/checks/", "close/", "results/", "api/", "audit/",
)  # fmt: skip


class TestOutsiders:
    @pytest.mark.parametrize("page", PAGES)
    def test_a_person_of_another_study_gets_404(self, cast, sign_in, page):
        assert sign_in(cast.outsider).get(f"/studies/{cast.study.slug}/{page}").status_code == 404

    @pytest.mark.parametrize("page", PAGES)
    def test_nobody_gets_in_without_signing_in(self, cast, client, page):
        response = client.get(f"/studies/{cast.study.slug}/{page}")

        assert response.status_code == 302
        assert response.headers["Location"].startswith("/sign-in/")

    def test_an_administrator_without_a_role_in_the_study_gets_404(self, cast, sign_in):
        administrator = person("administrator", is_staff=True)

        assert sign_in(administrator).get(f"/studies/{cast.study.slug}/").status_code == 404

    def test_a_missing_study_and_a_foreign_study_have_the_same_answer(self, cast, sign_in):
        client = sign_in(cast.outsider)

        foreign, missing = (
            without_csrf(client.get(f"/studies/{slug}/").content) for slug in (cast.study.slug, "no-such-study")
        )

        assert foreign == missing

    def test_json_asks_for_a_new_sign_in_with_401(self, client, sealed):
        token = sealed.allocations.first().token

        response = client.get(f"/read/{token}/state/", headers={"Accept": "application/json"})

        assert response.status_code == 401
        assert response.json()["error"] == "login"


class TestRoles:
    @pytest.mark.parametrize("page", PAGES)
    def test_a_coordinator_sees_the_pages_of_the_study(self, cast, sign_in, page):
        assert sign_in(cast.coordinator).get(f"/studies/{cast.study.slug}/{page}").status_code == 200

    @pytest.mark.parametrize("page", ["cases/", "sending/", "readers/"])
    def test_a_statistician_sees_neither_cases_nor_people(self, cast, sign_in, page):
        assert sign_in(cast.statistician).get(f"/studies/{cast.study.slug}/{page}").status_code == 403

    def test_a_reader_is_led_to_the_work_list(self, cast, sign_in):
        response = sign_in(cast.reader_one.user).get(f"/studies/{cast.study.slug}/")

        assert response.headers["Location"] == "/read/"

    @pytest.mark.parametrize("act", ["allocation/seal/", "close/lock/", "close/unblind/", "readers/invite/"])
    @pytest.mark.parametrize("role", [Role.READER, Role.STATISTICIAN])
    def test_only_a_coordinator_acts(self, cast, sign_in, act, role):
        user = cast.reader_one.user if role == Role.READER else cast.statistician

        assert sign_in(user).post(f"/studies/{cast.study.slug}/{act}", {"reason": "because"}).status_code == 403

    @pytest.mark.parametrize("act", ["allocation/seal/", "close/lock/", "close/unblind/"])
    def test_a_visit_changes_nothing(self, cast, sign_in, act):
        assert sign_in(cast.coordinator).get(f"/studies/{cast.study.slug}/{act}").status_code == 405

    def test_people_is_for_administrators(self, cast, sign_in):
        assert sign_in(cast.coordinator).get("/people/").status_code == 404
        assert sign_in(person("administrator", is_staff=True)).get("/people/").status_code == 200


class TestEveryAddress:
    def test_none_but_sign_in_and_invitations_is_open_to_everybody(self):
        open_names = {"sign_in", "sign_out", "accept_invitation", "password", "password_changed", "password_reset"}
        # What the API is, for programs that are to ask it; and an address that only ever answers 404.
        open_names |= {"openapi-json", "api-root", "set_language", "healthz", "readyz"}
        for pattern in _patterns(get_resolver()):
            if pattern.name not in open_names and not pattern.name.startswith("api_"):
                assert hasattr(pattern.callback, "__wrapped__"), f"{pattern.name} has no gate"

    @pytest.mark.django_db
    def test_every_address_of_the_api_asks_for_a_token(self, client):
        routes = [
            str(p.pattern) for p in _patterns(get_resolver()) if p.name.startswith("api_") and p.name != "api_access"
        ]

        assert len(routes) > 5
        for route in routes:
            assert client.get("/api/v1/" + re.sub(r"<[^>]*>", "x", route)).status_code == 401, route


def _patterns(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _patterns(pattern)
        else:
            yield pattern
