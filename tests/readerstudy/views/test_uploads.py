"""Files from a browser: begun, sent one by one, closed; each by a coordinator of this study only."""

import uuid

import pytest
from django.test import Client

from readerstudy.core.lifecycle import Status
from readerstudy.models import Study, Task, Upload
from readerstudy.services import uploads
from tests.readerstudy.services.sending import sagittal_series, take

JSON = {"Accept": "application/json"}


@pytest.fixture
def sender(cast, sign_in):
    return sign_in(cast.coordinator)


@pytest.fixture
def begun(sender, study):
    return sender.post(f"/studies/{study.slug}/uploads/").json()


def put(client, begun, data=b"abc", *, name="a.dcm", **extra):
    return client.put(
        f"{begun['file_url']}?name={name}", data, content_type="application/octet-stream", headers=JSON, **extra
    )


class TestBegin:
    def test_it_tells_where_to_send_the_files(self, study, begun):
        upload = Upload.objects.get()

        assert begun["upload"] == str(upload.uuid)
        assert begun["file_url"].startswith(f"/studies/{study.slug}/uploads/{upload.uuid}/")

    def test_an_arm_can_be_told(self, sender, study):
        sender.post(f"/studies/{study.slug}/uploads/", {"arm": "FAST"})

        assert Upload.objects.get().arm.code == "FAST"

    def test_an_unknown_arm_is_400(self, sender, study):
        response = sender.post(f"/studies/{study.slug}/uploads/", {"arm": "SLOW"}, headers=JSON)

        assert (response.status_code, response.json()["error"]) == (400, "bad_input")
        assert not Upload.objects.exists()

    def test_a_sealed_study_is_409(self, sender, study):
        Study.objects.update(status=Status.READING)

        assert sender.post(f"/studies/{study.slug}/uploads/", headers=JSON).status_code == 409


class TestReceiveFile:
    def test_the_body_is_the_file(self, sender, begun):
        response = put(sender, begun)

        file = Upload.objects.get().files.get()
        assert response.json() == {"received": 3, "sha256": file.sha256}
        assert (file.name, uploads.spooled(file).read_bytes()) == ("a.dcm", b"abc")

    def test_sent_again_it_is_the_same_file(self, sender, begun):
        assert put(sender, begun).json() == put(sender, begun).json()
        assert Upload.objects.get().files.count() == 1

    @pytest.mark.parametrize("length", ["", "-1", "abc", "1e3", "²"])
    def test_a_length_that_is_no_number_is_400(self, sender, begun, length):
        assert put(sender, begun, CONTENT_LENGTH=length).status_code == 400
        assert not Upload.objects.get().files.exists()

    def test_a_closed_upload_is_409(self, sender, begun):
        sender.post(begun["finish_url"])

        assert put(sender, begun).status_code == 409

    def test_too_large_is_400(self, sender, begun, settings):
        settings.UPLOAD_MAX_FILE_BYTES = 2

        assert put(sender, begun).status_code == 400

    def test_without_the_csrf_token_it_is_403(self, cast, begun):
        client = Client(enforce_csrf_checks=True)
        client.force_login(cast.coordinator)

        assert put(client, begun).status_code == 403
        assert not Upload.objects.get().files.exists()

    @pytest.mark.parametrize(("who", "status"), [("outsider", 404), ("statistician", 403), ("reader_one", 403)])
    def test_nobody_else_sends_files(self, cast, begun, who, status):
        client = Client()
        client.force_login(getattr(getattr(cast, who), "user", getattr(cast, who)))

        assert put(client, begun).status_code == status

    def test_the_upload_of_another_study_is_404(self, cast, begun):
        client = Client()
        client.force_login(cast.outsider)
        other = Study.objects.exclude(pk=cast.study.pk).get()
        address = begun["file_url"].replace(cast.study.slug, other.slug)

        assert client.put(f"{address}?name=a", b"abc").status_code == 404


class TestFinish:
    def test_the_worker_is_asked_and_the_report_named(self, sender, study, begun):
        put(sender, begun)

        answer = sender.post(begun["finish_url"]).json()

        assert answer == {"report_url": f"/studies/{study.slug}/uploads/{begun['upload']}/"}
        assert Task.objects.get().kind == "ingest"


class TestReport:
    def test_it_names_what_was_not_taken_and_why(self, sender, study):
        upload = take(study, {**sagittal_series(), "notes.txt": b"hello"})

        text = sender.get(f"/studies/{study.slug}/uploads/{upload.uuid}/").content.decode()

        assert "notes.txt" in text
        assert "not a DICOM file" in text

    def test_a_name_cannot_become_part_of_the_page(self, sender, study):
        upload = take(study, {"<script>alert(1)</script>": b"hello"})

        text = sender.get(f"/studies/{study.slug}/uploads/{upload.uuid}/").content.decode()

        assert "<script>alert" not in text

    def test_an_unknown_upload_is_404(self, sender, study):
        assert sender.get(f"/studies/{study.slug}/uploads/{uuid.uuid4()}/").status_code == 404


class TestClearReport:
    def test_the_names_are_gone(self, sender, study):
        upload = take(study, {"notes.txt": b"hello"})

        sender.post(f"/studies/{study.slug}/uploads/{upload.uuid}/clear/")

        assert upload.files.get().name == ""


class TestCancel:
    def test_what_was_sent_is_dropped(self, sender, begun):
        put(sender, begun)

        assert sender.post(begun["cancel_url"]).json() == {"cancelled": True}
        assert not Upload.objects.get().files.exists()

    def test_an_upload_that_is_complete_stays(self, sender, begun):
        put(sender, begun)
        sender.post(begun["finish_url"])

        assert sender.post(begun["cancel_url"], headers=JSON).status_code == 409
        assert Upload.objects.get().files.count() == 1
