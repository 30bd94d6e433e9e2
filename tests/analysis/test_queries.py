"""The tables of an unblinded study: exactly the columns that the statistics read, and every presentation once."""

import pandas as pd
import pytest

from analysis import queries
from analysis.core import layouts
from analysis.core.dataset import parse_scores
from analysis.core.image_metrics import l1_volume
from analysis.models import ImageMetric
from analysis.services import compute, conduct, measure
from analysis.services.export import export_of
from readerstudy.core import sides
from readerstudy.models import Allocation
from readerstudy.services import archive, close
from readerstudy.services.fresh_sides import tokens_and_sides
from tests.conftest import REASON, complete_answers, read_pair
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
        row = unblinded.allocations.select_related("reader").first()
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
        left, right = (arm.code for arm in row.arms)
        Allocation.objects.create(
            study=unblinded,
            reader=reader,
            pair=row.pair,
            repeat=2,
            position=row.position,
            **tokens_and_sides(sides.key_of(unblinded.allocation_seed), left=left, right=right),
        )

        scores = queries.scores_by_arm(unblinded).set_index("presentation_id")

        missing = scores.loc[f"{reader.code}-{row.position:04d}"]
        assert missing.raw_score.isna().all()
        assert set(missing.missing_reason) == {"not_reached"}


@pytest.fixture
def told(sealed, cast):
    """The sealed study, unblinded after a first reading that says more than numbers."""
    cast.study.not_assessable_reasons.create(code="motion", label="Motion")
    cast.study.rest_no_difference = True
    cast.study.save(update_fields=["rest_no_difference"])
    first, *others = sealed.allocations.order_by("pk")
    answers = {
        "feature:snr": {"not_assessable": "motion"},
        "feature:artifacts": {"value": 3, "by": "rest"},
        "consistency:loss_anatomy:right": 1,
        "comment:loss_anatomy:right": "=nerve root",
        "pin:loss_anatomy:right": {"slice": 1, "x": 10.0, "y": 12.5},
        "consistency:creation_pathology:left": 1,
        "comment:loss_anatomy:left": "of a box that was unticked",
    }
    read_pair(first, {**complete_answers(sealed), **answers})
    for other in others:
        read_pair(other, complete_answers(sealed))
    close.lock_study(sealed, actor=cast.coordinator, reason=REASON)
    return close.unblind_study(sealed, actor=cast.coordinator, reason=REASON)


class TestAnswersThatAreNoNumbers:
    def test_not_assessable_is_missing_with_its_reason(self, told):
        scores = queries.scores_by_arm(told)

        row = scores[scores.missing_reason == "not_assessable"]
        assert (len(row), *row.feature_id, *row.not_assessable_reason) == (1, "snr", "motion")
        assert row.raw_score.isna().all()
        assert set(scores.not_assessable_reason) == {"", "motion"}

    def test_what_the_rest_answered_is_a_score_and_marked(self, told):
        scores = queries.scores_by_arm(told)

        row = scores[scores.by_rest == 1]
        assert (*row.feature_id, *row.raw_score) == ("artifacts", 3)
        assert scores.by_rest.isna().tolist() == scores.raw_score.isna().tolist()

    def test_the_statistics_read_them(self, told):
        inputs = compute.input_tables(told)

        scores = parse_scores(inputs["scores.csv"], name="scores.csv").frame
        assert scores.raw_score.isna().sum() == 1

    def test_conduct_counts_the_reason(self, told):
        figures = conduct.conduct_figures(told, safety=True)

        missing = [reader["missing"] for reader in figures["readers"].values()]
        assert missing == [{"not_assessable": 1}, {}]
        assert figures["consistency_flags"] == 2


class TestFindingsByArm:
    def test_there_is_a_row_for_every_box_that_was_ticked(self, told):
        first = told.allocations.order_by("pk").first()

        rows = queries.findings_by_arm(told).to_dict("records")

        assert [(row["item"], row["category"], row["subject"]) for row in rows] == [
            ("loss_anatomy", "Loss", "anatomy"), ("creation_pathology", "Creation", "pathology"),
        ]  # fmt: skip
        assert [row["side"] for row in rows] == ["right", "left"]
        assert [row["arm"] for row in rows] == [
            queries.arm_id(first.right_arm.code), queries.arm_id(first.left_arm.code),
        ]  # fmt: skip

    def test_comment_and_pin_stand_beside_it_with_slices_counted_from_1(self, told):
        pinned, bare = queries.findings_by_arm(told).to_dict("records")

        assert [pinned[name] for name in ("comment", "pin_slice", "pin_x", "pin_y")] == ["=nerve root", 2, 10.0, 12.5]
        assert bare["comment"] == ""
        assert all(pd.isna(bare[name]) for name in ("pin_slice", "pin_x", "pin_y"))

    def test_the_file_says_what_its_columns_mean_and_guards_the_comment(self, told):
        export = export_of(told)

        described = [variable.name for variable in export.resource("findings").variables]
        assert described == list(queries.FINDING_COLUMNS)
        assert b"'=nerve root" in export.input_files["findings.csv"]


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
