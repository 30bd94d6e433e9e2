"""What is signed, as bytes; and how long signing waits after wrong passwords."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from readerstudy.core.signing import SignedReading, content_sha256, signing_waits_until

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
READINGS = [SignedReading("R1-0001", 2, {"feature:snr": 3, "diagnostic:left": 1}), SignedReading("R1-0002", 1, {})]


def sha(readings, **changes):
    whose = {"study": "u", "allocation_sha256": "a", "reader": "R1", **changes}
    return content_sha256(**whose, readings=readings)


class TestContentSha256:
    def test_it_is_the_hash_of_the_documented_text(self):
        # printf '%s' '{"allocation_sha256":"a","reader":"R1","readings":[],"study":"u"}' | sha256sum
        assert sha([]) == "fc49330d4b8f3f41b09cb07b8b655f21007cf747468c4fccc1aad89bd37d2224"

    def test_it_does_not_depend_on_the_order_of_rows_and_items(self):
        turned = [replace(one, answers=dict(reversed(one.answers.items()))) for one in reversed(READINGS)]

        assert sha(turned) == sha(READINGS)

    @pytest.mark.parametrize(
        "changed",
        [
            [replace(READINGS[0], version=3), READINGS[1]],
            [replace(READINGS[0], answers={"feature:snr": 2, "diagnostic:left": 1}), READINGS[1]],
            [replace(READINGS[0], presentation="R1-0003"), READINGS[1]],
            READINGS[:1],
        ],
        ids=["a version", "an answer", "a display", "a reading less"],
    )
    def test_it_changes_with(self, changed):
        assert sha(changed) != sha(READINGS)

    @pytest.mark.parametrize("what", ["study", "allocation_sha256", "reader"])
    def test_it_belongs_to_one(self, what):
        assert sha(READINGS, **{what: "another"}) != sha(READINGS)


class TestSigningWaitsUntil:
    @pytest.mark.parametrize(
        ("minutes_ago", "waits_minutes"),
        [
            ([], None),
            ([1, 2, 3, 4], None),
            ([1, 2, 3, 4, 5], 10),
            ([1, 2, 3, 4, 20], None),
            ([1, 2, 3, 4, 5, 6], 10),
            ([15, 14, 13, 12, 11], None),
        ],
    )
    def test_five_failures_within_a_quarter_of_an_hour_wait_for_the_oldest_of_them(self, minutes_ago, waits_minutes):
        until = signing_waits_until([NOW - timedelta(minutes=ago) for ago in minutes_ago], NOW)

        assert until == (None if waits_minutes is None else NOW + timedelta(minutes=waits_minutes))
