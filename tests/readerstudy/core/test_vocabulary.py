"""Free text is reduced to known words."""

import pytest

from readerstudy.core.vocabulary import clean_words, coded_region, region_of, sequence_of
from tests.readerstudy.core.mr_builder import mr_dataset


class TestCleanWords:
    def test_it_keeps_known_words_in_order_and_nothing_else(self):
        assert clean_words("SAG T2_FSE for Mr. Miller, room 12") == ("SAG", "T2", "FSE")

    @pytest.mark.parametrize("text", ["C-SPINE", "c spine", "C_Spine", "CSPINE"])
    def test_spellings_of_a_region_become_one_word(self, text):
        assert clean_words(text) == ("CSPINE",)

    def test_a_word_that_is_the_name_of_the_patient_goes(self):
        assert clean_words("T2 CUBE SAG", forbidden=frozenset({"CUBE"})) == ("T2", "SAG")

    def test_region_and_weighting_stay_even_then(self):
        assert clean_words("LUMBAR T2", forbidden=frozenset({"LUMBAR", "T2"})) == ("LUMBAR", "T2")


class TestRegionOf:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [(("CSPINE",), "cervical"), (("BWS", "T2"), "thoracic"), (("LUMBAR", "LSPINE"), "lumbar"), (("KNEE",), None),
         (("CERVICAL", "THORACIC"), None)],
    )  # fmt: skip
    def test_it_names_one_region_or_none(self, words, expected):
        assert region_of(words) == expected


class TestSequenceOf:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [(("T2", "STIR"), "STIR"), (("T1W",), "T1"), (("T1", "T2"), None), (("SAG",), None)],
    )
    def test_it_names_one_weighting_or_none(self, words, expected):
        assert sequence_of(words) == expected


class TestCodedRegion:
    @pytest.mark.parametrize(
        ("value", "expected"), [("T-11503", "lumbar"), ("122494005", "cervical"), ("T-A0100", None)]
    )
    def test_it_knows_the_codes_of_the_spine(self, value, expected):
        code = mr_dataset()
        code.CodeValue = value
        assert coded_region(mr_dataset(AnatomicRegionSequence=[code])) == expected
