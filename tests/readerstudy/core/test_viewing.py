"""What a browser says was looked at is bounded, proved and added up."""

import json

import pytest

from readerstudy.core.viewing import (
    BadViewing,
    Unseen,
    Viewing,
    claimed_rungs,
    in_ranges,
    total_of,
    unseen_rungs,
    viewing_of,
)

NOW = 1_700_000_000_000
BODY = {
    "intervals": [[NOW, NOW + 12_500]],
    "seen": {"left": {"0": 500, "19": 12_000}, "right": {"3": 0}},
    "looks": [[NOW, 120, -10, 1, 250, 100]],
}
SIDES_EMPTY = {"left": {}, "right": {}}


class TestViewingOf:
    def test_it_is_what_was_sent(self):
        viewing = viewing_of(BODY, slices=20)

        assert viewing.active_s == 12.5
        assert viewing.seen == {"left": {0: 500, 19: 12_000}, "right": {3: 0}}
        assert viewing.looks == ((NOW, 120, -10, 1, 250, 100),)

    def test_it_survives_the_database(self):
        viewing = viewing_of(BODY, slices=20)

        assert Viewing.from_json(json.loads(json.dumps(viewing.to_json()))) == viewing

    @pytest.mark.parametrize(
        "change",
        [
            {"intervals": None},
            {"intervals": {}},
            {"intervals": [[NOW]]},
            {"intervals": [[NOW, NOW - 1]]},
            {"intervals": [[NOW, NOW + 90_000_000]]},
            {"intervals": [[-1, 0]]},
            {"intervals": [[0, 1e3]]},
            {"intervals": [[True, True]]},
            {"intervals": [["0", "1"]]},
            {"intervals": [[0, 10**400]]},
            {"intervals": [[0, 1]] * 201},
            {"seen": None},
            {"seen": {"left": {}}},
            {"seen": {**SIDES_EMPTY, "SOC": {}}},
            {"seen": {"left": [0], "right": {}}},
            {"seen": {"left": {"20": 1}, "right": {}}},
            {"seen": {"left": {"-1": 1}, "right": {}}},
            {"seen": {"left": {"01": 1}, "right": {}}},
            {"seen": {"left": {"٣": 1}, "right": {}}},
            {"seen": {"left": {"0": -1}, "right": {}}},
            {"seen": {"left": {"0": 1.5}, "right": {}}},
            {"seen": {"left": {"0": None}, "right": {}}},
            {"looks": "looks"},
            {"looks": [[NOW, 100, 0, 0, 100]]},
            {"looks": [[NOW, 100, 0, 0, 100, 100, 1]]},
            {"looks": [[NOW, 100, 0, 2, 100, 100]]},
            {"looks": [[NOW, -1, 0, 0, 100, 100]]},
            {"looks": [[NOW, 100, 0, 0, 0, 100]]},
            {"looks": [[NOW, 100, 0, 0, 100, 10**9]]},
            {"looks": [[NOW, 100, 0, 0, 100, 100]] * 201},
        ],
        ids=lambda change: str(change)[:60],
    )
    def test_what_cannot_be_is_refused(self, change):
        with pytest.raises(BadViewing):
            viewing_of({**BODY, **change}, slices=20)


class TestTotalOf:
    def test_slices_add_up_and_times_in_two_windows_count_once(self):
        first = Viewing(((0, 10_000), (50_000, 60_000)), {"left": {2: 100}, "right": {}}, ((9, 1, 1, 0, 1, 1),))
        second = Viewing(((5_000, 12_000),), {"left": {2: 50, 1: 7}, "right": {0: 1}}, ((3, 2, 2, 0, 2, 2),))

        total = total_of([first, second])

        assert total.intervals == ((0, 12_000), (50_000, 60_000))
        assert total.active_s == 22
        assert total.seen == {"left": {1: 7, 2: 150}, "right": {0: 1}}
        assert [look[0] for look in total.looks] == [3, 9]

    def test_of_nothing_it_is_nothing(self):
        assert total_of([]) == Viewing((), SIDES_EMPTY, ())


class TestUnseen:
    def test_a_slice_of_no_time_was_seen(self):
        seen = {"left": {0: 0, 2: 5}, "right": {0: 1, 1: 1, 2: 1}}

        assert unseen_rungs(seen, slices=3) == {"left": [1], "right": []}

    def test_it_tells_only_of_the_side_that_is_open(self):
        assert str(Unseen({"left": [0, 1, 2, 6], "right": []})).endswith("Not yet seen: left 1–3, 7.")


class TestInRanges:
    @pytest.mark.parametrize(
        ("rungs", "words"), [([], ""), ([0], "1"), ([0, 1], "1–2"), ([4, 0, 1, 2, 6, 7], "1–3, 5, 7–8")]
    )
    def test_it_counts_from_one(self, rungs, words):
        assert in_ranges(rungs) == words


class TestClaimedRungs:
    def test_they_have_no_time(self):
        assert claimed_rungs({"left": [1, 0], "right": []}, slices=2) == {"left": {1: 0, 0: 0}, "right": {}}

    @pytest.mark.parametrize("given", [None, 3, {"left": [0]}, {"left": {}, "right": {}}, {"left": [2], "right": []}])
    def test_others_are_refused(self, given):
        with pytest.raises(BadViewing):
            claimed_rungs(given, slices=2)
