"""Joining by a link, and the administrator's list."""

import pytest
from django.core import signing

from readerstudy.models import Membership, Role, User
from readerstudy.services import accounts
from tests.cast import PASSWORD, person

NEW = {
    "full_name": "Nora Reader",
    "username": "nora",
    "email": "nora@example.org",
    "password": "a sentence of my own",
    "password_again": "a sentence of my own",
}


@pytest.fixture
def link(cast):
    invitation = accounts.invite(cast.study, actor=cast.coordinator, email="nora@example.org", role=Role.READER)
    return accounts.invitation_link(invitation).partition("8000")[2]


class TestAcceptInvitation:
    def test_a_new_account_joins_and_is_signed_in(self, client, cast, link):
        response = client.post(link, NEW)

        assert response.headers["Location"] == "/"
        assert Membership.objects.get(user__username="nora").code == "R3"
        assert client.get("/read/").status_code == 200

    def test_who_is_signed_in_joins_with_the_account_he_has(self, cast, sign_in, link):
        nora = person("nora")

        sign_in(nora).post(link)

        assert Membership.objects.get(user=nora).study == cast.study

    def test_a_visit_joins_nobody(self, cast, sign_in, link):
        sign_in(person("nora")).get(link)

        assert not Membership.objects.filter(user__username="nora").exists()

    @pytest.mark.parametrize(
        "change",
        [
            {"password_again": "another sentence"},
            {"password": "short", "password_again": "short"},
            {"username": "one"},
            {"username": "two words"},
            {"email": "none"},
            {"full_name": ""},
        ],
    )
    def test_what_cannot_be_is_told_and_no_account_is_made(self, client, cast, link, change):
        before = User.objects.count()

        response = client.post(link, {**NEW, **change})

        assert response.status_code == 200
        assert User.objects.count() == before
        assert client.post(link, NEW).status_code == 302

    def test_a_link_works_once(self, client, cast, link):
        client.post(link, NEW)
        client.logout()

        assert client.get(link).status_code == 404
        assert client.post(link, {**NEW, "username": "another"}).status_code == 404

    @pytest.mark.parametrize("token", ["x", "1", "a:b:c"])
    def test_a_forged_link_is_404(self, client, cast, link, token):
        assert client.get(f"/invitations/{token}/").status_code == 404

    def test_a_token_that_was_signed_for_something_else_is_404(self, client, cast, link):
        assert client.get(f"/invitations/{signing.dumps(1)}/").status_code == 404

    def test_a_member_keeps_his_role(self, cast, sign_in, link):
        sign_in(cast.statistician).post(link)

        assert Membership.objects.get(user=cast.statistician, study=cast.study).role == Role.STATISTICIAN


class TestChangePerson:
    def test_an_administrator_lets_somebody_open_studies(self, cast, sign_in):
        client = sign_in(person("boss", is_staff=True))

        client.post(f"/people/{cast.statistician.pk}/", {"may_create_studies": "on", "is_active": "on"})

        cast.statistician.refresh_from_db()
        assert cast.statistician.may_open_studies

    def test_an_account_that_is_closed_cannot_sign_in(self, cast, sign_in, client):
        sign_in(person("boss", is_staff=True)).post(f"/people/{cast.statistician.pk}/", {})
        client.logout()

        response = client.post("/sign-in/", {"username": "statistician", "password": PASSWORD})

        assert response.status_code == 200
        assert "_auth_user_id" not in client.session

    def test_others_get_404(self, cast, sign_in):
        client = sign_in(cast.coordinator)

        assert client.post(f"/people/{cast.coordinator.pk}/", {"is_staff": "on"}).status_code == 404
        cast.coordinator.refresh_from_db()
        assert not cast.coordinator.is_staff
