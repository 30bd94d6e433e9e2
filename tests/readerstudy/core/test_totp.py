"""Codes of an authenticator app, against the table of RFC 6238, and what a wrong clock may do."""

from datetime import UTC, datetime, timedelta

import pytest

from readerstudy.core import totp

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: the ASCII text 12345678901234567890
# Time in seconds, and the last six digits of the table's eight.
RFC_6238 = [
    (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"),
    (20000000000, "353130"),
]  # fmt: skip
NOW = datetime.fromtimestamp(1111111109, UTC)
STEP = 1111111109 // 30


class TestMatchingStep:
    @pytest.mark.parametrize(("second", "code"), RFC_6238)
    def test_it_agrees_with_the_table_of_the_standard(self, second, code):
        at = datetime.fromtimestamp(second, UTC)

        assert totp.matching_step(SECRET, code, at=at, after_step=0) == second // 30

    @pytest.mark.parametrize("seconds", [-30, 0, 30])
    def test_a_clock_that_is_half_a_minute_off_will_do(self, seconds):
        at = NOW + timedelta(seconds=seconds)

        assert totp.matching_step(SECRET, "081804", at=at, after_step=0) == STEP

    @pytest.mark.parametrize("seconds", [-90, -61, 61, 90, 86400])
    def test_a_clock_that_is_more_than_a_minute_off_will_not(self, seconds):
        at = NOW + timedelta(seconds=seconds)

        assert totp.matching_step(SECRET, "081804", at=at, after_step=0) is None

    def test_a_code_works_once(self):
        assert totp.matching_step(SECRET, "081804", at=NOW, after_step=STEP) is None

    def test_one_before_the_last_that_was_used_does_not_work_either(self):
        later = NOW + timedelta(seconds=30)

        assert totp.matching_step(SECRET, "081804", at=later, after_step=STEP + 1) is None

    @pytest.mark.parametrize("code", ["081 804", " 081804 "])
    def test_spaces_do_not_matter(self, code):
        assert totp.matching_step(SECRET, code, at=NOW, after_step=0) == STEP

    @pytest.mark.parametrize("code", ["", "81804", "0818040", "abcdef", "０８１８０４", "-81804", "\0"])
    def test_what_is_no_code_is_refused(self, code):
        assert totp.matching_step(SECRET, code, at=NOW, after_step=0) is None


class TestAddressOf:
    def test_it_names_who_where_and_the_secret_for_the_app(self):
        address = totp.address_of(SECRET, "one & two")

        assert address == f"otpauth://totp/Reader%20study:one%20%26%20two?secret={SECRET}&issuer=Reader%20study"
