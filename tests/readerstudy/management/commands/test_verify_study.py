"""`manage.py verify_study`: every kind of tampering is named, and the exit status tells."""

import io
import json
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from readerstudy import side_key
from readerstudy.models import AuditHead, Score, Study
from readerstudy.services import close, sign
from tests.cast import PASSWORD
from tests.conftest import complete_answers, read_pair
from tests.tampering import exchange_sides, without_triggers


def verify(slug, *options):
    """What is said of each check, and the exit status."""
    out = io.StringIO()
    try:
        call_command("verify_study", slug, "--json", *options, stdout=out)
        status = 0
    except CommandError as error:
        status = error.returncode
    return {one["check"]: one["ok"] for one in json.loads(out.getvalue())["checks"]}, status


def on_disk(file):
    return Path(django_settings.STORAGES["default"]["OPTIONS"]["location"]) / file.path


def exchange_arms(study):
    exchange_sides(study.allocations.first())


def lose_the_seed(study):
    another = side_key.encrypted_seed("another", str(study.uuid))
    Study.objects.filter(pk=study.pk).update(allocation_seed_encrypted=another)


def change_the_seal(study):
    exchange_arms(study)
    Study.objects.filter(pk=study.pk).update(allocation_sha256="0" * 64)


def drop_an_event(study):
    without_triggers("auditevent", "DELETE FROM readerstudy_auditevent WHERE action = 'reading finished'")


def shorten_the_chain(study):
    AuditHead.objects.filter(study=study).update(length=1)


def change_a_score(study):
    without_triggers("score", "UPDATE readerstudy_score SET value = 5 WHERE item = 'feature:artifacts'")


def change_a_score_and_its_checksum(study):
    change_a_score(study)
    Study.objects.filter(pk=study.pk).update(scores_sha256=close.scores_sha256(study))


def change_a_file(study):
    path = on_disk(study.files.first())
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def lose_a_file(study):
    on_disk(study.files.first()).unlink()


TAMPERING = (
    (exchange_arms, "allocation seal"),
    (lose_the_seed, "allocation seal"),
    (change_the_seal, "allocation seal"),
    (drop_an_event, "audit chain"),
    (shorten_the_chain, "audit chain"),
    (change_a_score, "locked scores"),
    (change_a_score_and_its_checksum, "locked scores"),
    (change_a_file, "stored files"),
    (lose_a_file, "stored files"),
)


class TestVerifyStudy:
    def test_an_untouched_study_verifies(self, unblinded):
        checks, status = verify(unblinded.slug)

        assert status == 0
        assert checks == dict.fromkeys(("audit chain", "stored files", "allocation seal", "locked scores"), True)

    @pytest.mark.parametrize(("tamper", "check"), TAMPERING, ids=[tamper.__name__ for tamper, _ in TAMPERING])
    def test_tampering_is_named_and_the_command_fails(self, unblinded, tamper, check):
        tamper(unblinded)

        checks, status = verify(unblinded.slug)

        assert status == 1
        assert [name for name, ok in checks.items() if not ok] == [check]

    def test_a_draft_has_no_seal_to_verify(self, study):
        assert verify(study.slug) == ({"audit chain": True, "stored files": True}, 0)

    def test_the_text_marks_what_is_bad(self, unblinded):
        exchange_arms(unblinded)
        out = io.StringIO()

        with pytest.raises(CommandError, match="does not verify"):
            call_command("verify_study", unblinded.slug, stdout=out)
        assert "BAD allocation seal" in out.getvalue()
        assert "ok  audit chain" in out.getvalue()

    def test_an_unknown_study_is_one_line(self, db):
        with pytest.raises(CommandError, match="no study 'nothing'"):
            call_command("verify_study", "nothing")

    def test_scores_are_there_to_be_verified(self, unblinded):
        assert Score.objects.filter(item="feature:artifacts").exists()


class TestSignatures:
    @pytest.fixture
    def signed(self, sealed, cast):
        for allocation in cast.reader_one.allocations.all():
            read_pair(allocation, complete_answers(sealed))
        cast.reader_one.study = sealed
        sign.sign_readings(
            cast.reader_one,
            password=PASSWORD,
            printed_name="Ada Example",
            reviewed_sha256=sign.content_sha256(cast.reader_one),
        )
        return sealed

    def test_they_verify(self, signed):
        assert verify(signed.slug) == (
            dict.fromkeys(("audit chain", "stored files", "allocation seal", "signatures"), True),
            0,
        )

    def test_a_score_changed_afterwards_is_named(self, signed):
        change_a_score(signed)

        checks, status = verify(signed.slug)

        assert (checks["signatures"], status) == (False, 1)
