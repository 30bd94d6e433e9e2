import pytest

from analysis.models import ApiToken
from analysis.services.tokens import make_token


@pytest.fixture
def page(cast):
    return f"/studies/{cast.study.slug}/api/"


class TestTokensPage:
    def test_the_secret_stands_in_one_answer_and_in_no_other(self, cast, sign_in, page):
        client = sign_in(cast.statistician)

        made = client.post(page, {"name": "R", "days": 30})

        secret = made.context["secret"]
        assert secret in made.content.decode()
        assert "no-store" in made["Cache-Control"]
        again = client.get(page)
        assert secret not in again.content.decode()
        assert secret not in str(dict(client.session))

    def test_a_bad_number_of_days_is_said_at_its_field(self, cast, sign_in, page):
        response = sign_in(cast.statistician).post(page, {"name": "R", "days": 4000})

        assert "less than or equal to 366" in response.content.decode()
        assert not ApiToken.objects.exists()

    def test_it_says_what_to_do_while_there_is_none(self, cast, sign_in, page):
        assert "No token yet." in sign_in(cast.statistician).get(page).content.decode()

    def test_it_lists_every_address_with_the_name_of_the_study(self, cast, sign_in, page):
        text = sign_in(cast.statistician).get(page).content.decode()

        assert f"/api/v1/studies/{cast.study.slug}/tables/{{name}}.csv" in text
        assert "{slug}" not in text

    def test_revoking_is_offered_for_ones_own_and_to_coordinators(self, cast, sign_in, page):
        make_token(cast.study, actor=cast.coordinator, name="mine", days=1)

        assert "Revoke" not in sign_in(cast.statistician).get(page).content.decode()
        assert "Revoke" in sign_in(cast.coordinator).get(page).content.decode()


class TestRevoke:
    def test_it_ends_the_token(self, cast, sign_in, page):
        token, _ = make_token(cast.study, actor=cast.statistician, name="R", days=1)

        response = sign_in(cast.coordinator).post(f"{page}{token.pk}/revoke/", follow=True)

        assert "opens nothing any more" in response.content.decode()

    def test_a_token_of_another_study_is_not_found(self, cast, sign_in, page):
        other = cast.outsider.memberships.get().study
        token, _ = make_token(other, actor=cast.outsider, name="R", days=1)

        assert sign_in(cast.coordinator).post(f"{page}{token.pk}/revoke/").status_code == 404
