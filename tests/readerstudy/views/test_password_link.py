"""A forgotten password: an administrator hands over a link that works once."""

import re

import pytest
from django.test import Client

from tests.cast import person


@pytest.fixture
def administrator(db):
    return person("administrator", is_staff=True)


def ask_for_link(client, user):
    page = client.post(f"/people/{user.pk}/password-link/", follow=True).content.decode()
    found = re.search(r"http://[^/]+(/password/reset/[^\s<]+)", page)
    return found.group(1) if found else None


class TestPasswordLink:
    def test_the_person_sets_a_new_password_and_the_link_is_used_up(self, administrator, sign_in):
        reader = person("reader")
        link = ask_for_link(sign_in(administrator), reader)
        visitor = Client()
        form = visitor.get(link, follow=True)
        fresh = {"new_password1": "another long sentence", "new_password2": "another long sentence"}

        visitor.post(form.redirect_chain[-1][0], fresh)

        reader.refresh_from_db()
        assert reader.check_password("another long sentence")
        assert "used already" in Client().get(link, follow=True).content.decode()

    def test_it_is_recorded_without_the_link(self, administrator, sign_in):
        from readerstudy.models import AuditEvent

        ask_for_link(sign_in(administrator), person("reader"))

        event = AuditEvent.objects.get(action="password link made")
        assert event.detail == {"username": "reader"}

    def test_nobody_else_can_make_one(self, sign_in, administrator):
        other = person("other")

        assert sign_in(other).post(f"/people/{administrator.pk}/password-link/").status_code == 404

    def test_an_account_that_may_not_sign_in_gets_none(self, administrator, sign_in):
        assert ask_for_link(sign_in(administrator), person("gone", is_active=False)) is None
