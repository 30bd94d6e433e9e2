"""Pseudonym, age and the words of a name."""

import pytest

from readerstudy.core.errors import NoPatientIdentity
from readerstudy.core.person import capped_age_years, identity_tokens, participant_pseudonym
from tests.readerstudy.core.mr_builder import KEY, mr_dataset


class TestParticipantPseudonym:
    def test_the_same_person_has_the_same_pseudonym_in_every_file(self):
        one, other = mr_dataset(number=1), mr_dataset(number=2, series="1.9", PatientName="Q^Z")
        assert participant_pseudonym(one, key=KEY) == participant_pseudonym(other, key=KEY)

    @pytest.mark.parametrize("changes", [{"PatientID": "HOSP-778890"}, {"IssuerOfPatientID": "elsewhere"}])
    def test_another_id_or_issuer_is_another_person(self, changes):
        assert participant_pseudonym(mr_dataset(**changes), key=KEY) != participant_pseudonym(mr_dataset(), key=KEY)

    def test_another_key_gives_another_pseudonym(self):
        assert participant_pseudonym(mr_dataset(), key=KEY) != participant_pseudonym(mr_dataset(), key=KEY[::-1])

    @pytest.mark.parametrize("patient_id", [None, "", "  "])
    def test_without_an_id_there_is_none(self, patient_id):
        with pytest.raises(NoPatientIdentity):
            participant_pseudonym(mr_dataset(PatientID=patient_id), key=KEY)

    def test_it_does_not_show_the_id(self):
        assert "778899" not in participant_pseudonym(mr_dataset(), key=KEY)


class TestCappedAgeYears:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"PatientAge": "045Y"}, 45),
            ({"PatientAge": "099Y"}, 90),
            ({"PatientAge": "018M"}, 1),
            ({"PatientAge": "003W"}, 0),
            ({"PatientAge": "old"}, 69),
            ({}, 69),  # a day before the birthday: 15 June 1950 to 14 June 2020
            ({"StudyDate": "20200615"}, 70),
            ({"PatientBirthDate": "18990101"}, 90),
            ({"PatientBirthDate": "2021"}, None),
            ({"PatientBirthDate": "20301231"}, None),
            ({"PatientBirthDate": "20201341"}, None),
        ],
    )
    def test_it_comes_from_the_age_or_the_dates(self, changes, expected):
        assert capped_age_years(mr_dataset(**changes)) == expected


class TestIdentityTokens:
    def test_they_are_the_words_of_name_and_id(self):
        assert identity_tokens(mr_dataset()) == {"ZELDA", "QUIMBY", "HOSP", "778899"}
