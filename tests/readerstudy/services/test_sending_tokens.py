"""A key for sending: made, shown once, recognised, and of no use once its owner may not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from readerstudy.core.errors import BadInput, WrongState
from readerstudy.models import Membership, SendingToken, User
from readerstudy.services import sending_tokens


@pytest.fixture
def made(cast):
    return sending_tokens.make(cast.study, actor=cast.coordinator, name="archive", days=30)


class TestMake:
    def test_the_secret_is_stored_nowhere(self, made):
        token, secret = made

        assert secret.startswith("rss_")
        assert len(secret) > 40
        assert secret not in str(SendingToken.objects.filter(pk=token.pk).values())

    @pytest.mark.parametrize(("name", "days"), [("", 30), (" ", 30), ("a", 0), ("a", 367)])
    def test_it_refuses(self, cast, name, days):
        with pytest.raises(BadInput):
            sending_tokens.make(cast.study, actor=cast.coordinator, name=name, days=days)

    def test_a_sealed_study_gets_none(self, sealed, cast):
        with pytest.raises(WrongState):
            sending_tokens.make(sealed, actor=cast.coordinator, name="archive", days=30)


class TestTokenOf:
    def test_its_secret_opens(self, made):
        assert sending_tokens.token_of(made[1]) == made[0]

    @pytest.mark.parametrize("secret", ["", "rss_", "rss_" + "A" * 43])
    def test_another_does_not(self, made, secret):
        assert sending_tokens.token_of(secret) is None

    def test_a_revoked_one_does_not(self, made, cast):
        sending_tokens.revoke(made[0], actor=cast.coordinator)

        assert sending_tokens.token_of(made[1]) is None
        with pytest.raises(WrongState):
            sending_tokens.revoke(made[0], actor=cast.coordinator)

    def test_one_that_is_out_of_date_does_not(self, made):
        SendingToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        assert sending_tokens.token_of(made[1]) is None

    def test_it_ends_when_its_owner_leaves_the_study(self, made, cast):
        Membership.objects.filter(user=cast.coordinator).delete()

        assert sending_tokens.token_of(made[1]) is None

    def test_it_ends_when_its_owner_may_not_sign_in(self, made, cast):
        User.objects.filter(pk=cast.coordinator.pk).update(is_active=False)

        assert sending_tokens.token_of(made[1]) is None

    def test_a_token_of_the_statistics_is_none_of_these(self, cast):
        from analysis.services.tokens import make_token

        _, secret = make_token(cast.study, actor=cast.coordinator, name="r", days=1)

        assert sending_tokens.token_of(secret) is None
