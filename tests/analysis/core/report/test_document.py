from analysis.core.report.document import Figure, parts, to_json
from analysis.core.section_tables.table import Band, PrintedTable, group


def wide(bands):
    """Two columns a band beside the first."""
    columns = ("Feature", *("Mean", "W / T / L") * bands)
    rows = [("SNR", *(f"{n}" for n in range(2 * bands)))]
    names = (Band("", 1), *(Band(f"R{n + 1}", 2) for n in range(bands)))
    return PrintedTable("by_reader", "By reader", "", columns, (group("SOC vs FAST", rows),), bands=names)


class TestParts:
    def test_a_table_that_fits_stays_whole(self):
        assert list(parts(wide(4), wide=False)) == [wide(4)]

    def test_a_wider_one_is_told_in_parts_with_the_first_column_in_each(self):
        told = list(parts(wide(10), wide=False))

        assert [len(part.columns) for part in told] == [9, 9, 5]
        assert [part.title for part in told][-1] == "By reader: R9, R10"
        assert [str(cell) for cell in told[-1].groups[0].rows[0]] == ["SNR", "16", "17", "18", "19"]
        assert sum(band.span for band in told[0].bands) == 9

    def test_a_sheet_on_its_long_side_holds_more(self):
        assert [len(part.columns) for part in parts(wide(10), wide=True)] == [15, 7]


class TestToJson:
    def test_each_block_says_what_it_is(self, report_of, results):
        figure = Figure("win_tie_loss", "preferences", "t", "c", "<svg/>")
        document = report_of(results, [figure])
        kinds = {block["block"] for section in to_json(document)["sections"] for block in section["blocks"]}

        assert kinds == {"paragraph", "bullets", "facts", "table", "figure"}
