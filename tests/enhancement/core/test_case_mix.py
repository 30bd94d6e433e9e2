from collections import Counter

import pytest

from enhancement.core.case_mix import REGIONS, SEQUENCES, case_mix, spread


class TestCaseMix:
    def test_the_whole_list_has_the_composition_of_the_paper(self):
        cases = case_mix(111)

        assert Counter(case.region for case in cases) == REGIONS
        assert Counter((case.plane, case.sequence) for case in cases) == SEQUENCES
        assert len({case.participant for case in cases}) == 61

    def test_no_participant_has_one_kind_of_image_set_twice(self):
        kinds = Counter((case.participant, case.plane, case.sequence) for case in case_mix(222))

        assert set(kinds.values()) == {1}

    def test_a_participant_has_one_region(self):
        regions: dict[int, set[str]] = {}
        for case in case_mix(222):
            regions.setdefault(case.participant, set()).add(case.region)

        assert {len(found) for found in regions.values()} == {1}

    def test_six_image_sets_show_both_planes_and_two_regions(self):
        cases = case_mix(6)

        assert {case.plane for case in cases} == {"sagittal", "axial"}
        assert {case.region for case in cases} == {"lumbar", "cervical"}
        assert len({case.participant for case in cases}) == 4

    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_a_shorter_list_is_the_beginning_of_a_longer_one(self, count: int):
        assert case_mix(count) == case_mix(50)[:count]


class TestSpread:
    def test_rare_kinds_stand_in_the_middle_of_their_share(self):
        assert spread({"a": 4, "b": 2}) == ["a", "b", "a", "a", "b", "a"]
