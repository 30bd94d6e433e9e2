"""Readers, allocation, monitor, closing: each act by a POST with its reason, each refusal in words."""

import pytest
from django.test import Client

from readerstudy.core.lifecycle import Status
from readerstudy.models import Invitation, Membership, Study, Task
from tests.cast import add_image_set
from tests.conftest import complete_answers, read_pair

REASON = "everything is ready"


@pytest.fixture
def office(cast, sign_in):
    """POST as the coordinator to an address below the study; returns the messages of the next page."""
    client = sign_in(cast.coordinator)

    def post(address, **data):
        response = client.post(f"/studies/{cast.study.slug}/{address}", data, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    post.get = lambda address: client.get(f"/studies/{cast.study.slug}/{address}")
    return post


def status_of(study):
    return Study.objects.get(pk=study.pk).status


class TestInvite:
    def test_the_link_is_shown_to_the_coordinator_and_works(self, office, study):
        office("readers/invite/", email="new@example.org", role="reader")

        (shown,) = office.get("readers/").context["invitations"]
        path = shown["link"].partition("8000")[2]
        assert shown["link"] in office.get("readers/").content.decode().replace("&amp;", "&")
        assert Client().get(path).status_code == 200

    @pytest.mark.parametrize(
        "data", [{}, {"email": "no address", "role": "reader"}, {"email": "a@example.org", "role": "administrator"}]
    )
    def test_an_incomplete_invitation_is_told_and_not_made(self, office, study, data):
        assert "complete e-mail address" in office("readers/invite/", **data)
        assert not Invitation.objects.exists()

    def test_a_withdrawn_invitation_is_no_longer_open(self, office, study):
        office("readers/invite/", email="new@example.org", role="reader")

        assert "withdrawn" in office(f"readers/invitations/{Invitation.objects.get().pk}/withdraw/")
        assert office.get("readers/").context["invitations"] == []

    def test_an_invitation_of_another_study_is_404(self, office, cast, study):
        office("readers/invite/", email="new@example.org", role="reader")
        client = Client()
        client.force_login(cast.outsider)
        other = cast.outsider.memberships.get().study

        address = f"/studies/{other.slug}/readers/invitations/{Invitation.objects.get().pk}/withdraw/"
        assert client.post(address).status_code == 404


class TestRemoveMember:
    def test_a_reader_without_an_allocation_goes(self, office, cast):
        office(f"readers/{cast.reader_one.pk}/remove/")

        assert not Membership.objects.filter(pk=cast.reader_one.pk).exists()

    def test_a_reader_with_an_allocation_stays(self, office, sealed, cast):
        assert "allocation" in office(f"readers/{cast.reader_one.pk}/remove/")
        assert Membership.objects.filter(pk=cast.reader_one.pk).exists()

    def test_nobody_removes_himself(self, office, cast):
        own = cast.study.memberships.get(user=cast.coordinator)

        assert "yourself" in office(f"readers/{own.pk}/remove/")


class TestSeal:
    def test_it_starts_the_reading_with_the_reason_on_record(self, office, study):
        add_image_set(study, 1)

        office("allocation/seal/", reason=REASON)

        assert status_of(study) == Status.READING
        assert study.audit_events.get(action="allocation sealed").detail["reason"] == REASON

    @pytest.mark.parametrize("reason", ["", "   ", "ok"])
    def test_without_a_reason_nothing_happens(self, office, study, reason):
        add_image_set(study, 1)

        assert "few words" in office("allocation/seal/", reason=reason)
        assert status_of(study) == Status.DRAFT

    def test_what_is_in_the_way_is_told(self, office, study):
        assert "No pair is ready" in office("allocation/seal/", reason=REASON)
        assert status_of(study) == Status.DRAFT

    def test_work_that_is_going_on_is_in_the_way(self, office, study):
        Task.objects.create(study=study, kind="display", subject=add_image_set(study, 1).pk)

        assert "busy" in office("allocation/seal/", reason=REASON)
        assert status_of(study) == Status.DRAFT

    def test_a_second_seal_is_refused(self, office, sealed):
        assert "DRAFT" in office("allocation/seal/", reason=REASON)
        assert sealed.audit_events.filter(action="allocation sealed").count() == 1


class TestLockAndUnblind:
    def test_the_whole_way_with_its_reasons(self, office, sealed):
        office("close/lock/", reason="all is read")
        office("close/unblind/", reason="the plan is fixed")

        assert status_of(sealed) == Status.UNBLINDED
        reasons = {event.action: event.detail.get("reason") for event in sealed.audit_events.all()}
        assert reasons["study locked"] == "all is read"
        assert reasons["study unblinded"] == "the plan is fixed"

    @pytest.mark.parametrize("act", ["close/lock/", "close/unblind/"])
    def test_without_a_reason_nothing_happens(self, office, sealed, act):
        before = status_of(sealed)

        assert "few words" in office(act)
        assert status_of(sealed) == before

    def test_unblinding_before_the_lock_is_refused(self, office, sealed):
        assert "LOCKED" in office("close/unblind/", reason=REASON)
        assert status_of(sealed) == Status.READING

    @pytest.mark.parametrize("act", ["allocation/seal/", "close/lock/", "close/unblind/"])
    def test_without_the_csrf_token_it_is_403(self, cast, sealed, act):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.coordinator)

        assert client.post(f"/studies/{sealed.slug}/{act}", {"reason": REASON}).status_code == 403
        assert status_of(sealed) == Status.READING


class TestMonitor:
    def test_it_counts_what_is_finished(self, office, sealed):
        read_pair(sealed.allocations.first(), complete_answers(sealed))

        context = office.get("monitor/").context

        assert (context["finished"], context["total"]) == (1, 18)
        assert context["progress"][0].seconds_a_pair == 20
