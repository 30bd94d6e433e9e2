import pytest

from analysis.core.results import analyse
from analysis.core.tables import flat, participants_line, table2, table3, table4

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}


@pytest.fixture
def results(score_rows, small_study):
    one, two = [1, 1, 1, 1, 0, 2], [1, 2, 0, 1, 1, None]
    rows = [row for feature in ("snr", "artifacts") for reader, d in (("R1", one), ("R2", two))
            for row in score_rows(d, feature=feature, reader=reader)]  # fmt: skip
    return analyse(*small_study(rows), comparisons=COMPARISON, seed=1)


class TestParticipantsLine:
    def test_it_reads_like_the_paper(self):
        people = [{"sex": "F", "age_years": 30}, {"sex": "M", "age_years": 50}, {"sex": "M", "age_years": 40}]
        assert participants_line(people) == "3 participants (40.0 ± 10.0 years old; 1 female, 2 male)"

    def test_what_is_unknown_is_said(self):
        people = [{"sex": "", "age_years": None}, {"sex": "F", "age_years": 61}]
        assert participants_line(people) == (
            "2 participants (61.0 ± – years old, known for 1; 1 female, 1 of unknown sex)"
        )

    def test_nobody_is_said_too(self):
        assert participants_line([]) == "No participants."


class TestTable2:
    def test_a_row_is_a_feature_with_both_tests(self, results):
        line = table2(results).loc["Perceived SNR", "SOC vs FAST"]

        # Eleven scores: seven 4s, two 5s and two 3s have the mean 4.0.
        assert line["Mean ± SD"] == "4.0 ± 0.6"
        assert (line["n"], line["Missing"], line["Win %"], line["Loss %"]) == (11, 1, "81.8", "0.0")
        assert line["P, primary"] == "0.0312"  # six patients, all in favour: 2 / 64
        assert line["P, primary, Holm of 2"] == "0.0625"
        # Seven ranks of 4 and two of 8.5: z = 22.5 / sqrt(64.125) = 2.81.
        assert line["P, as published"] == "0.00496"

    def test_features_have_the_order_of_the_protocol(self, results):
        assert table2(results).index.tolist() == ["Perceived SNR", "Imaging artifacts"]

    def test_a_cell_without_data_is_dashes_and_says_why(self, score_rows, small_study):
        results = analyse(*small_study(score_rows([None, None])), comparisons=COMPARISON, seed=1)

        line = table2(results).loc["Perceived SNR", "SOC vs FAST"]

        assert (line["Mean ± SD"], line["P, primary"], line["95 % CI, by patient"]) == ("–", "–", "–")
        assert line["Notes"] == "no readings"


class TestTable3:
    def test_a_column_is_a_pair_of_readers(self, results):
        table = table3(results)

        assert table.columns.tolist() == ["R1 vs R2"]
        assert table.loc["n", "R1 vs R2"] == 10

    def test_an_undefined_rho_is_a_dash(self, score_rows, small_study):
        rows = score_rows([0, 0, 0, 0], reader="R1") + score_rows([0, 1, 0, 2], reader="R2")

        table = table3(analyse(*small_study(rows), comparisons=COMPARISON, seed=1))

        assert table.loc["Rho", "R1 vs R2"] == "–"


class TestTable4:
    def test_each_metric_is_a_row_and_the_test_the_last(self):
        summary = {
            "n_measured": {"ssim_soc_socdl": 3, "l1_soc_fast": 3},
            "ssim_soc_socdl": [0.9809, 0.0108],
            "l1_soc_fast": [37.5, 17.6],
            "p_R_default_cc": 4.4e-12,
            "mean_diff": 0.8,
            "cluster_mean": {"n": 3, "ci_cr2": [0.5652, 1.0348]},
        }

        table = table4(summary)

        assert table["Series"].tolist()[:2] == ["SOC vs SOC-DL", "SOC vs FAST"]
        assert table["Mean ± SD"].tolist() == ["0.981 ± 0.011", "37.5 ± 17.6", "0.80"]
        assert table["P"].tolist()[-1] == "<0.0001"


class TestFlat:
    def test_names_join_and_nothing_is_empty(self, results):
        frame = flat(table2(results))

        assert frame.columns[:2].tolist() == ["Feature", "SOC vs FAST: Mean ± SD"]
        assert "–" not in frame.to_numpy().tolist()[0]
