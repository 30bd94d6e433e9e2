"""The numbers of a figure come back from its CSV as they were drawn."""

import pandas as pd
import pytest
from frictionless import Package

from analysis.core.csv_text import to_csv
from analysis.core.figure_data import figure_resource, typed_rows


@pytest.fixture
def content():
    frame = pd.DataFrame(
        {"reader": ["R1", "=R2"], "n": pd.array([3, None], dtype="Int64"), "p": [1e-80, 0.25], "none": [None, None]}
    )
    return to_csv(frame).encode()


class TestTypedRows:
    def test_numbers_are_numbers_text_is_unguarded_and_nothing_is_none(self, content):
        assert typed_rows(content, name="f.csv") == [
            {"reader": "R1", "n": 3, "p": 1e-80, "none": None},
            {"reader": "=R2", "n": None, "p": 0.25, "none": None},
        ]

    @pytest.mark.parametrize("cell", ["nan", "inf", "1_000", "1e999", "0x10"])
    def test_what_only_python_takes_for_a_number_is_text(self, cell):
        assert typed_rows(f"a\r\n{cell}\r\n".encode(), name="f.csv") == [{"a": cell}]

    def test_a_table_without_rows_has_none(self):
        assert typed_rows(b"a,b\r\n", name="f.csv") == []


class TestFigureResource:
    def test_the_format_s_own_tool_takes_it(self, content, tmp_path):
        (tmp_path / "figures").mkdir()
        (tmp_path / "figures" / "Wins_1.csv").write_bytes(content)
        described = figure_resource("figures/Wins_1.csv", content, title="Wins", caption="How often")
        package = Package.from_descriptor({"name": "p", "resources": [described]}, basepath=str(tmp_path))

        report = package.validate()

        assert report.valid, report.flatten(["type", "note"])
        assert described["figure"] == ["figures/Wins_1.svg", "figures/Wins_1.png"]
        assert [field["type"] for field in described["schema"]["fields"]] == ["string", "integer", "number", "integer"]
