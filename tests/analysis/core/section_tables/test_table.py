"""A printed table as a file: groups and bands become columns and names."""

from analysis.core.section_tables.table import Band, Cell, PrintedTable, group, p_cell, within


def one_row(*cells):
    return PrintedTable("t", "T", "C", tuple("abcdefgh"[: len(cells)]), (group("", [cells]),))


class TestFrame:
    def test_groups_are_a_column_bands_part_of_the_names_and_a_dash_is_nothing(self):
        table = PrintedTable(
            name="t",
            title="T",
            caption="C",
            columns=("Feature", "Mean", "P"),
            bands=(Band("", 1), Band("R1", 2)),
            groups=(group("SOC vs FAST", [("SNR", "–", Cell("0.03", strong=True))]),),
        )

        frame = table.frame()

        assert frame.columns.tolist() == ["Comparison", "Feature", "R1: Mean", "R1: P"]
        assert frame.iloc[0].tolist() == ["SOC vs FAST", "SNR", "", "0.03"]

    def test_without_groups_there_is_no_such_column(self):
        table = PrintedTable(name="t", title="T", caption="C", columns=("A",), groups=(group("", [(1,)]),))

        assert table.frame().columns.tolist() == ["A"]
        assert table.has_rows


class TestKinds:
    def test_columns_of_numbers_intervals_and_p_are_told_from_words(self):
        cells = (
            "SNR",
            "0.41 (−0.29 to 0.52)",
            "<0.0001",
            "–",
            "0.155 (22 of 24)",
            "no difference detected (not evidence)",
        )
        made = one_row(*cells)

        assert made.kinds == ("text", "number", "number", "number", "number", "words")

    def test_a_name_of_digits_and_letters_is_no_number(self):
        assert one_row("R1").kinds == ("text",)


class TestPCell:
    def test_it_is_strong_below_the_level_only_and_nothing_is_a_dash(self):
        assert p_cell(0.049, 0.05).strong
        assert not p_cell(0.05, 0.05).strong
        assert p_cell(None, 0.05) == Cell("–")


class TestWithin:
    def test_a_part_of_the_way_that_is_not_there_gives_nothing(self):
        assert within({"a": {"b": 1}}, "a", "b") == 1
        assert within({"a": None}, "a", "b") is None
        assert within({}, "a") is None
