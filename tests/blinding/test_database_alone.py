"""Who has the database, but not the installation's allocation key, cannot tell which arm stood left."""

import itertools
from dataclasses import replace

import pytest
from django.conf import settings as installation
from django.db import connection, transaction

from readerstudy import side_key
from readerstudy.core import allocation as core
from readerstudy.core import sides
from readerstudy.core.errors import IntegrityFailure
from readerstudy.models import Allocation, Membership, Study
from readerstudy.secret_keys import age_key
from readerstudy.services import allocate, training
from tests.cast import add_image_set
from tests.conftest import REASON, signed_in
from tests.tampering import exchange_sides
from tests.training_study import prepare

# What differs between two sealings of one draft, and why it tells no side: `TestWhatTheSealLeaves`.
HANGS_ON_THE_SEED = {
    "readerstudy_allocation.pair_id": "the order of the pairs, ranked apart from the sides",
    "readerstudy_allocation.sides": "the mark",
    "readerstudy_allocation.token": "random",
    "readerstudy_allocation.left_token": "random",
    "readerstudy_allocation.right_token": "random",
    "readerstudy_auditevent.detail": "the seal and the hash of the seed",
    "readerstudy_auditevent.sha256": "of the line before",
    "readerstudy_auditevent.previous_sha256": "of the line before",
    "readerstudy_audithead.sha256": "of the last line",
    "readerstudy_study.allocation_seed_encrypted": "needs the key",
    "readerstudy_study.allocation_sha256": "the seal, which needs the seed",
}


def everything():
    """Every row of every table: (table, column) -> the values in the order of the rows."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            found |= {f"{table}.{name}": [row[place] for row in rows] for place, name in enumerate(names)}
    return found


def differing(before, after):
    return {place for place in before if before[place] != after[place]}


class TestWhatTheSealLeaves:
    def sealed_with(self, cast, seed):
        """What stands in the database after the seal and the first round of training; and all of that is undone."""
        with transaction.atomic():
            allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON, seed=seed)
            training.begin(Membership.objects.get(pk=cast.reader_one.pk))
            left = everything()
            transaction.set_rollback(True)
        return left

    def test_only_opaque_values_depend_on_the_seed(self, cast):
        prepare(cast)
        left = {seed: self.sealed_with(cast, seed) for seed in ("5eed5eed5eed5eed", "another seed of the allocation")}

        found = {place for place in differing(*left.values()) if not place.endswith(("_at", ".at"))}
        assert found <= set(HANGS_ON_THE_SEED)
        assert "readerstudy_allocation.sides" in found
        assert [seed for seed, cells in left.items() if seed in repr(cells)] == []

    def test_only_the_mark_changes_when_sides_are_exchanged(self, sealed):
        before = everything()
        for allocation in sealed.allocations.all():
            exchange_sides(allocation)

        assert differing(before, everything()) == {"readerstudy_allocation.sides"}


class TestAttack:
    def test_nothing_in_the_database_opens_a_mark_or_the_seed(self, sealed):
        one = sealed.allocations.select_related(*Allocation.OF_SIDES).first()
        comparison = one.pair.comparison
        arms = {"arm_a": comparison.arm_a.code, "arm_b": comparison.arm_b.code}
        cells = {str(value) for values in everything().values() for value in values}
        cells |= {
            str(value) for detail in sealed.audit_events.values_list("detail", flat=True) for value in detail.values()
        }
        assert len(cells) > 300
        opened = []
        for cell in cells:
            try:
                sides.a_is_left(one.sides, key=sides.key_of(cell), token=one.token, **arms)
                opened.append(cell)
            except IntegrityFailure:
                pass

        assert opened == []
        assert installation.ALLOCATION_KEY not in cells
        assert not any("AGE-SECRET-KEY" in cell for cell in cells)
        assert one.arms  # whoever has the key opens it

    def test_the_seal_of_a_small_study_is_not_found_by_trying_all_sides(self, cast):
        add_image_set(cast.study, 1)
        Membership.objects.filter(pk=cast.reader_two.pk).delete()
        allocate.seal_and_start(cast.study, actor=cast.coordinator, reason=REASON)
        study = Study.objects.get(pk=cast.study.pk)
        places = allocate.stored_places(study)
        turned = [(one, replace(one, left_arm=one.right_arm, right_arm=one.left_arm)) for one in places]

        tried = {core.seal(choice, seed="") for choice in itertools.product(*turned)}
        assert len(tried) == 2**3
        assert study.allocation_sha256 not in tried
        assert core.seal(places, seed=study.allocation_seed) == study.allocation_sha256


class TestTheKey:
    @pytest.fixture
    def page(self, client, sealed):
        """What the reader of the first pair gets: its page, its state and all its slices."""
        allocation = sealed.allocations.select_related("reader__user").first()
        signed_in(client, allocation.reader.user)
        client.raise_request_exception = False
        pixels = [f"/pixels/{token}/{z}" for token in (allocation.left_token, allocation.right_token) for z in range(3)]
        addresses = [f"/read/{allocation.token}/", f"/read/{allocation.token}/state/", *pixels]
        return lambda: [client.get(address) for address in addresses]

    def test_a_pair_with_all_its_slices_costs_one_decryption_in_the_life_of_a_process(self, page):
        side_key._decrypted.cache_clear()
        for _ in range(2):
            assert {one.status_code for one in page()} == {200}

        assert side_key._decrypted.cache_info().misses == 1

    def test_another_key_is_told_and_loses_nothing(self, page, sealed, settings, caplog):
        right, settings.ALLOCATION_KEY = settings.ALLOCATION_KEY, age_key()

        *_, slice_of_right = page()
        assert slice_of_right.status_code == 500
        assert "allocation key is not the one" in slice_of_right.content.decode()
        with pytest.raises(IntegrityFailure, match="secrets/allocation"):
            allocate.verify_allocation(Study.objects.get(pk=sealed.pk))
        settings.ALLOCATION_KEY = right
        assert {one.status_code for one in page()} == {200}

    def test_a_seed_of_another_study_is_refused(self, sealed):
        with pytest.raises(IntegrityFailure, match="another study"):
            side_key.seed_of(sealed.allocation_seed_encrypted, "00000000-0000-4000-8000-000000000000")
