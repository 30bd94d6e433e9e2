"""`…/denoiser/` and the review of a series: who may come in, what is said, and what the forms do."""

import io

import pytest
from PIL import Image

from enhancement.models import Enhancement
from readerstudy.models import Series
from readerstudy.services import files
from tests.cast import add_image_set

FIGURES = [
    {"name": "ssim", "words": "structural similarity", "value": 0.91, "low": 0.35, "high": None, "ok": True,
     "slice_index": 1},
    {"name": "hill", "words": "largest smooth spot", "value": 40.2, "low": None, "high": 11.5, "ok": False,
     "slice_index": 2},
]  # fmt: skip


@pytest.fixture
def made(study):
    """A held series of the denoiser, as the worker leaves it, without running the denoiser."""
    from django.utils import timezone

    from enhancement.core.pictures import picture_scale, picture_zip
    from readerstudy.services.archive import load_volume

    arms = {series.arm.code: series for series in add_image_set(study, 1).series.select_related("arm")}
    source, result = arms["FAST"], arms["FAST-DL"]
    result.origin, result.derived_from, result.review = Series.Origin.GENERATED, source, Series.Review.HELD
    result.save()
    before, after = load_volume(source).values_zyx, load_volume(result).values_zyx
    pictures = picture_zip(before, after, [0, 1, 2], picture_scale(before, after))
    Enhancement.objects.create(
        source=source,
        result=result,
        weights_sha256="ab" * 32,
        settings={"strength": 1.0},
        report={"sigma": 3.0},
        verdict={"ok": False, "figures": FIGURES},
        pictures=files.store(study, "review", pictures, suffix=".zip"),
        seconds=4.2,
        made_at=timezone.now(),
    )
    return result


@pytest.fixture
def office(cast, sign_in):
    client = sign_in(cast.coordinator)

    def post(address, **data):
        response = client.post(f"/studies/{cast.study.slug}/denoiser/{address}", data, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    post.get = lambda address="": client.get(f"/studies/{cast.study.slug}/denoiser/{address}")
    return post


class TestDenoiser:
    def test_before_anything_was_made_it_says_what_to_do(self, office):
        page = office.get().content.decode()

        assert "The denoiser has made nothing yet" in page
        assert 'name="strength"' in page

    def test_what_is_held_is_named_with_the_reason(self, office, made):
        page = office.get().content.decode()

        assert f"denoiser/{made.pk}/" in page
        assert "largest smooth spot" in page

    def test_the_number_of_queries_does_not_grow_with_the_series(self, office, made, django_assert_max_num_queries):
        with django_assert_max_num_queries(14):
            office.get()

    @pytest.mark.parametrize("address", ["", "{}/", "{}/slice-1.png"])
    def test_an_outsider_finds_nothing_and_others_may_not(self, cast, sign_in, made, address):
        url = f"/studies/{cast.study.slug}/denoiser/{address.format(made.pk)}"

        assert sign_in(cast.outsider).get(url).status_code == 404
        assert sign_in(cast.reader_one.user).get(url).status_code == 403
        assert sign_in(cast.statistician).get(url).status_code == 403


class TestSetStrength:
    def test_it_is_saved_and_what_was_made_is_made_again(self, office, made):
        assert "The strength is 0.5. Series that are made again: 1." in office("strength/", strength="0.5")

        made.refresh_from_db()
        assert made.removed_at is not None

    @pytest.mark.parametrize("words", ["", "much", "1.5", "nan"])
    def test_what_is_no_strength_is_told(self, office, words):
        assert "between 0 and 1" in office("strength/", strength=words)

    def test_a_reader_cannot(self, cast, sign_in):
        response = sign_in(cast.reader_one.user).post(f"/studies/{cast.study.slug}/denoiser/strength/", {"strength": 1})

        assert response.status_code == 403


class TestReviewPage:
    def test_figures_stand_with_their_range_and_slice(self, office, made):
        page = office.get(f"{made.pk}/").content.decode()

        assert "1 figure outside the expected range" in page
        assert "at most 11.5" in page
        assert "slice 3" in page

    def test_every_pictured_slice_is_there_and_the_suspicious_one_is_marked(self, office, made):
        page = office.get(f"{made.pk}/").content.decode()

        assert page.count('.png"') == 3
        assert page.count('class="suspicious"') == 1

    def test_a_picture_is_three_panels(self, office, made):
        response = office.get(f"{made.pk}/slice-2.png")

        picture = Image.open(io.BytesIO(b"".join(response) if response.streaming else response.content))
        assert picture.size == (3 * 24 + 8, 24)
        assert "private" in response["Cache-Control"]

    @pytest.mark.parametrize("address", ["{}/slice-9.png", "99999/", "99999/slice-1.png"])
    def test_what_is_not_there_is_not_found(self, office, made, address):
        assert office.get(address.format(made.pk)).status_code == 404

    def test_a_series_of_another_study_is_not_found(self, cast, sign_in, made):
        other = cast.outsider.memberships.get().study

        assert sign_in(cast.outsider).get(f"/studies/{other.slug}/denoiser/{made.pk}/").status_code == 404


class TestDecide:
    @pytest.mark.parametrize(
        ("act", "review"), [("accept", Series.Review.ACCEPTED), ("reject", Series.Review.REJECTED)]
    )
    def test_the_decision_is_kept_with_its_reason(self, office, made, cast, act, review):
        office(f"{made.pk}/{act}/", reason="looked at all of it")

        made.refresh_from_db()
        assert made.review == review
        assert made.enhancement.decision_reason == "looked at all of it"
        assert "looked at all of it" in office.get(f"{made.pk}/").content.decode()

    def test_again_removes_it(self, office, made):
        assert "made again" in office(f"{made.pk}/again/", reason="another strength")

        made.refresh_from_db()
        assert made.removed_at is not None

    def test_without_a_reason_nothing_happens(self, office, made):
        assert "reason" in office(f"{made.pk}/accept/", reason="")

        made.refresh_from_db()
        assert made.review == Series.Review.HELD

    def test_another_act_has_no_address(self, cast, sign_in, made):
        url = f"/studies/{cast.study.slug}/denoiser/{made.pk}/forget/"

        assert sign_in(cast.coordinator).post(url).status_code == 404

    def test_a_get_changes_nothing(self, office, made):
        assert office.get(f"{made.pk}/accept/").status_code == 405


class TestCasesBoard:
    def test_a_held_series_leads_to_its_review(self, cast, sign_in, made):
        page = sign_in(cast.coordinator).get(f"/studies/{cast.study.slug}/cases/").content.decode()

        assert f"denoiser/{made.pk}/" in page
        assert "Held for review" in page
        assert "held for review" in page


class TestPixels:
    def test_a_series_that_is_held_after_all_is_not_sent(self, sealed, sign_in):
        allocation = sealed.allocations.select_related("reader__user", "pair").first()
        client, url = sign_in(allocation.reader.user), f"/pixels/{allocation.left_token}/0"
        assert client.get(url).status_code == 200

        allocation.pair.image_set.series.filter(arm=allocation.left_arm).update(review=Series.Review.HELD)

        assert client.get(url).status_code == 404
