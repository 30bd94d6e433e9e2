import pytest

from readerstudy.core.allocation import PairToRead
from readerstudy.core.training import (
    BadHandling,
    Handling,
    TooFewPairs,
    draw,
    handling_of,
    not_looked_at,
)

COMPARISONS = (("SOC_FAST", "SOC", "FAST"), ("SOC_DL", "SOC", "FAST-DL"), ("DL_FAST", "FAST-DL", "FAST"))
PAIRS = [PairToRead("P1", f"S{n}", code, a, b) for n in range(1, 5) for code, a, b in COMPARISONS]


def drawn(count=4, *, seed="seed", reader="R1", attempt=1, pairs=PAIRS):
    return draw(seed=seed, reader=reader, attempt=attempt, pairs=pairs, count=count)


class TestDraw:
    def test_the_same_seed_gives_the_same_pairs_in_whatever_order_they_come(self):
        assert drawn() == drawn(pairs=PAIRS[::-1])

    @pytest.mark.parametrize("other", [{"seed": "other"}, {"reader": "R2"}, {"attempt": 2}], ids=str)
    def test_seed_reader_and_attempt_each_change_it(self, other):
        assert drawn(12) != drawn(12, **other)

    def test_it_takes_different_image_sets_first(self):
        assert len({place.image_set for place in drawn(4)}) == 4
        assert sorted(place.image_set for place in drawn(8)) == sorted([f"S{n}" for n in range(1, 5)] * 2)

    def test_positions_count_from_one_and_no_pair_comes_twice(self):
        places = drawn(12)

        assert [place.position for place in places] == list(range(1, 13))
        assert len({(place.image_set, place.comparison) for place in places}) == 12

    def test_sides_are_those_of_the_comparison_and_either_way_round(self):
        arms = {code: {a, b} for code, a, b in COMPARISONS}
        first = {code: a for code, a, _ in COMPARISONS}
        places = [place for reader in range(40) for place in drawn(12, reader=f"R{reader}")]

        assert all({place.left_arm, place.right_arm} == arms[place.comparison] for place in places)
        left = sum(place.left_arm == first[place.comparison] for place in places)
        assert 0.4 < left / len(places) < 0.6  # 480 throws of a fair coin lie 4.4 sd within

    def test_more_pairs_than_there_are_are_refused(self):
        with pytest.raises(TooFewPairs, match="12 pairs for training; 13"):
            drawn(13)


class TestHandling:
    def test_it_comes_back_as_it_was_stored(self):
        handling = Handling(frozenset({"zoom", "slices"}), {2: 3})

        assert handling.to_json() == {"tasks": ["slices", "zoom"], "open_at_finish": {"2": 3}}
        assert Handling.from_json(handling.to_json()) == handling
        assert Handling.from_json({}) == Handling(frozenset(), {})

    def test_what_was_tried_stays_tried_and_the_most_open_items_count(self):
        whole = Handling(frozenset({"zoom"}), {1: 5}).with_more(Handling(frozenset({"pin"}), {1: 2, 2: 1}))

        assert whole == Handling(frozenset({"zoom", "pin"}), {1: 5, 2: 1})


class TestHandlingOf:
    def test_it_reads_what_a_browser_says(self):
        assert handling_of({"tasks": ["pin"], "open_at_finish": 4}, position=2) == Handling(frozenset({"pin"}), {2: 4})
        assert handling_of({"tasks": []}, position=2) == Handling(frozenset(), {})

    @pytest.mark.parametrize(
        "body",
        [{}, {"tasks": "pin"}, {"tasks": ["fly"]}, {"tasks": [1]}, {"tasks": [[]]}, {"tasks": [], "open_at_finish": -1},
         {"tasks": [], "open_at_finish": True}, {"tasks": [], "open_at_finish": 10**9},
         {"tasks": [], "open_at_finish": "2"}],
        ids=str,
    )  # fmt: skip
    def test_it_refuses_what_cannot_be(self, body):
        with pytest.raises(BadHandling):
            handling_of(body, position=1)


class TestNotLookedAt:
    def test_it_names_slices_as_readers_count_them(self):
        seen = {"left": {0: 10, 1: 0, 4: 5}, "right": dict.fromkeys(range(5), 1)}

        assert not_looked_at(seen, slices=5) == {"left": "3–4", "right": ""}
