"""The page of blinding: nothing where nobody was asked, and the indices as counted by hand."""

import pandas as pd
import pytest

from analysis.core.blinding_index import blinding_index
from analysis.core.plots.blinding import blinding_indices
from analysis.core.section_tables.blinding import tables
from analysis.core.section_tables.view import View

PLAN = {"comparisons": [{"id": "FASTDL_SOC", "arm_a": "FASTDL", "arm_b": "SOC"}], "alpha": 0.05}
NAMES = {"FASTDL": "FAST-DL", "SOC": "SOC"}


@pytest.fixture
def results():
    """Of four displays with the enhanced image left three are guessed right; one display has no enhanced side."""
    guesses = ["left", "left", "left", "right", "unsure"]
    frame = pd.DataFrame(
        {"reader_id": "R1", "comparison_id": "FASTDL_SOC", "replicate": 1, "guess": guesses,
         "enhanced_side": ["left"] * 4 + [""]}
    )  # fmt: skip
    return {"meta": {"plan": PLAN}, "blinding_index": blinding_index(frame)}


class TestTables:
    def test_counts_and_indices_of_all_each_comparison_and_each_reader(self, results):
        (table,) = tables(View(results, NAMES))

        rows = {str(row[0]): [str(cell) for cell in row[1:]] for row in table.groups[0].rows}
        assert list(rows) == ["All readers", "FAST-DL vs SOC", "R1"]
        assert rows["R1"][:3] == ["3", "1", "0"]
        assert rows["R1"][4].startswith("0.50 (")  # Bang: (3 - 1) / 4
        assert rows["R1"][5] == "–"
        assert "left 0, right 0, cannot tell 1" in table.notes[1]

    def test_where_nobody_was_asked_there_is_none(self):
        assert list(tables(View({"meta": {"plan": PLAN}}, NAMES))) == []


class TestFigure:
    def test_it_shows_the_same_indices(self, results):
        data = blinding_indices(results, NAMES).data.set_index(["of", "kind"])

        assert data.loc[("R1", "Bang, enhanced on the left"), "index"] == 0.5
        assert pd.isna(data.loc[("R1", "Bang, enhanced on the right"), "index"])

    def test_without_guesses_there_is_none(self):
        assert blinding_indices({"meta": {"plan": PLAN}}, NAMES) is None
