"""Accounts, invitations and roles: one person, one role; a link works once, until it expires or is withdrawn."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core import mail, signing
from django.utils import timezone

from readerstudy.core.errors import BadInput, NotFound, WrongState
from readerstudy.models import AuditEvent, Invitation, Role, Study, User
from readerstudy.services import accounts
from tests.cast import person

GOOD = {
    "username": "new.reader",
    "password": "a sentence of my own",
    "email": "n@example.org",
    "full_name": "N. Reader",
}


@pytest.fixture
def invitation(cast):
    return accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=Role.READER)


def token_of(invitation):
    return accounts.invitation_link(invitation).rstrip("/").rpartition("/")[2]


class TestCreateAccount:
    def test_the_person_can_sign_in_and_the_password_is_stored_hashed(self, db):
        user = accounts.create_account(**GOOD)

        assert authenticate(username=GOOD["username"], password=GOOD["password"]) == user
        assert GOOD["password"] not in str(User.objects.values().get())
        assert GOOD["password"] not in str(list(AuditEvent.objects.values()))

    @pytest.mark.parametrize("username", ["new.reader", "NEW.Reader"])
    def test_a_name_that_is_taken_is_refused_in_any_case_of_letters(self, db, username):
        accounts.create_account(**GOOD)

        with pytest.raises(accounts.NameTaken):
            accounts.create_account(**{**GOOD, "username": username})

    @pytest.mark.parametrize("username", ["", "two words", "<script>", "x" * 151])
    def test_a_name_that_could_not_be_typed_is_refused(self, db, username):
        with pytest.raises(BadInput):
            accounts.create_account(**{**GOOD, "username": username})

    @pytest.mark.parametrize("password", ["short", "password123", "new.reader1"])
    def test_a_weak_password_is_refused_with_the_reason(self, db, password):
        with pytest.raises(BadInput):
            accounts.create_account(**{**GOOD, "password": password})
        assert not User.objects.exists()


class TestAddMember:
    def test_readers_get_codes_in_turn(self, cast):
        assert [cast.reader_one.code, cast.reader_two.code] == ["R1", "R2"]

    @pytest.mark.parametrize("role", [Role.COORDINATOR, Role.STATISTICIAN, Role.READER])
    def test_one_person_has_one_role(self, cast, role):
        with pytest.raises(WrongState, match="one role"):
            accounts.add_member(cast.study, cast.reader_one.user, role, actor=cast.coordinator)

    def test_the_code_of_a_reader_who_left_is_given_again(self, cast):
        accounts.remove_member(cast.reader_one, actor=cast.coordinator)

        assert accounts.add_member(cast.study, person("three"), Role.READER, actor=cast.coordinator).code == "R1"


class TestRemoveMember:
    def test_it_is_recorded_with_the_name(self, cast):
        accounts.remove_member(cast.reader_one, actor=cast.coordinator)

        assert cast.study.audit_events.last().detail == {"username": "one", "role": "reader"}

    def test_a_reader_with_an_allocation_stays(self, sealed, cast):
        with pytest.raises(WrongState, match="allocation"):
            accounts.remove_member(cast.reader_one, actor=cast.coordinator)

    def test_nobody_removes_himself(self, cast):
        own = cast.study.memberships.get(user=cast.coordinator)

        with pytest.raises(WrongState):
            accounts.remove_member(own, actor=cast.coordinator)


class TestInvite:
    def test_the_link_is_sent_and_leads_to_the_invitation(self, cast, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            made = accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=Role.READER)

        (message,) = mail.outbox
        assert message.to == ["new@example.org"]
        link = next(line for line in message.body.splitlines() if line.startswith("http"))
        assert accounts.find_invitation(link.rstrip("/").rpartition("/")[2]) == made

    def test_a_title_of_two_lines_is_one_line_of_the_mail(self, cast, django_capture_on_commit_callbacks):
        Study.objects.filter(pk=cast.study.pk).update(title="Spine\nBcc: all@example.org")
        cast.study.refresh_from_db()

        with django_capture_on_commit_callbacks(execute=True):
            accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=Role.READER)

        assert mail.outbox[0].subject == "Invitation: Spine Bcc: all@example.org"

    def test_a_mail_server_that_is_down_does_not_lose_the_invitation(
        self, cast, settings, django_capture_on_commit_callbacks
    ):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

        with django_capture_on_commit_callbacks(execute=True):
            accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=Role.READER)

        assert Invitation.objects.count() == 1

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, "king"])
    def test_only_the_roles_of_a_study_are_given_away(self, cast, role):
        with pytest.raises(BadInput):
            accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=role)


class TestFindInvitation:
    @pytest.mark.parametrize("change", ["", "x", "reversed", "salt"])
    def test_a_link_that_was_tampered_with_is_refused(self, invitation, change):
        token = token_of(invitation)
        forged = {"": token[:-1], "x": token + "x", "reversed": token[::-1], "salt": signing.dumps(invitation.pk)}

        with pytest.raises(NotFound, match="not complete"):
            accounts.find_invitation(forged[change])

    def test_an_expired_one_is_refused(self, invitation):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        with pytest.raises(NotFound, match="expired"):
            accounts.find_invitation(token_of(invitation))

    def test_it_lasts_for_as_many_days_as_the_setting_says(self, cast, settings):
        settings.INVITATION_DAYS = 3
        made = accounts.invite(cast.study, actor=cast.coordinator, email="new@example.org", role=Role.READER)

        assert made.expires_at - made.created_at == pytest.approx(timedelta(days=3), abs=timedelta(minutes=1))

    def test_a_withdrawn_one_is_refused(self, invitation, cast):
        accounts.revoke(invitation, actor=cast.coordinator)

        with pytest.raises(NotFound, match="withdrawn"):
            accounts.find_invitation(token_of(invitation))

    def test_a_used_one_is_refused(self, invitation):
        accounts.accept(invitation, person("new"))

        with pytest.raises(NotFound, match="already used"):
            accounts.find_invitation(token_of(invitation))


class TestAccept:
    def test_the_person_has_the_role_of_the_invitation(self, invitation):
        joined = accounts.accept(invitation, person("new"))

        assert (joined.study, joined.role, joined.code) == (invitation.study, Role.READER, "R3")

    def test_a_second_click_gives_no_second_role(self, invitation):
        accounts.accept(invitation, person("new"))

        with pytest.raises(WrongState):
            accounts.accept(invitation, person("other"))

    def test_one_that_expires_between_page_and_click_is_refused(self, invitation):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        with pytest.raises(WrongState, match="expired"):
            accounts.accept(invitation, person("new"))

    def test_a_member_keeps_his_role_and_the_invitation_stays_open(self, invitation, cast):
        with pytest.raises(WrongState, match="one role"):
            accounts.accept(invitation, cast.statistician)

        assert accounts.find_invitation(token_of(invitation)) == invitation


class TestJoinWithNewAccount:
    def test_account_and_role_come_together(self, invitation):
        assert accounts.join_with_new_account(invitation, **GOOD).user.username == GOOD["username"]

    def test_where_the_invitation_was_used_meanwhile_no_account_stays(self, invitation):
        accounts.accept(invitation, person("new"))

        with pytest.raises(WrongState):
            accounts.join_with_new_account(invitation, **GOOD)
        assert not User.objects.filter(username=GOOD["username"]).exists()


class TestRevoke:
    def test_a_used_invitation_cannot_be_withdrawn(self, invitation, cast):
        accounts.accept(invitation, person("new"))

        with pytest.raises(WrongState):
            accounts.revoke(invitation, actor=cast.coordinator)


class TestSetPermissions:
    def test_an_administrator_can_let_somebody_open_studies(self, cast):
        boss = person("boss", is_staff=True)
        flags = {"may_create_studies": True, "is_staff": False, "is_active": True}

        accounts.set_permissions(cast.statistician, actor=boss, **flags)

        cast.statistician.refresh_from_db()
        assert cast.statistician.may_open_studies
        assert AuditEvent.objects.filter(study=None, action="account changed").count() == 1

    @pytest.mark.parametrize("lost", ["is_staff", "is_active"])
    def test_nobody_locks_himself_out(self, db, lost):
        boss = person("boss", is_staff=True)
        flags = {"may_create_studies": True, "is_staff": True, "is_active": True, lost: False}

        with pytest.raises(WrongState):
            accounts.set_permissions(boss, actor=boss, **flags)
