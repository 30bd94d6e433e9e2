"""A patient becomes a code by a keyed hash; sex and capped age are all that is kept."""

import pytest

from readerstudy.core.parameters import SeriesParameters
from readerstudy.models import Participant, Study
from readerstudy.services import participants
from tests.readerstudy.core.mr_builder import mr_dataset


class TestStudyKey:
    def test_two_studies_have_two_keys(self, cast):
        other = Study.objects.exclude(pk=cast.study.pk).get()

        assert participants.study_key(cast.study) != participants.study_key(other)

    def test_it_hangs_on_the_installations_secret(self, study, settings):
        before = participants.study_key(study)
        settings.DEIDENTIFICATION_KEY = "another"

        assert participants.study_key(study) != before


class TestPseudonymOf:
    KEY = b"key"

    def test_one_patient_has_one_pseudonym_in_all_series(self):
        first, second = mr_dataset(series="1.2.3"), mr_dataset(series="1.2.4", PatientName="Other^Spelling")

        assert participants.pseudonym_of(first, key=self.KEY) == participants.pseudonym_of(second, key=self.KEY)

    @pytest.mark.parametrize("changes", [{"PatientID": "OTHER"}, {"IssuerOfPatientID": "OTHER HOSPITAL"}])
    def test_another_id_or_issuer_is_another_patient(self, changes):
        mine, other = (participants.pseudonym_of(one, key=self.KEY)[0] for one in (mr_dataset(), mr_dataset(**changes)))

        assert mine != other

    @pytest.mark.parametrize("empty", [None, "", "  "])
    def test_without_an_id_each_examination_is_a_patient_and_that_is_told(self, empty):
        one = mr_dataset(PatientID=empty)
        other = mr_dataset(PatientID=empty, StudyInstanceUID="1.2.99")

        pseudonym, findings = participants.pseudonym_of(one, key=self.KEY)

        assert pseudonym != participants.pseudonym_of(other, key=self.KEY)[0]
        assert [finding.code for finding in findings] == ["no-patient-id"]


class TestFindOrAdd:
    def test_codes_count_up_and_a_known_patient_keeps_his(self, study):
        codes = [participants.find_or_add(study, pseudonym).code for pseudonym in ("a", "b", "a")]

        assert codes == ["P001", "P002", "P001"]

    def test_another_study_counts_for_itself(self, cast):
        participants.find_or_add(cast.study, "a")
        other = Study.objects.exclude(pk=cast.study.pk).get()

        assert participants.find_or_add(other, "a").code == "P001"
        assert Participant.objects.count() == 2


class TestNoteCharacteristics:
    def test_what_is_known_is_not_changed_by_a_later_header(self, study):
        participant = participants.find_or_add(study, "a")

        participants.note_characteristics(participant, SeriesParameters(sex=None, age_years=40))
        participants.note_characteristics(participant, SeriesParameters(sex="M", age_years=41))

        participant.refresh_from_db()
        assert (participant.sex, participant.age_years) == ("M", 40)
