"""Arms that differ in slice count, slice distance, matrix and pixel spacing: the wire tells no more than the pixels do.

Everything that a browser receives for every pair of a reader is recorded, the arms are exchanged, and it is recorded
again: only the bytes of the slices may differ, and they must be exchanged with the arms.
"""

import pytest

from readerstudy.core.stack_file import from_the_wire
from readerstudy.services import allocate
from tests.conftest import REASON, SEED, without_csrf
from tests.tampering import exchange_sides
from tests.uneven import add_uneven_image_set

CLOCK_AND_SESSION = ("Expires", "Set-Cookie")


@pytest.fixture
def uneven(cast):
    for number in (1, 2):
        add_uneven_image_set(cast.study, number)
    allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=SEED)
    cast.study.refresh_from_db()
    return cast.study


@pytest.fixture
def allocations(uneven, cast):
    return list(uneven.allocations.filter(reader=cast.reader_one).order_by("position"))


@pytest.fixture
def reader(cast, sign_in):
    return sign_in(cast.reader_one.user)


def everything(client, allocations):
    """All answers for these pairs: (address, headers, content without the token of the form)."""
    record = {}
    for allocation in allocations:
        rungs = allocation.pair.image_set.geometry["slices"]
        sides = (allocation.left_token, allocation.right_token)
        slices = [f"/pixels/{token}/{z}" for token in sides for z in range(rungs + 1)]
        for address in (f"/read/{allocation.token}/", f"/read/{allocation.token}/state/", *slices):
            response = client.get(address)
            headers = {name: value for name, value in response.headers.items() if name not in CLOCK_AND_SESSION}
            record[address] = (response.status_code, headers, without_csrf(response.content))
    return record


def exchange_all(allocations):
    for one in allocations:
        exchange_sides(one)


def is_slice(address, answer):
    return address.startswith("/pixels/") and answer[0] == 200


class TestTheWholeWire:
    def test_exchanging_the_arms_changes_nothing_but_pixels(self, reader, allocations):
        before = everything(reader, allocations)
        exchange_all(allocations)

        after = everything(reader, allocations)

        assert before.keys() == after.keys()
        for address, answer in before.items():
            if is_slice(address, answer):
                assert after[address][:2] == answer[:2]
                assert len(after[address][2]) == len(answer[2])
            else:
                assert after[address] == answer

    def test_the_slices_are_exchanged_with_the_arms(self, reader, allocations):
        before = everything(reader, allocations)
        exchange_all(allocations)
        after = everything(reader, allocations)

        for one in allocations:
            for z in range(one.pair.image_set.geometry["slices"]):
                left, right = f"/pixels/{one.left_token}/{z}", f"/pixels/{one.right_token}/{z}"
                assert (after[left][2], after[right][2]) == (before[right][2], before[left][2])

    def test_both_sides_have_as_many_slices_of_as_many_bytes(self, reader, allocations):
        record = everything(reader, allocations)

        for one in allocations:
            for z in range(one.pair.image_set.geometry["slices"] + 1):
                left, right = record[f"/pixels/{one.left_token}/{z}"], record[f"/pixels/{one.right_token}/{z}"]
                assert left[0] == right[0] == (200 if z < one.pair.image_set.geometry["slices"] else 404)
                assert len(left[2]) == len(right[2])

    def test_the_same_page_is_sent_for_every_comparison_of_an_image_set(self, reader, allocations):
        shown = {}
        for one in allocations:
            shown.setdefault(one.pair.image_set_id, []).append(one.pair.image_set.geometry)

        assert all(each == geometries[0] for geometries in shown.values() for each in geometries)
        # The frame is that of the image set; not even the comparison of two equal arms has a smaller one.
        assert {(g["slices"], g["rows"], g["columns"]) for gs in shown.values() for g in gs} == {(3, 24, 26)}

    def test_the_slices_do_differ_in_their_grids(self, reader, allocations):
        """Otherwise this study would prove nothing."""
        record = everything(reader, allocations)

        places = {from_the_wire(answer[2]).place for address, answer in record.items() if is_slice(address, answer)}
        assert {(place.rows, place.columns) for place in places} == {(24, 24), (20, 26)}
