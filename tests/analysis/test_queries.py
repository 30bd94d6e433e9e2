"""The tables of an unblinded study: exactly the columns that the statistics read, and every presentation once."""

import pytest

from analysis import queries
from analysis.core import layouts
from analysis.core.image_metrics import l1_volume
from analysis.models import ImageMetric
from analysis.services import compute, measure
from readerstudy.models import Allocation
from readerstudy.services import archive
from tests.conftest import complete_answers
from tests.readerstudy.services.sending import silent


def names(columns):
    return [column.name for column in columns]


class TestColumns:
    def test_scores_have_the_columns_that_are_read(self, unblinded):
        assert list(queries.scores_by_arm(unblinded).columns) == names(layouts.score_columns())

    def test_the_allocation_has_the_columns_that_are_read(self, unblinded):
        assert list(queries.allocation_table(unblinded).columns) == names(layouts.ALLOCATION)

    def test_consistency_has_the_columns_that_are_read(self, unblinded):
        assert list(queries.consistency_by_arm(unblinded).columns) == names(layouts.CONSISTENCY)


class TestScoresByArm:
    def test_every_presentation_has_every_feature_once(self, unblinded):
        scores = queries.scores_by_arm(unblinded)

        assert len(scores) == unblinded.allocations.count() * 8
        assert not scores.duplicated(["presentation_id", "feature_id"]).any()

    def test_the_sides_are_those_of_the_allocation(self, unblinded):
        row = unblinded.allocations.select_related("left_arm", "reader").first()
        scores = queries.scores_by_arm(unblinded).set_index("presentation_id")

        assert set(scores.loc[row.presentation_id, "left_arm"]) == {row.left_arm.code.replace("-", "")}

    def test_answers_stand_as_given_on_the_screen(self, unblinded):
        scores = queries.scores_by_arm(unblinded)

        assert set(scores[scores.feature_id == "artifacts"].raw_score) == {
            complete_answers(unblinded)["feature:artifacts"]
        }
        assert set(scores[scores.feature_id == "snr"].raw_score) == {1, 2, 3, 4, 5}

    def test_what_was_never_opened_is_missing_with_its_reason(self, unblinded):
        reader = unblinded.memberships.filter(role="reader").first()
        row = unblinded.allocations.filter(reader=reader).first()
        Allocation.objects.filter(pk=row.pk).update(position=99)
        Allocation.objects.create(
            study=unblinded, reader=reader, pair=row.pair, repeat=2, position=row.position, left_arm=row.left_arm,
            right_arm=row.right_arm, token="t", left_token="l", right_token="r",
        )  # fmt: skip

        scores = queries.scores_by_arm(unblinded).set_index("presentation_id")

        missing = scores.loc[f"{reader.code}-{row.position:04d}"]
        assert missing.raw_score.isna().all()
        assert set(missing.missing_reason) == {"not_reached"}


class TestImageMetrics:
    def test_there_are_none_before_they_were_measured(self, unblinded):
        assert queries.image_metrics(unblinded) is None

    def test_one_row_an_image_set_with_the_value_of_the_core(self, unblinded):
        measure.measure_images(unblinded, silent)

        wide = queries.image_metrics(unblinded).set_index("image_set_id")

        image_set = unblinded.image_sets.get(code="S002")
        soc, fast = (archive.load_volume(image_set.series.get(arm__code=code)).values_zyx for code in ("SOC", "FAST"))
        assert sorted(wide.index) == ["S001", "S002", "S003"]
        assert wide.loc["S002", "l1_soc_fast"] == pytest.approx(l1_volume(soc, fast))


class TestDiagnosticQuality:
    def test_every_arm_that_was_shown_was_judged_on_every_display(self, unblinded):
        rows = queries.diagnostic_quality(unblinded)

        assert {row["arm"] for row in rows} == {"SOC", "FAST", "FASTDL"}
        assert sum(row["judged"] for row in rows) == 2 * unblinded.allocations.count()
        assert all(row["diagnostic"] == row["judged"] for row in rows)


class TestMeasuredSince:
    def test_a_measure_of_another_plan_does_not_count_but_one_that_went_does(self, unblinded):
        analysis = compute.compute(unblinded, silent)
        of_two = ImageMetric.objects.filter(name="l1_soc_fast").first()
        ImageMetric.objects.create(
            image_set=of_two.image_set, reference=of_two.reference, name="l1_registered_soc_fast", value=1.0
        )
        assert not queries.measured_since(analysis)

        of_two.delete()
        assert queries.measured_since(analysis)


class TestArmId:
    @pytest.mark.parametrize(("code", "expected"), [("FAST-DL", "FASTDL"), ("SOC", "SOC")])
    def test_it_has_no_hyphen(self, code, expected):
        assert queries.arm_id(code) == expected
