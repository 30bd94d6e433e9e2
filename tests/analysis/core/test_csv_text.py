import csv
import json

import pandas as pd
import pytest

from analysis.core.csv_text import guard, parse_table, read_bytes, to_csv, unguard
from readerstudy.core.errors import BadCell, UnreadableTable, WrongColumns


class TestGuard:
    @pytest.mark.parametrize(
        "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", "'x", " =1", "＝1", "|cmd", "%x", "\u200b=1"]
    )
    def test_it_defuses_what_a_spreadsheet_would_run(self, text):
        assert guard(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["abc", "3", "a=b", "", "–dash", "−1"])
    def test_it_leaves_plain_text_alone(self, text):
        assert guard(text) == text

    def test_it_agrees_with_the_reference_vectors(self, reference_folder):
        vectors = json.loads((reference_folder / "export_examples" / "csv_guard_vectors.json").read_text("utf-8"))
        assert [guard(vector["input"]) for vector in vectors] == [vector["guarded"] for vector in vectors]


class TestUnguard:
    @pytest.mark.parametrize("text", ["=1", "'=1", "''", "plain", ""])
    def test_it_gives_back_what_was_guarded(self, text):
        assert unguard(guard(text)) == text


class TestParseTable:
    def test_it_counts_lines_through_quoted_line_breaks(self):
        table = parse_table(b'a,b\r\n"x\r\ny",1\r\nz,2\r\n', name="t.csv")

        assert table.rows == (("x\r\ny", "1"), ("z", "2"))
        assert table.lines == (3, 4)

    def test_it_reads_a_byte_order_mark_and_bare_line_feeds(self):
        assert parse_table("\ufeffa,b\nü,2\n".encode(), name="t.csv").rows == (("ü", "2"),)

    def test_it_removes_the_guard(self):
        assert parse_table(b"a\r\n'=1\r\n", name="t.csv").rows == (("=1",),)

    @pytest.mark.parametrize(
        ("data", "error", "says"),
        [
            (b"", UnreadableTable, "t.csv, line 1: the file is empty"),
            (b"a,b\n1,\xff\n", UnreadableTable, "t.csv, line 2, column b: this is not UTF-8"),
            (b'a,b\n1,"x\n', UnreadableTable, "t.csv, line 2, column b: this is not CSV"),
            (b"a,b\n1,2,3\n", WrongColumns, "t.csv, line 2, column 3: 3 cells under 2"),
            (b'a,b\n"x,y\nz",\xff\n', UnreadableTable, "t.csv, line 3, column b: this is not UTF-8"),
            (b"a,\xff\n1,2\n", UnreadableTable, "t.csv, line 1, column 2: this is not UTF-8"),
            ("a,b\nx\u2028y,\0\n".encode(), UnreadableTable, "t.csv, line 2, column b: there is a zero byte"),
            ("a,b\n1,2\n".encode("utf-16"), UnreadableTable, "t.csv, line 1, column 1: this is UTF-16"),
            (b'a,b\n1,2\n"x, y","z" w\n', UnreadableTable, "t.csv, line 3, column b: this is not CSV"),
            (b"a,b\n1," + b"x" * 40_000 + b"\n", BadCell, "t.csv, line 2, column b: 'xxx.* has 40000 characters"),
            (b"a;b\n1;2\n", WrongColumns, "t.csv, line 1, column a: the cells are separated by ';'"),
            (b"a\tb\n1\t2\n", WrongColumns, "t.csv, line 1, column a: the cells are separated by tabs"),
            (b"a,b\n1\n", WrongColumns, "t.csv, line 2, column b: 1 cells under 2"),
        ],
    )
    def test_it_names_the_line_of_what_it_cannot_read(self, data, error, says):
        with pytest.raises(error, match=says):
            parse_table(data, name="t.csv")

    def test_a_cell_beyond_the_limit_of_the_reader_of_csv_is_named_too(self):
        limit = csv.field_size_limit(131_072)
        try:
            with pytest.raises(UnreadableTable, match=r"t\.csv, line 2, column b: this is not CSV .field larger"):
                parse_table(b"a,b\n1," + b"x" * 200_000 + b"\n", name="t.csv")
        finally:
            csv.field_size_limit(limit)


class TestReadBytes:
    def test_it_says_which_file_is_missing(self, tmp_path):
        with pytest.raises(UnreadableTable, match=r"nothing\.csv: cannot be read"):
            read_bytes(tmp_path / "nothing.csv")


class TestToCsv:
    def test_it_guards_text_but_never_numbers(self):
        frame = pd.DataFrame({"word": ["=1", None], "number": [-1.5, 2.0]})
        assert to_csv(frame) == "word,number\r\n'=1,-1.5\r\n,2.0\r\n"
