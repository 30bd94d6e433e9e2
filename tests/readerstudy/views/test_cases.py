"""The cases page and what a coordinator does on it."""

import pytest

from readerstudy.models import ImageSet, Series, Task, TaskState
from readerstudy.services import files
from tests.cast import add_image_set, add_series, texture


@pytest.fixture
def image_set(study):
    return add_image_set(study, 1)


@pytest.fixture
def loose(study, image_set):
    return add_series(study, image_set.participant, texture(77))


@pytest.fixture
def office(cast, sign_in):
    """POST as the coordinator to an address below the study; returns the messages of the next page."""
    client = sign_in(cast.coordinator)

    def post(address, **data):
        response = client.post(f"/studies/{cast.study.slug}/{address}", data, follow=True)
        assert response.redirect_chain
        return " ".join(str(message) for message in response.context["messages"])

    post.get = lambda address: client.get(f"/studies/{cast.study.slug}/{address}")
    return post


class TestCases:
    def test_image_sets_series_and_their_arms_are_there(self, office, image_set, loose):
        text = office.get("cases/").content.decode()

        assert "S001" in text
        assert "FAST-DL" in text
        assert f"series/{loose.pk}/" in text


class TestAssign:
    def test_it_places_the_series(self, office, image_set, loose):
        image_set.series.get(arm__code="SOC").delete()

        office(f"series/{loose.pk}/assign/", image_set="S001", arm="SOC")

        loose.refresh_from_db()
        assert (loose.image_set, loose.arm.code) == (image_set, "SOC")

    def test_a_new_image_set_is_made_on_demand(self, office, image_set, loose):
        office(f"series/{loose.pk}/assign/", image_set="new", arm="SOC")

        loose.refresh_from_db()
        assert loose.image_set.code == "S002"

    def test_a_taken_arm_is_told(self, office, image_set, loose):
        assert "already" in office(f"series/{loose.pk}/assign/", image_set="S001", arm="SOC")

    @pytest.mark.parametrize("data", [{"arm": "SLOW", "image_set": "S001"}, {"arm": "SOC", "image_set": "S999"}])
    def test_an_unknown_code_moves_nothing(self, office, image_set, data):
        series = image_set.series.get(arm__code="SOC")

        assert "The study has no" in office(f"series/{series.pk}/assign/", **data)

        series.refresh_from_db()
        assert (series.image_set, series.arm.code) == (image_set, "SOC")

    def test_a_series_of_another_study_is_404(self, cast, sign_in, loose):
        client = sign_in(cast.outsider)
        other = cast.outsider.memberships.get().study

        assert client.post(f"/studies/{other.slug}/series/{loose.pk}/assign/").status_code == 404


class TestDescribe:
    def test_it_corrects_the_words(self, office, image_set):
        office(f"image-sets/{image_set.pk}/", region="cervical", plane="axial", sequence="T1")

        image_set.refresh_from_db()
        assert (image_set.region, image_set.plane, image_set.sequence) == ("cervical", "axial", "T1")


class TestRemoveAndRestore:
    def test_a_series_goes_and_comes_back(self, office, image_set):
        series = image_set.series.get(arm__code="SOC")

        office(f"series/{series.pk}/remove/")
        assert Series.objects.get(pk=series.pk).removed_at
        office(f"series/{series.pk}/restore/")

        assert Series.objects.get(pk=series.pk).removed_at is None

    def test_after_the_seal_the_refusal_is_told(self, office, sealed):
        series = sealed.series.first()

        assert "DRAFT" in office(f"series/{series.pk}/remove/")
        assert Series.objects.get(pk=series.pk).removed_at is None


class TestRetryTask:
    def test_failed_work_waits_again(self, office, study):
        task = Task.objects.create(study=study, kind="display", subject=1, state=TaskState.FAILED, error="no")

        office(f"tasks/{task.pk}/retry/")

        task.refresh_from_db()
        assert task.state == TaskState.QUEUED

    def test_work_that_is_done_is_left(self, office, study):
        task = Task.objects.create(study=study, kind="display", subject=1, state=TaskState.DONE)

        assert "Only work that failed" in office(f"tasks/{task.pk}/retry/")


class TestSeriesPage:
    def test_it_shows_the_series(self, office, loose):
        assert office.get(f"series/{loose.pk}/").status_code == 200

    def test_an_unknown_series_is_404(self, office, study):
        assert office.get("series/999999/").status_code == 404


class TestThumbnail:
    def test_it_is_a_picture(self, office, loose):
        response = office.get(f"series/{loose.pk}/thumbnail/")

        assert response["Content-Type"] == "image/png"
        assert b"".join(response.streaming_content) == files.read(loose.thumbnail)

    def test_a_reader_never_gets_one(self, cast, sign_in, loose):
        response = sign_in(cast.reader_one.user).get(f"/studies/{cast.study.slug}/series/{loose.pk}/thumbnail/")

        assert response.status_code == 403


def test_nothing_here_is_left_of_a_refused_new_image_set(office, sealed):
    series = sealed.series.first()
    before = ImageSet.objects.count()

    assert "DRAFT" in office(f"series/{series.pk}/assign/", image_set="new", arm="SOC")

    assert ImageSet.objects.count() == before
