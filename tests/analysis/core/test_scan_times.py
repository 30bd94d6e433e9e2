import pytest

from analysis.core.scan_times import table1


def series(image_set, arm, scan_time_s, **more):
    row = {
        "image_set": image_set, "region": "lumbar", "plane": "sagittal", "sequence": "T1", "arm": arm,
        "tr_ms": 1550.0, "te_ms": 10.0, "ti_ms": None, "matrix": "320×192", "etl": 8, "averages": 4.0,
        "slice_thickness_mm": 4.0, "scan_time_s": scan_time_s,
    }  # fmt: skip
    return row | more


def one(table, sequence, arm):
    return table[(table["Sequence"] == sequence) & (table["Arm"] == arm)].iloc[0]


class TestTable1:
    def test_a_single_protocol_is_printed_as_in_the_paper(self):
        stir = {"sequence": "STIR", "te_ms": 33.0, "ti_ms": 140.0}
        table = table1([series("S1", "SOC", 177), series("S2", "SOC", 121, **stir)])

        line = one(table, "Sagittal T1", "SOC")
        assert line[["Scan time", "TR (ms)", "TE/TI (ms)", "Slice (mm)", "Matrix", "ETL", "NEX"]].tolist() == [
            "2:57", "1550", "10", "4", "320×192", "8", "4",
        ]  # fmt: skip
        assert one(table, "Sagittal STIR", "SOC")["TE/TI (ms)"] == "33/140"

    def test_what_varies_is_a_median_with_its_range(self):
        rows = [
            series(f"S{n}", "SOC", time, tr_ms=tr) for n, (time, tr) in enumerate([(60, 500), (90, 520), (61, 700)])
        ]

        line = one(table1(rows), "Sagittal T1", "SOC")

        assert (line["n"], line["TR (ms)"], line["Scan time"]) == (3, "520 (500–700)", "1:01 (1:00–1:30)")

    def test_the_reduction_counts_only_image_sets_that_have_both_arms(self):
        rows = [
            series("S1", "FAST", 60),
            series("S1", "SOC", 100),
            series("S2", "SOC", 100),
            series("S2", "FAST", 40),
            series("S3", "SOC", 999),
        ]

        table = table1(rows)

        assert one(table, "All sequences", "FAST")["Reduction %"] == "50.0"
        assert one(table, "All sequences", "SOC")["Reduction %"] == ""
        assert one(table, "All sequences", "FAST")["Scan time"] == "50.0 ± 14.1 s"

    def test_the_reference_arm_and_sagittal_planes_come_first(self):
        rows = [series("S1", "FAST", 60, plane="axial"), series("S2", "FAST", 60), series("S2", "SOC", 60)]

        table = table1(rows)

        assert list(zip(table["Sequence"], table["Arm"], strict=True))[:3] == [
            ("Sagittal T1", "SOC"),
            ("Sagittal T1", "FAST"),
            ("Axial T1", "FAST"),
        ]

    @pytest.mark.parametrize("key", ["tr_ms", "scan_time_s", "matrix", "te_ms"])
    def test_what_the_headers_do_not_say_is_a_dash(self, key):
        line = one(table1([series("S1", "SOC", 60) | {key: None}]), "Sagittal T1", "SOC")
        assert "–" in line.tolist()

    def test_no_series_give_an_empty_table(self):
        assert table1([]).empty
