import pytest

from analysis.core.dataset import (
    infer_comparisons,
    orient,
    parse_allocation,
    parse_consistency,
    parse_image_metrics,
    parse_scores,
)
from readerstudy.core.errors import (
    BadCell,
    ContradictoryRows,
    DuplicateReading,
    NotAllocated,
    UnknownArm,
    UnreadableTable,
    WrongColumns,
)

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


class TestParseScores:
    def test_it_keeps_missing_scores_as_missing(self, score_rows, scores_csv):
        scores = parse_scores(scores_csv(score_rows([1, None])), name="s.csv")

        assert scores.frame["raw_score"].isna().tolist() == [False, True]
        assert scores.frame["missing_reason"].tolist() == ["", "skipped"]

    @pytest.mark.parametrize(
        ("column", "value", "says"),
        [
            ("raw_score", "6", "line 3, column raw_score: '6' must be a whole number from 1 to 5"),
            ("raw_score", "0", "line 3, column raw_score: '0'"),
            ("raw_score", "3.0", "line 3, column raw_score: '3.0'"),
            ("raw_score", "NaN", "line 3, column raw_score: 'NaN'"),
            ("replicate", "0", "line 3, column replicate: '0'"),
            ("missing_reason", "bored", "line 3, column missing_reason: 'bored' must be one of"),
            ("reader_id", "Dr. Ü", "line 3, column reader_id: 'Dr. Ü' must be a code"),
            ("duration_s", "-1", "line 3, column duration_s: '-1' must not be negative"),
            ("duration_s", "inf", "line 3, column duration_s: 'inf' must be a number"),
        ],
    )
    def test_it_names_the_line_and_column_of_an_impossible_value(self, score_rows, scores_csv, column, value, says):
        rows = score_rows([1, 0])
        rows[1][column] = value

        with pytest.raises(BadCell, match=says):
            parse_scores(scores_csv(rows), name="s.csv")

    def test_it_takes_a_wider_scale_when_told(self, score_rows, scores_csv):
        rows = score_rows([1])
        rows[0]["raw_score"] = 7

        assert parse_scores(scores_csv(rows), name="s.csv", scale_points=7).frame["raw_score"].tolist() == [7]

    def test_it_refuses_a_column_that_it_does_not_know(self, score_rows, scores_csv):
        data = scores_csv(score_rows([1])).replace(b"duration_s", b"duration_ms")

        with pytest.raises(WrongColumns, match="line 1: column 'duration_ms' is not known here"):
            parse_scores(data, name="s.csv")

    def test_it_refuses_a_table_without_rows(self, scores_csv):
        with pytest.raises(UnreadableTable, match="line 2: there is no row"):
            parse_scores(scores_csv([]), name="s.csv")

    def test_it_refuses_a_missing_column(self):
        with pytest.raises(WrongColumns, match="column 'reader_id' is missing"):
            parse_scores(b"study_id\r\nX\r\n", name="s.csv")

    def test_it_refuses_a_column_that_stands_twice(self, score_rows, scores_csv):
        data = scores_csv(score_rows([1])).replace(b"session", b"study_id")

        with pytest.raises(WrongColumns, match="'study_id' stands twice"):
            parse_scores(data, name="s.csv")

    def test_it_refuses_a_reading_that_stands_twice(self, score_rows, scores_csv):
        rows = score_rows([1, 0])

        with pytest.raises(DuplicateReading, match="line 4, column feature_id: a second row for presentation_id"):
            parse_scores(scores_csv([*rows, rows[0]]), name="s.csv")

    def test_it_refuses_two_presentations_of_one_pair_under_one_repeat(self, score_rows, scores_csv):
        rows = score_rows([1, 0])
        rows[1]["image_set_id"], rows[1]["patient_id"] = rows[0]["image_set_id"], rows[0]["patient_id"]

        with pytest.raises(DuplicateReading, match="line 3"):
            parse_scores(scores_csv(rows), name="s.csv")

    def test_it_refuses_a_score_with_a_reason_for_its_absence(self, score_rows, scores_csv):
        rows = score_rows([1])
        rows[0]["missing_reason"] = "technical"

        with pytest.raises(ContradictoryRows, match="line 2, column missing_reason: 'technical'"):
            parse_scores(scores_csv(rows), name="s.csv")

    def test_it_refuses_an_image_set_of_two_patients(self, score_rows, scores_csv):
        rows = score_rows([1]) + score_rows([1], reader="R2", patients=["P999"])

        with pytest.raises(ContradictoryRows, match="line 3, column patient_id: 'P999'"):
            parse_scores(scores_csv(rows), name="s.csv")


class TestParseAllocation:
    def test_it_refuses_one_arm_on_both_sides(self, score_rows, allocation_csv):
        rows = score_rows([1])
        rows[0]["left_arm"] = rows[0]["right_arm"]

        with pytest.raises(UnknownArm, match="line 2, column right_arm: 'SOC' stands on both sides"):
            parse_allocation(allocation_csv(rows), name="a.csv")

    def test_it_refuses_a_presentation_that_stands_twice(self, score_rows, allocation_csv):
        data = allocation_csv(score_rows([1]))

        with pytest.raises(DuplicateReading, match="line 3"):
            parse_allocation(data + data.splitlines(keepends=True)[1], name="a.csv")


class TestParseConsistency:
    HEADER = b"study_id,reader_id,presentation_id,patient_id,image_set_id,comparison_id,item,flag_left,flag_right\n"

    def test_it_refuses_a_box_that_is_neither_ticked_nor_not(self):
        with pytest.raises(BadCell, match="line 2, column flag_right: '2' must be 0, 1 or empty"):
            parse_consistency(self.HEADER + b"X,R1,R1-1,P1,S1,SOC_FAST,loss,0,2\n", name="c.csv")


class TestParseImageMetrics:
    def test_it_takes_any_metric_of_two_arms(self):
        metrics = parse_image_metrics(b"image_set_id,patient_id,ssim_a_b\nS1,P1,\nS2,P2,0.5\n", name="m.csv")
        assert metrics.frame["ssim_a_b"].isna().tolist() == [True, False]

    def test_it_refuses_a_column_that_is_no_metric(self):
        with pytest.raises(WrongColumns, match="'psnr' is not known here"):
            parse_image_metrics(b"image_set_id,patient_id,psnr\nS1,P1,3\n", name="m.csv")


class TestInferComparisons:
    def test_the_name_gives_the_order_of_the_arms(self, score_rows, allocation_csv):
        rows = score_rows([0])
        rows[0] |= {"comparison_id": "FASTDL_SOC", "left_arm": "SOC", "right_arm": "FAST-DL"}

        assert infer_comparisons(parse_allocation(allocation_csv(rows), name="a.csv")) == {
            "FASTDL_SOC": ("FAST-DL", "SOC")
        }

    def test_it_refuses_a_name_that_is_not_two_arms(self, score_rows, allocation_csv):
        rows = score_rows([0])
        rows[0]["comparison_id"] = "primary"

        with pytest.raises(UnknownArm, match="line 2, column comparison_id: 'primary' does not name"):
            infer_comparisons(parse_allocation(allocation_csv(rows), name="a.csv"))


class TestOrient:
    def test_the_second_arm_on_the_right_turns_the_score_round(self, score_rows, small_study):
        rows = score_rows([2, 2, None])  # sides alternate: raw 5, then raw 1

        frame = orient(*small_study(rows), COMPARISON)

        assert [row["raw_score"] for row in rows] == [5, 1, ""]
        assert frame["x"].tolist() == [1, -1, 1]
        assert frame["d"].tolist()[:2] == [2, 2]
        assert frame["pref"].tolist()[:2] == [5, 5]
        assert frame["d"].isna().tolist() == [False, False, True]

    def test_exchanging_the_arms_changes_only_the_sign(self, score_rows, small_study):
        study = small_study(score_rows([2, -1, 0]))

        ab, ba = orient(*study, COMPARISON), orient(*study, {"SOC_FAST": ("FAST", "SOC")})

        assert (ab["d"] == -ba["d"]).all()
        assert (ab["pref"] == 6 - ba["pref"]).all()

    def test_blinded_scores_get_their_arms_from_the_allocation(self, score_rows, scores_csv, allocation_csv):
        rows = score_rows([2, -1])
        header, *lines = scores_csv(rows).decode().splitlines()
        keep = [i for i, name in enumerate(header.split(",")) if name not in ("left_arm", "right_arm")]
        blinded = "\n".join(",".join(line.split(",")[i] for i in keep) for line in (header, *lines))

        scores = parse_scores(blinded.encode(), name="s.csv")

        assert orient(scores, parse_allocation(allocation_csv(rows), name="a"), COMPARISON)["d"].tolist() == [2, -1]

    def test_it_refuses_a_reader_without_allocation(self, score_rows, scores_csv, allocation_csv):
        scores = parse_scores(scores_csv(score_rows([1]) + score_rows([1], reader="R9")), name="s.csv")
        allocation = parse_allocation(allocation_csv(score_rows([1])), name="a.csv")

        with pytest.raises(NotAllocated, match="line 3, column presentation_id: 'R9-0000' of reader 'R9'"):
            orient(scores, allocation, COMPARISON)

    def test_it_refuses_sides_that_the_allocation_contradicts(self, score_rows, scores_csv, allocation_csv):
        rows = score_rows([1])
        scores = parse_scores(scores_csv(rows), name="s.csv")
        rows[0]["left_arm"], rows[0]["right_arm"] = rows[0]["right_arm"], rows[0]["left_arm"]

        with pytest.raises(ContradictoryRows, match="line 2, column left_arm: 'FAST', but the allocation"):
            orient(scores, parse_allocation(allocation_csv(rows), name="a.csv"), COMPARISON)

    def test_it_refuses_an_arm_that_the_comparison_does_not_have(self, score_rows, small_study):
        rows = score_rows([1])
        rows[0]["left_arm"] = "CT"

        with pytest.raises(UnknownArm, match="line 2, column comparison_id: 'SOC_FAST' was shown as 'CT' and 'SOC'"):
            orient(*small_study(rows), COMPARISON)

    def test_it_refuses_a_comparison_that_the_study_does_not_have(self, score_rows, small_study):
        with pytest.raises(UnknownArm, match="'SOC_FAST'"):
            orient(*small_study(score_rows([1])), {"OTHER": ("A", "B")})
