"""Proposals for image set and arm; what cannot be decided is said, not guessed."""

import pytest

from readerstudy.core.pairing import PairingItem, propose
from readerstudy.core.parameters import SeriesParameters


def item(series_id, arm=None, *, participant="P001", sources=(), **parameters):
    base = {"region": "lumbar", "plane": "sagittal", "sequence": "T2", "rows": 512, "columns": 512, "n_slices": 16}
    return PairingItem(series_id, participant, SeriesParameters(**(base | parameters)), arm, sources)


def arms(*items):
    return {proposal.series_id: proposal.arm for proposal in propose(items)}


def sets(*items):
    return {proposal.series_id: proposal.image_set_key.ordinal for proposal in propose(items)}


class TestPropose:
    @pytest.mark.parametrize(
        ("standard", "fast"),
        [
            ({"scan_time_s": 240.0}, {"scan_time_s": 144.0}),
            ({"averages": 4.0}, {"averages": 2.0}),
            ({"averages": 2.0, "scan_time_s": 240.0}, {"averages": 3.0, "scan_time_s": 144.0}),
            ({"averages": 4.0, "scan_time_s": 200.0}, {"averages": 2.0}),
        ],
    )
    def test_the_longer_scan_is_the_standard_of_care(self, standard, fast):
        assert arms(item(1, **standard), item(2, **fast)) == {1: "SOC", 2: "FAST"}
        assert arms(item(2, **fast), item(1, **standard)) == {1: "SOC", 2: "FAST"}

    @pytest.mark.parametrize("same", [{}, {"scan_time_s": 200.0}, {"averages": 2.0}])
    def test_equal_scans_are_not_decided(self, same):
        proposals = propose([item(1, **same), item(2, **same)])
        assert [proposal.arm for proposal in proposals] == [None, None]
        assert "cannot be told" in proposals[0].reason

    def test_a_difference_of_rounding_decides_nothing(self):
        assert arms(item(1, scan_time_s=200.0), item(2, scan_time_s=201.0)) == {1: None, 2: None}

    def test_a_single_series_is_not_decided(self):
        assert arms(item(1, scan_time_s=200.0)) == {1: None}

    def test_participant_region_plane_and_sequence_keep_image_sets_apart(self):
        items = [
            item(1, scan_time_s=240.0),
            item(2, scan_time_s=144.0, participant="P002"),
            item(3, scan_time_s=144.0, region="cervical"),
            item(4, scan_time_s=144.0, plane="axial"),
            item(5, scan_time_s=144.0, sequence="T1"),
        ]
        proposals = propose(items)
        assert len({proposal.image_set_key for proposal in proposals}) == 5
        assert {proposal.arm for proposal in proposals} == {None}
        assert proposals[1].image_set_key == ("P002", "lumbar", "sagittal", "T2", 1)

    def test_proposals_come_in_the_order_of_the_series(self):
        items = [item(3), item(1, region="cervical"), item(2)]
        assert [proposal.series_id for proposal in propose(items)] == [3, 1, 2]

    def test_a_declared_arm_stays_and_helps_to_decide_the_other(self):
        assert arms(item(1, "SOC", scan_time_s=240.0), item(2, scan_time_s=144.0)) == {1: "SOC", 2: "FAST"}

    def test_a_declared_arm_that_the_times_contradict_leaves_the_other_open(self):
        proposals = propose([item(1, "SOC", scan_time_s=144.0), item(2, scan_time_s=240.0)])
        assert [proposal.arm for proposal in proposals] == ["SOC", None]
        assert "Check both" in proposals[1].reason

    def test_two_pairs_of_one_kind_are_told_apart_by_their_matrix(self):
        items = (
            item(1, scan_time_s=240.0),
            item(2, scan_time_s=144.0),
            item(3, scan_time_s=240.0, n_slices=30),
            item(4, scan_time_s=144.0, n_slices=30),
        )
        assert sets(*items) == {1: 1, 2: 1, 3: 2, 4: 2}
        assert arms(*items) == {1: "SOC", 2: "FAST", 3: "SOC", 4: "FAST"}

    def test_three_of_one_matrix_are_left_to_the_coordinator(self):
        proposals = propose([item(n, scan_time_s=100.0 * n) for n in (1, 2, 3)])
        assert {proposal.arm for proposal in proposals} == {None}
        assert "3 series" in proposals[0].reason

    def test_declared_arms_that_repeat_open_a_second_image_set(self):
        items = [item(1, "SOC"), item(2, "FAST"), item(3, "SOC"), item(4, "FAST")]
        assert sets(*items) == {1: 1, 2: 1, 3: 2, 4: 2}

    def test_arms_of_the_study_s_own_pair_up(self):
        assert sets(item(1, "A"), item(2, "B"), item(3, "C")) == {1: 1, 2: 1, 3: 1}

    def test_a_derived_series_follows_its_source(self):
        items = (
            item(1, scan_time_s=240.0),
            item(2, scan_time_s=144.0),
            item(3, enhanced_by_algorithm=True, sources=(2,)),
            item(4, enhanced_by_algorithm=True, sources=(1,)),
        )
        assert arms(*items) == {1: "SOC", 2: "FAST", 3: "FAST-DL", 4: "SOC-DL"}

    def test_a_derived_series_without_a_known_source_stays_open(self):
        items = (item(1, scan_time_s=240.0), item(2, scan_time_s=144.0), item(3, enhanced_by_algorithm=True))
        assert arms(*items) == {1: "SOC", 2: "FAST", 3: None}
        assert sets(*items)[3] == 1

    def test_declared_enhanced_series_fill_one_image_set_after_the_other(self):
        acquired = [item(1, "SOC"), item(2, "FAST"), item(3, "SOC"), item(4, "FAST")]
        assert sets(*acquired, item(5, "FAST-DL"), item(6, "FAST-DL")) == {1: 1, 2: 1, 3: 2, 4: 2, 5: 1, 6: 2}
