"""Every office page is made by its view for the role that it is for, with what assistive technology leans on."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from readerstudy.models import Study, TaskState, User
from readerstudy.services import accounts, tasks, uploads
from tests.cast import Cast, add_image_set

SignIn = Callable[[User], Client]
STUDY_PAGES = (
    "overview", "protocol", "cases", "readers", "allocation", "monitor", "close", "results", "audit_trail",
)  # fmt: skip


def page(client: Client, name: str, *args: object) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200, (name, response.status_code)
    return response.content.decode()


def check_landmarks(html: str) -> None:
    assert len(re.findall(r"<h1[ >]", html)) == 1
    assert len(re.findall(r"<main\b", html)) == 1
    assert 'href="#main"' in html
    assert 'aria-live="polite"' in html


def ids_of(html: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', html)


class TestStudyPages:
    @pytest.mark.parametrize("name", STUDY_PAGES)
    def test_a_draft_without_anything_says_what_to_do(self, cast: Cast, sign_in: SignIn, name: str):
        html = page(sign_in(cast.coordinator), name, cast.study.slug)

        check_landmarks(html)

    @pytest.mark.parametrize("name", STUDY_PAGES)
    def test_a_study_in_reading_is_shown(self, cast: Cast, sealed: Study, sign_in: SignIn, name: str):
        html = page(sign_in(cast.coordinator), name, sealed.slug)

        check_landmarks(html)
        assert [one for one in ids_of(html) if ids_of(html).count(one) > 1] == []

    @pytest.mark.parametrize("name", [name for name in STUDY_PAGES if name not in {"cases", "readers"}])
    def test_a_statistician_may_look(self, cast: Cast, sealed: Study, sign_in: SignIn, name: str):
        check_landmarks(page(sign_in(cast.statistician), name, sealed.slug))


class TestProtocol:
    def test_a_draft_can_be_edited_by_its_coordinator(self, cast: Cast, sign_in: SignIn):
        assert "Save the features" in page(sign_in(cast.coordinator), "protocol", cast.study.slug)

    def test_a_sealed_one_explains_that_it_is_frozen(self, cast: Cast, sealed: Study, sign_in: SignIn):
        html = page(sign_in(cast.coordinator), "protocol", sealed.slug)

        assert "Frozen since the allocation was sealed" in html
        assert "Save the features" not in html

    def test_a_statistician_is_told_who_edits(self, cast: Cast, sign_in: SignIn):
        html = page(sign_in(cast.statistician), "protocol", cast.study.slug)

        assert "The coordinator of the study edits the protocol" in html
        assert "Save the features" not in html

    def test_a_bad_code_is_said_at_its_field(self, cast: Cast, sign_in: SignIn):
        client, url = sign_in(cast.coordinator), reverse("protocol", args=(cast.study.slug,))
        form = client.get(url).context["parts"]["features"]
        data = {
            "part": "features",
            "features-TOTAL_FORMS": "1",
            "features-INITIAL_FORMS": "1",
            "features-0-id": str(form.forms[0].instance.pk),
            "features-0-code": "bad code",
            "features-0-label": "SNR",
            "features-0-position": "0",
        }

        html = client.post(url, data).content.decode()

        assert "beginning with a letter or digit" in html
        assert 'aria-invalid="true"' in html

    def test_a_new_row_comes_last(self, cast: Cast, sign_in: SignIn):
        response = sign_in(cast.coordinator).get(reverse("protocol", args=(cast.study.slug,)))

        assert response.context["parts"]["features"].forms[-1]["position"].value() == cast.study.features.count()

    def test_a_row_left_blank_is_no_row(self, cast: Cast, sign_in: SignIn):
        client, url = sign_in(cast.coordinator), reverse("protocol", args=(cast.study.slug,))
        formset = client.get(url).context["parts"]["consistency"]
        data = {"part": "consistency", "consistency-TOTAL_FORMS": "11", "consistency-INITIAL_FORMS": "10"}
        for form in formset.forms:
            fields = [form[name] for name in ("id", "code", "label", "position")]
            data |= {field.html_name: field.value() for field in fields if field.value() is not None}

        client.post(url, data)

        assert cast.study.consistency_items.count() == 10
        assert cast.study.audit_events.filter(action="consistency changed").exists()


class TestCasesBoard:
    def test_it_asks_again_only_while_work_goes_on(self, cast: Cast, sign_in: SignIn):
        add_image_set(cast.study, 1)
        client = sign_in(cast.coordinator)
        idle = page(client, "cases", cast.study.slug)
        tasks.Task.objects.create(
            study=cast.study, kind="enhance", subject=1, state=TaskState.RUNNING, step="slice", done=3, total=9
        )

        busy = page(client, "cases", cast.study.slug)

        assert "every 2s" not in idle
        assert "every 2s" in busy
        assert "3 of 9" in busy

    def test_failed_work_can_be_tried_again(self, cast: Cast, sign_in: SignIn):
        task = tasks.Task.objects.create(
            study=cast.study, kind="enhance", subject=1, state=TaskState.FAILED, error="Out of memory."
        )

        html = page(sign_in(cast.coordinator), "cases", cast.study.slug)

        assert "Out of memory." in html
        assert reverse("retry_task", args=(cast.study.slug, task.pk)) in html

    def test_its_rows_hold_no_token_so_that_only_changes_are_put_into_the_page(self, cast: Cast, sign_in: SignIn):
        add_image_set(cast.study, 1)
        html = page(sign_in(cast.coordinator), "cases", cast.study.slug)
        board = html.split('id="board"')[1].split("<dialog")[0]

        assert "csrfmiddlewaretoken" not in board

    def test_after_sealing_nothing_can_be_moved(self, cast: Cast, sealed: Study, sign_in: SignIn):
        html = page(sign_in(cast.coordinator), "cases", sealed.slug)

        assert "data-move" not in html
        assert "data-upload" not in html

    def test_the_number_of_queries_does_not_grow_with_the_image_sets(
        self, cast: Cast, sign_in: SignIn, django_assert_max_num_queries: Callable
    ):
        for number in range(1, 5):
            add_image_set(cast.study, number)
        client = sign_in(cast.coordinator)

        with django_assert_max_num_queries(27):
            page(client, "cases", cast.study.slug)


class TestSeries:
    def test_it_shows_place_and_record(self, cast: Cast, sign_in: SignIn):
        series = add_image_set(cast.study, 1).series.filter(arm__code="SOC").get()

        html = page(sign_in(cast.coordinator), "series", cast.study.slug, series.pk)

        check_landmarks(html)
        assert "Its place" in html


class TestUploadReport:
    def test_one_that_was_broken_off_says_so(self, cast: Cast, sign_in: SignIn):
        upload = uploads.begin(cast.study, actor=cast.coordinator, arm=None)

        html = page(sign_in(cast.coordinator), "upload_report", cast.study.slug, upload.uuid)

        assert "the upload was broken off" in html


class TestWorklist:
    def test_it_leads_to_the_first_open_pair(self, cast: Cast, sealed: Study, sign_in: SignIn):
        first = cast.reader_one.allocations.order_by("position").first()

        html = page(sign_in(cast.reader_one.user), "worklist")

        check_landmarks(html)
        assert "Begin with pair 1" in html
        assert reverse("station", args=(first.token,)) in html

    def test_it_names_no_arm_and_no_image_set(self, cast: Cast, sealed: Study, sign_in: SignIn):
        words = re.sub(r"<[^>]+>", " ", page(sign_in(cast.reader_one.user), "worklist"))

        assert not re.search(r"\bSOC\b|\bFAST|\bDL\b|\bS00\d\b|\bP00\d\b", words)

    def test_without_pairs_it_says_why(self, cast: Cast, sign_in: SignIn):
        assert "The study is being prepared" in page(sign_in(cast.reader_one.user), "worklist")


class TestAccountPages:
    @pytest.mark.parametrize("name", ["home", "password", "password_changed"])
    def test_everybody_has_them(self, cast: Cast, sign_in: SignIn, name: str):
        check_landmarks(page(sign_in(cast.reader_one.user), name))

    def test_a_stranger_can_sign_in_or_accept_an_invitation(self, cast: Cast, client: Client):
        invitation = accounts.invite(cast.study, actor=cast.coordinator, email="a@example.org", role="reader")
        token = accounts.invitation_link(invitation).rstrip("/").rsplit("/", 1)[1]

        check_landmarks(page(client, "sign_in"))
        assert "Make the account and join" in page(client, "accept_invitation", token)

    def test_an_administrator_sees_the_people(self, cast: Cast, sign_in: SignIn):
        cast.outsider.is_staff = True
        cast.outsider.save()

        html = page(sign_in(cast.outsider), "people")

        check_landmarks(html)
        assert cast.coordinator.username in html

    def test_who_is_in_no_study_is_told_how_to_get_into_one(self, cast: Cast, sign_in: SignIn):
        nobody = User.objects.create(username="nobody")

        assert "You are in no study yet" in page(sign_in(nobody), "home")
