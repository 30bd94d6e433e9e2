"""STOW-RS: who may send, what is answered for each instance, and that nothing of the study changes on a refusal."""

import json

import pytest
from django.test import Client
from pydicom.dataset import Dataset

from readerstudy.core.dicom import MR_IMAGE
from readerstudy.core.lifecycle import Status
from readerstudy.models import Refusal, Study, Upload
from readerstudy.services import sending_tokens, uploads
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset
from tests.readerstudy.core.test_multipart import message
from tests.readerstudy.services.sending import sagittal_series

RELATED = 'multipart/related; type="application/dicom"; boundary=b0'
CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.fixture
def secret(cast):
    return sending_tokens.make(cast.study, actor=cast.coordinator, name="archive of site 2", days=30)[1]


@pytest.fixture
def stow(study, secret):
    def sent(*parts, body=None, content_type=RELATED, slug=study.slug, bearer=secret, **headers):
        return Client().post(
            f"/dicom-web/{slug}/studies",
            message(*parts) if body is None else body,
            content_type=content_type,
            headers={"Authorization": f"Bearer {bearer}", **headers},
        )

    return sent


def answer(response) -> Dataset:
    """As pydicom reads it: a client's view, not ours."""
    return Dataset.from_json(response.content.decode())


SERIES = list(sagittal_series().values())


class TestStored:
    def test_all_are_200_and_named(self, stow):
        response = stow(*SERIES)

        assert (response.status_code, response["Content-Type"]) == (200, "application/dicom+json")
        named = answer(response)
        assert [one.ReferencedSOPInstanceUID for one in named.ReferencedSOPSequence] == [
            "1.2.3.4.1",
            "1.2.3.4.2",
            "1.2.3.4.3",
        ]
        assert {one.ReferencedSOPClassUID for one in named.ReferencedSOPSequence} == {MR_IMAGE}
        assert "FailedSOPSequence" not in named

    def test_the_bytes_lie_in_the_spool_as_they_came(self, stow, study):
        stow(*SERIES)

        upload = Upload.objects.get(study=study)
        assert [uploads.spooled(file).read_bytes() for file in upload.files.all()] == SERIES
        assert upload.arrival.sender == "archive of site 2"

    def test_several_requests_are_one_upload(self, stow):
        for one in SERIES:
            assert stow(one).status_code == 200

        assert Upload.objects.get().files.count() == 3

    def test_the_same_again_does_no_harm(self, stow):
        stow(*SERIES)

        assert stow(*SERIES).status_code == 200
        assert Upload.objects.get().files.count() == 3

    def test_a_body_without_a_length_is_read_to_its_end(self, study, secret, rf):
        import io

        from readerstudy.views.stow import stow as view

        request = rf.generic("POST", f"/dicom-web/{study.slug}/studies")
        request.META.pop("CONTENT_LENGTH", None)
        request.META |= {
            "CONTENT_TYPE": RELATED,
            "HTTP_AUTHORIZATION": f"Bearer {secret}",
            "wsgi.input": io.BytesIO(message(*SERIES)),
            "wsgi.input_terminated": True,
        }

        assert view(request, study.slug).status_code == 200
        assert Upload.objects.get().files.count() == 3


class TestSomeOrNone:
    def test_some_are_202(self, stow, study):
        report = file_bytes(mr_dataset(number=9, SOPClassUID=CT))
        response = stow(SERIES[0], report, b"no DICOM at all")

        assert response.status_code == 202
        named = answer(response)
        assert len(named.ReferencedSOPSequence) == 1
        failed = named.FailedSOPSequence[0]
        assert (failed.ReferencedSOPClassUID, failed.ReferencedSOPInstanceUID, failed.FailureReason) == (
            CT,
            "1.2.3.4.9",
            0x0122,
        )
        assert [item.FailureReason for item in named[0x0008119A]] == [0xC000]
        assert {row.reason for row in Refusal.objects.filter(study=study)} == {
            "Not an MR image: send the original images alone, without reports and captures.",
            "The part is no DICOM file: the preamble is missing.",
        }

    def test_none_is_409(self, stow):
        assert stow(b"no DICOM at all").status_code == 409
        assert not Upload.objects.exists()

    def test_an_object_over_the_limit_fails_alone(self, stow, settings):
        settings.UPLOAD_MAX_FILE_BYTES = len(SERIES[0]) + 100
        large = file_bytes(mr_dataset(number=9, ImageComments="x" * 2000))
        response = stow(SERIES[0], large)

        assert response.status_code == 202
        failed = answer(response).FailedSOPSequence[0]
        assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == ("1.2.3.4.9", 0xA700)

    def test_a_full_disk_is_507(self, stow, monkeypatch):
        monkeypatch.setattr(uploads, "FREE_BYTES_KEPT", 1 << 60)
        response = stow(*SERIES)

        assert response.status_code == 507
        assert {one.FailureReason for one in answer(response).FailedSOPSequence} == {0xA700}
        assert not Upload.objects.filter(files__isnull=False).exists()

    def test_a_torn_message_is_400_and_what_came_whole_is_kept(self, stow):
        assert stow(body=message(*SERIES)[:-60]).status_code == 400
        assert Upload.objects.get().files.count() == 2

    def test_a_message_without_a_part_is_400(self, stow):
        assert stow(body=b"--b0--\r\n").status_code == 400


class TestRefused:
    @pytest.mark.parametrize("bearer", ["", "rss_unknown", "rst_unknown"])
    def test_without_a_good_token_401(self, stow, bearer):
        response = stow(*SERIES, bearer=bearer)

        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
        assert not Upload.objects.exists()

    def test_a_session_opens_nothing(self, cast, study):
        client = Client()
        client.force_login(cast.coordinator)

        assert (
            client.post(f"/dicom-web/{study.slug}/studies", message(*SERIES), content_type=RELATED).status_code == 401
        )

    def test_another_study_is_404(self, stow):
        assert stow(*SERIES, slug="another-study").status_code == 404

    def test_a_sealed_study_is_409_and_nothing_changes(self, stow, study):
        Study.objects.filter(pk=study.pk).update(status=Status.READING)
        response = stow(*SERIES)

        assert response.status_code == 409
        assert "READING" in json.loads(response.content)["message"]
        assert not Upload.objects.exists()
        assert Refusal.objects.get().study == study

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/dicom",
            'multipart/related; type="application/dicom+json"; boundary=b0',
            "multipart/form-data; boundary=b0",
        ],
    )
    def test_other_kinds_of_body_are_415(self, stow, content_type):
        assert stow(*SERIES, content_type=content_type).status_code == 415

    def test_a_client_that_wants_xml_only_is_406(self, stow):
        assert stow(*SERIES, Accept="application/dicom+xml").status_code == 406

    def test_a_missing_boundary_is_400(self, stow):
        assert stow(*SERIES, content_type='multipart/related; type="application/dicom"').status_code == 400

    def test_get_is_405(self, study):
        assert Client().get(f"/dicom-web/{study.slug}/studies").status_code == 405


class TestAnArm:
    def test_a_token_of_an_arm_gives_its_arm(self, cast, stow):
        fast = cast.study.arms.get(code="FAST")
        _, secret = sending_tokens.make(cast.study, actor=cast.coordinator, name="fast", days=1, arm=fast)
        stow(*SERIES, bearer=secret)

        assert Upload.objects.get().arm == fast
