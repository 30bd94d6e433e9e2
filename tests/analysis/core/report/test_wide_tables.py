from analysis.core.report.wide_tables import laid_out_tables, report_tables


def laid_out(columns, rows):
    return {"name": "table2", "title": "Table 2", "caption": "What it holds", "columns": columns, "rows": rows}


class TestReportTables:
    def test_a_wide_one_is_split_by_the_groups_of_its_columns(self):
        columns = ["Feature", *(f"{one} vs B: q{n}" for one in ("A", "C") for n in range(8))]
        one, two = report_tables(laid_out(columns, [["SNR", *range(16)]]))

        assert (one.title, two.title) == ("Table 2: A vs B", "Table 2: C vs B")
        assert one.columns == ("Feature", *(f"q{n}" for n in range(8)))
        assert two.rows == (("SNR", *map(str, range(8, 16))),)

    def test_a_narrow_one_stays_whole_with_the_whole_names_of_its_columns(self):
        (table,) = report_tables(laid_out(["Feature", "A vs B: P"], [["SNR", "0.5"]]))

        assert table.columns == ("Feature", "A vs B: P")


class TestLaidOutTables:
    def test_there_is_no_table_4_without_image_metrics(self, results):
        assert [table["name"] for table in laid_out_tables(results)] == ["table2", "table3"]
