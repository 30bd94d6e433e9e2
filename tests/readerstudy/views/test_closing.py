"""The page 'Close' where the protocol asks for two signatures: what each person sees and may do."""

import io

import pytest
from django.core.management import call_command
from django.test import Client

from readerstudy.core.lifecycle import Status
from readerstudy.models import Study
from readerstudy.services import allocate
from tests.cast import PASSWORD, add_image_set
from tests.closing import REASON, ask_two
from tests.conftest import SEED, complete_answers, read_pair


class Person:
    """Somebody in the office of one study."""

    def __init__(self, user, study):
        self.client, self.base = Client(), f"/studies/{study.slug}/"
        self.client.force_login(user)

    def see(self, address):
        return self.client.get(self.base + address).content.decode()

    def act(self, address, **data):
        """Returns what the next page says."""
        data = {"printed_name": "Ada Example", "password": PASSWORD, "reason": REASON, **data}
        response = self.client.post(self.base + address, data, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    def sign(self, address):
        return self.act(address, scores_sha256=self.client.get(f"{self.base}close/").context["scores_sha256"])


@pytest.fixture
def two(cast):
    """The two coordinators of a study that is being read and asks for both of them."""
    second = ask_two(cast)
    add_image_set(cast.study, 1)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    cast.study.refresh_from_db()
    read_pair(cast.study.allocations.first(), complete_answers(cast.study))
    return Person(cast.coordinator, cast.study), Person(second, cast.study)


class TestTwoCoordinators:
    def test_they_lock_and_unblind_and_the_study_verifies(self, two, cast):
        first, second = two
        assert "waits for a second signature" not in second.see("")

        assert "a second coordinator must sign" in first.sign("close/lock/")
        (asked,) = cast.study.closing_requests.all()
        assert "Look and sign" in second.see("")
        assert "You have signed." in first.see("close/")
        assert "Sign and lock the study" in second.see("close/")
        assert "locked: no score can change" in second.sign(f"close/requests/{asked.pk}/sign/")

        assert "a second coordinator must sign" in second.sign("close/unblind/")
        asked = cast.study.closing_requests.last()
        assert "unblinded" in first.sign(f"close/requests/{asked.pk}/sign/")
        study = Study.objects.get(pk=cast.study.pk)
        assert study.status == Status.UNBLINDED
        assert first.see("close/").count("Signed by") == 4
        out = io.StringIO()
        call_command("verify_study", study.slug, stdout=out)
        assert "ok  closing: 4 signatures" in out.getvalue()

    def test_a_wrong_password_and_a_stale_page_are_told(self, two, cast):
        first, _ = two

        assert "not your password" in first.act("close/lock/", password="wrong", scores_sha256="")
        assert "A score has changed" in first.act("close/lock/", scores_sha256="0" * 64)
        assert not cast.study.closing_requests.exists()

    def test_a_statistician_sees_the_request_and_no_form(self, two, cast):
        two[0].sign("close/lock/")
        page = Person(cast.statistician, cast.study).see("close/")

        assert "A coordinator of the study signs it." in page
        assert "closing-password" not in page
        assert "waits for a second signature" not in Person(cast.statistician, cast.study).see("")

    def test_a_request_is_withdrawn(self, two, cast):
        first, second = two
        first.sign("close/lock/")
        asked = cast.study.closing_requests.get()

        assert "was withdrawn" in second.act(f"close/requests/{asked.pk}/withdraw/", reason="a reader is ill")
        assert "Sign and ask for a second signature" in first.see("close/")

    def test_a_request_of_another_study_is_404(self, two, cast):
        two[0].sign("close/lock/")
        asked = cast.study.closing_requests.get()
        other = cast.outsider.memberships.get().study
        client = Client()
        client.force_login(cast.outsider)

        for act in ("sign", "withdraw"):
            assert client.post(f"/studies/{other.slug}/close/requests/{asked.pk}/{act}/").status_code == 404


class TestProtocol:
    def test_the_rules_are_edited_in_the_draft(self, cast):
        page = Person(cast.coordinator, cast.study)
        page.act(
            "protocol/",
            part="closing",
            **{"closing-lock_signatures": 2, "closing-unblind_signatures": 1, "closing-request_hours": 24},
        )

        rules = Study.objects.get(pk=cast.study.pk).closing_rules
        assert (rules.lock_signatures, rules.unblind_signatures, rules.request_hours) == (2, 1, 24)
        assert "two persons, who both sign" in page.see("protocol/")
