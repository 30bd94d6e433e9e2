import pytest

from analysis.access import token_sha256
from analysis.models import ApiToken
from analysis.services.tokens import make_token, revoke_token
from readerstudy.core.errors import BadInput, NotAllowed, WrongState
from readerstudy.models import Membership


@pytest.fixture
def token(cast):
    return make_token(cast.study, actor=cast.statistician, name="R", days=30)[0]


def member(cast, user):
    return Membership.objects.get(study=cast.study, user=user)


class TestMakeToken:
    def test_only_the_hash_of_the_secret_is_kept(self, cast):
        token, secret = make_token(cast.study, actor=cast.statistician, name=" R ", days=30)

        assert secret.startswith("rst_")
        assert len(secret) > 40
        stored = ApiToken.objects.values().get(pk=token.pk)
        assert stored["sha256"] == token_sha256(secret)
        assert secret not in str(stored)
        event = cast.study.audit_events.last()
        assert (event.action, event.detail["name"]) == ("API token made", "R")
        assert secret not in str(event.detail)

    @pytest.mark.parametrize(("name", "days"), [(" ", 30), ("R", 0), ("R", 367)])
    def test_it_refuses_no_name_and_no_end(self, cast, name, days):
        with pytest.raises(BadInput):
            make_token(cast.study, actor=cast.statistician, name=name, days=days)
        assert not ApiToken.objects.exists()


class TestRevokeToken:
    @pytest.mark.parametrize("who", ["statistician", "coordinator"])
    def test_its_owner_and_a_coordinator_can(self, cast, token, who):
        revoke_token(token, by=member(cast, getattr(cast, who)))

        token.refresh_from_db()
        assert token.revoked_at is not None
        assert cast.study.audit_events.last().action == "API token revoked"

    def test_another_statistician_cannot(self, cast):
        token, _ = make_token(cast.study, actor=cast.coordinator, name="R", days=1)

        with pytest.raises(NotAllowed):
            revoke_token(token, by=member(cast, cast.statistician))

    def test_it_is_revoked_once(self, cast, token):
        revoke_token(token, by=member(cast, cast.statistician))

        with pytest.raises(WrongState):
            revoke_token(token, by=member(cast, cast.statistician))
