"""Overview, protocol and audit trail of a study; opening a study."""

import pytest
from django.test import Client

from readerstudy.core.lifecycle import Status
from readerstudy.models import Study
from readerstudy.services.protocol import PARTS
from tests.cast import person


def form_of(page, part):
    """What a browser would send of one part of the protocol, as it stands."""
    formset = page.context["parts"][part]
    data = {"part": part}
    for form in [formset.management_form, *formset.forms]:
        for bound in form:
            value = bound.value()
            if value is True:
                data[bound.html_name] = "on"
            elif value is not None and value is not False:
                data[bound.html_name] = value
    return data


@pytest.fixture
def address(study):
    return f"/studies/{study.slug}/protocol/"


@pytest.fixture
def office(cast, sign_in):
    return sign_in(cast.coordinator)


class TestEditProtocol:
    @pytest.mark.parametrize("part", PARTS)
    def test_a_part_sent_as_it_stands_is_saved_and_changes_nothing(self, office, study, address, part):
        model, fields = PARTS[part]
        before = list(model._default_manager.filter(study=study).values(*fields))

        response = office.post(address, form_of(office.get(address), part))

        assert response.headers["Location"] == f"{address}#{part}"
        assert list(model._default_manager.filter(study=study).values(*fields)) == before

    def test_a_row_can_be_changed_added_and_deleted(self, office, study, address):
        data = form_of(office.get(address), "features")
        data |= {"features-0-label": "Noise", "features-1-DELETE": "on"}
        data |= {"features-8-code": "new", "features-8-label": "A new one", "features-8-position": "9"}

        office.post(address, data)

        codes = list(study.features.values_list("code", flat=True))
        assert study.features.get(code="snr").label == "Noise"
        assert "resolution" not in codes
        assert "new" in codes

    @pytest.mark.parametrize(
        ("part", "change"),
        [
            ("features", {"features-0-label": ""}),
            ("features", {"features-0-code": "two words"}),
            ("features", {"features-0-code": "artifacts"}),
            ("scale", {"scale-0-value": "x"}),
            ("scale", {"scale-0-value": "99"}),
            ("comparisons", {"comparisons-0-arm_b": "999999"}),
            ("arms", {"arms-0-DELETE": "on"}),
            ("features", {"features-TOTAL_FORMS": ""}),
        ],
    )
    def test_what_cannot_be_is_told_and_nothing_is_kept(self, office, study, address, part, change):
        model, fields = PARTS[part]
        before = list(model._default_manager.filter(study=study).values(*fields))

        response = office.post(address, {**form_of(office.get(address), part), **change})

        assert response.status_code == 200
        assert [str(message) for message in response.context["messages"]]
        assert list(model._default_manager.filter(study=study).values(*fields)) == before

    def test_an_arm_of_another_study_is_no_choice(self, office, study, address):
        foreign = Study.objects.exclude(pk=study.pk).get().arms.first()
        data = form_of(office.get(address), "comparisons")

        response = office.post(address, {**data, "comparisons-0-arm_a": foreign.pk})

        assert response.status_code == 200
        assert not study.comparisons.filter(arm_a=foreign).exists()

    def test_details_are_saved(self, office, study, address):
        office.post(address, {"part": "details", "title": "Another title", "ethics_approval": "EK 1/26"})

        study.refresh_from_db()
        assert (study.title, study.ethics_approval, study.diagnostic_quality) == ("Another title", "EK 1/26", False)

    def test_a_study_keeps_its_title(self, office, study, address):
        office.post(address, {"part": "details", "title": ""})

        study.refresh_from_db()
        assert study.title == "Spine study"

    def test_an_unknown_part_changes_nothing(self, office, study, address):
        before = study.audit_events.count()

        office.post(address, {"part": "status", "status": "unblinded"})

        assert study.audit_events.count() == before

    def test_after_the_seal_it_is_409(self, office, study, address):
        data = form_of(office.get(address), "features")
        Study.objects.update(status=Status.READING)

        assert office.post(address, data).status_code == 409

    def test_a_statistician_looks_and_does_not_write(self, cast, sign_in, address):
        client = sign_in(cast.statistician)

        assert client.get(address).status_code == 200
        assert client.post(address, {"part": "details", "title": "Mine"}).status_code == 403

    def test_without_the_csrf_token_it_is_403(self, cast, address):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.coordinator)

        assert client.post(address, {"part": "details", "title": "Other"}).status_code == 403


class TestNewStudy:
    def test_who_may_open_studies_gets_a_draft(self, sign_in, db):
        opener = person("opener", may_create_studies=True)

        response = sign_in(opener).post("/studies/new/", {"title": "Knees"})

        assert response.headers["Location"] == "/studies/knees/protocol/"

    def test_without_a_title_the_form_comes_back(self, sign_in, db):
        response = sign_in(person("opener", may_create_studies=True)).post("/studies/new/", {"title": " "})

        assert response.status_code == 200
        assert not Study.objects.exists()

    def test_others_may_not(self, cast, sign_in):
        assert sign_in(cast.reader_one.user).post("/studies/new/", {"title": "Knees"}).status_code == 403
        assert not Study.objects.filter(slug="knees").exists()


class TestAuditTrail:
    def test_it_tells_every_act_and_that_the_chain_holds(self, office, sealed):
        page = office.get(f"/studies/{sealed.slug}/audit/")

        assert "allocation sealed" in page.content.decode()
        assert page.context["chain"] == {"ok": True, "length": sealed.audit_events.count()}

    @pytest.mark.parametrize("page", ["0", "999", "x"])
    def test_any_page_number_is_answered(self, office, study, page):
        assert office.get(f"/studies/{study.slug}/audit/?page={page}").status_code == 200
