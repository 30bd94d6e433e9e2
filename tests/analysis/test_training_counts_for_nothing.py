"""Whatever a study tells of its readings is the same, byte for byte, as if nobody had ever trained.

The proof is a removal: a study whose readers trained is asked for everything that it has, then every training row
is taken out of the database, and it is asked again.
"""

import json

import pytest

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.queries_images import figure_image_sets
from analysis.queries_reading import reading_tables
from analysis.services import bundle, compute, measure
from analysis.services.conduct import conduct_figures
from readerstudy.models import Allocation, Reading, Score, TrainingRun
from readerstudy.queries import case_counts, reader_progress, session_numbers
from readerstudy.queries_reading import review_of
from readerstudy.services import allocate, close, sign
from tests.cast import PASSWORD
from tests.conftest import REASON, complete_answers, read_pair
from tests.readerstudy.services.sending import silent
from tests.tampering import without_triggers
from tests.training_study import ASKED, FOR_TRAINING, prepare, seal, train

READERS, PAIRS, FEATURES = 2, 9, 8


@pytest.fixture
def trained(cast):
    """Both readers trained with strong answers, one of them twice; then all scored pairs were read."""
    prepare(cast, repeats=2, repeat_distance=2)
    study = seal(cast)
    for reader in (cast.reader_one, cast.reader_two, cast.reader_one):
        train(reader, value=5)
    for number, allocation in enumerate(study.allocations.order_by("pk")):
        read_pair(allocation, {**complete_answers(study), "feature:snr": 1 + number % 5})
    return study


def remove_training():
    """As if nobody had trained."""
    rows = {
        "score": "save_of_id IN (SELECT id FROM readerstudy_scoresave WHERE reading_id IN ({}))",
        "viewingbatch": "reading_id IN ({})",
        "scoresave": "reading_id IN ({})",
    }
    readings = list(Reading.everything.filter(allocation__training_run__isnull=False).values_list("pk", flat=True))
    assert len(readings) == 3 * ASKED
    for table, condition in rows.items():
        where = condition.format(", ".join(map(str, readings)))
        without_triggers(table, f"DELETE FROM readerstudy_{table} WHERE {where}")
    Reading.everything.filter(pk__in=readings).delete()
    Allocation.everything.filter(training_run__isnull=False).delete()
    TrainingRun.objects.all().delete()


def before_unblinding(study, cast):
    return {
        "progress": [
            (one.reader.code, one.total, one.finished, one.opened, one.active_seconds) for one in reader_progress(study)
        ],
        "counts": case_counts(study),
        "conduct": json.dumps(conduct_figures(study, safety=True), sort_keys=True, default=str),
        "balance": allocate.balance_report(study),
        "allocation": allocate.verify_allocation(study),
        "scores": close.blinded_csv(study),
        "sessions": session_numbers(study),
        "signed content": [sign.content_sha256(reader) for reader in (cast.reader_one, cast.reader_two)],
        "review": [[str(pair) for pair in review_of(reader).pairs] for reader in (cast.reader_one, cast.reader_two)],
    }


def after_unblinding(study):
    tables = {name: to_csv(frame) for name, frame in reading_tables(study).items()}
    inputs = {name: to_csv(frame) for name, frame in compute.input_frames(study).items() if frame is not None}
    files = bundle.bundle_files(study)
    made_at = {"datapackage.json", "SHA256SUMS", "ratings_long.xpt", "audit.jsonl", "README.txt", "ratings_long.sav"}
    return {
        **tables,
        **inputs,
        "findings": to_csv(queries.findings_by_arm(study)),
        "diagnostic": queries.diagnostic_quality(study),
        "protocol": queries.protocol_rows(study),
        "participants": queries.participants(study),
        "figures": figure_image_sets(study),
        "files": {name: content for name, content in files.items() if name not in made_at},
    }


class TestBeforeUnblinding:
    def test_nothing_changes_when_all_training_is_taken_out(self, trained, cast):
        with_training = before_unblinding(trained, cast)
        assert Score.objects.filter(value=5).exists()

        remove_training()

        assert before_unblinding(trained, cast) == with_training

    def test_the_counts_are_those_of_the_scored_pairs(self, trained, cast):
        for one in reader_progress(trained):
            assert (one.total, one.finished, one.active_seconds) == (PAIRS + 2, PAIRS + 2, 20.0 * (PAIRS + 2))
        assert close.blinded_csv(trained).count("\n") == 1 + READERS * (PAIRS + 2) * (FEATURES + 2)
        assert "-T1-" not in close.blinded_csv(trained)

    def test_a_signature_holds_when_training_is_taken_out(self, trained, cast):
        reader = cast.reader_one
        sign.sign_readings(
            reader, password=PASSWORD, printed_name="Ada Example", reviewed_sha256=sign.content_sha256(reader)
        )

        remove_training()

        assert sign.verify_signatures(trained) == 1


class TestAfterUnblinding:
    @pytest.fixture
    def unblinded(self, trained, cast):
        close.lock_study(trained, actor=cast.coordinator, reason=REASON)
        return close.unblind_study(trained, actor=cast.coordinator, reason=REASON)

    def test_nothing_changes_when_all_training_is_taken_out(self, unblinded):
        compute.compute(unblinded, silent)
        with_training = after_unblinding(unblinded)

        remove_training()

        assert after_unblinding(unblinded) == with_training
        assert close.verify_scores(unblinded)

    def test_results_computed_without_it_are_the_same(self, unblinded):
        with_training = compute.compute(unblinded, silent).results["results"]

        remove_training()

        again = compute.compute(unblinded, silent).results["results"]
        assert json.dumps(again, sort_keys=True, default=str) == json.dumps(with_training, sort_keys=True, default=str)

    def test_no_training_image_set_is_measured_or_in_any_table(self, unblinded):
        compute.compute(unblinded, silent)
        measure.measure_images(unblinded, silent)
        told = after_unblinding(unblinded)

        words = [code for number in FOR_TRAINING for code in (f"S{number:03d}", f"P{number:03d}")]
        assert [name for name, table in told.items() if any(word in str(table) for word in words)] == []

    def test_the_audit_trail_has_it(self, unblinded):
        events = unblinded.audit_events.filter(action="scores saved", detail__training__isnull=False)

        assert events.count() == 3 * ASKED


def test_a_changed_scored_answer_would_be_noticed(trained, cast):
    """What is compared above does depend on readings."""
    before = before_unblinding(trained, cast)
    reading = Reading.objects.first()
    saves = "SELECT id FROM readerstudy_scoresave WHERE reading_id = %s"
    without_triggers("score", f"UPDATE readerstudy_score SET value = 2 WHERE save_of_id IN ({saves})", [reading.pk])

    assert before_unblinding(trained, cast)["scores"] != before["scores"]
