"""Tables 1 to 4 in the layout of the paper."""

from analysis.core.results import analyse
from analysis.core.section_tables.paper import tables
from analysis.core.section_tables.view import View

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}
TABLE_1 = {
    "name": "table1",
    "caption": "Protocol parameters by sequence and arm",
    "columns": ["Sequence", "Arm", "n", "Scan time"],
    "rows": [
        ["Sagittal T1", "SOC", "2", "2:57"],
        ["Sagittal T1", "FAST", "2", "1:32"],
        ["Axial T2", "SOC", "1", "1:38"],
    ],
}
IMAGES = {
    "n_measured": {"l1_soc_fast": 3, "ssim_fast_fastdl": 3, "ssim_soc_socdl": 3, "psnr_soc_fast": 3},
    "ssim_soc_socdl": [0.981, 0.011],
    "ssim_fast_fastdl": [0.984, 0.009],
    "l1_soc_fast": [37.5, 17.6],
    "psnr_soc_fast": [30.0, 1.0],
}


def made(score_rows, small_study):
    results = analyse(*small_study(score_rows([1, 1, 1, 1, 0, 2])), comparisons=COMPARISON, seed=1, replicates=0)
    return {table.name: table for table in tables(View({**results, "image_metrics": IMAGES}, {}), [TABLE_1])}


class TestTables:
    def test_table_1_has_a_group_a_sequence_and_a_row_an_arm(self, score_rows, small_study):
        table = made(score_rows, small_study)["table1"]

        assert [group.title for group in table.groups] == ["Sagittal T1", "Axial T2"]
        assert [str(row[0]) for row in table.groups[0].rows] == ["SOC", "FAST"]
        assert table.columns == ("Arm", "n", "Scan time")

    def test_table_2_has_a_band_a_comparison_and_bold_p_as_the_paper(self, score_rows, small_study):
        table = made(score_rows, small_study)["table2"]
        (row,) = table.groups[0].rows

        assert [(band.title, band.span) for band in table.bands] == [("", 1), ("SOC vs FAST", 3)]
        assert str(row[1]) == "4.0 ± 0.6"  # four 4s, a 3 and a 5: SD = sqrt(2 / 5)
        assert row[2].strong  # ranks 2.5 four times and 5: z = 7.5 / sqrt(12.5), P 0.034
        assert not row[3].strong  # 2 / 32

    def test_table_4_begins_with_the_ssim_of_the_paper_and_is_short(self, score_rows, small_study):
        table = made(score_rows, small_study)["table4"]

        assert [group.title for group in table.groups] == ["SSIM", "L1, stored units"]
        assert [str(row[0]) for row in table.groups[0].rows] == ["SOC vs SOC-DL", "FAST vs FAST-DL"]
