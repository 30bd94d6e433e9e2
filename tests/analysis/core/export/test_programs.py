"""Files for SPSS and SAS, read back by the library that writes them for the world."""

import time
from datetime import datetime

import pandas as pd
import pyreadstat
import pytest

from analysis.core.export import programs
from analysis.core.export.variables import Vocabulary, ratings_long_variables
from tests.analysis.core.export.conftest import WORDS

AT = datetime(2026, 3, 4, 5, 6, 7)


@pytest.fixture
def described(tiny):
    return ratings_long_variables(Vocabulary.of(tiny, scale_points=5))


@pytest.fixture
def sav(tiny, described, tmp_path):
    return lambda: programs.sav_bytes(tiny, described, WORDS, folder=tmp_path, at=AT)


@pytest.fixture
def xpt(tiny, described, tmp_path):
    return lambda: programs.xpt_bytes(tiny, described, folder=tmp_path, at=AT)


class TestSav:
    def test_it_holds_what_the_example_holds(self, sav, examples, tmp_path):
        (tmp_path / "ours.sav").write_bytes(sav())

        ours, meta = pyreadstat.read_sav(tmp_path / "ours.sav")
        example, example_meta = pyreadstat.read_sav(examples / "ratings_long.sav")

        pd.testing.assert_frame_equal(ours, example)
        assert meta.variable_value_labels == example_meta.variable_value_labels
        assert meta.column_names_to_labels == example_meta.column_names_to_labels

    def test_it_bears_the_time_it_is_given(self, sav, tmp_path):
        (tmp_path / "ours.sav").write_bytes(sav())

        assert pyreadstat.read_sav(tmp_path / "ours.sav")[1].creation_time == AT

    def test_equal_data_give_equal_bytes_a_second_later(self, sav, xpt):
        first = (sav(), xpt())
        time.sleep(1.1)

        assert (sav(), xpt()) == first


class TestXpt:
    def test_it_holds_what_the_example_holds(self, xpt, examples, tmp_path):
        (tmp_path / "ours.xpt").write_bytes(xpt())

        ours, meta = pyreadstat.read_xport(tmp_path / "ours.xpt")
        example, _ = pyreadstat.read_xport(examples / "ratings_long.xpt")

        pd.testing.assert_frame_equal(ours, example)
        assert (meta.table_name, meta.creation_time) == ("RATINGS", AT)

    def test_a_long_text_is_cut_at_a_whole_letter(self, tiny, described, tmp_path):
        table = tiny.copy()
        table.loc[0, "comment"] = "ü" * 150

        (tmp_path / "long.xpt").write_bytes(programs.xpt_bytes(table, described, folder=tmp_path, at=AT))

        assert pyreadstat.read_xport(tmp_path / "long.xpt")[0].loc[0, "COMMENT"] == "ü" * 100


class TestValueLabels:
    def test_a_scale_of_seven_has_words_for_every_step(self):
        labels = programs.value_labels({value: f"word {value}" for value in range(1, 8)})["pref_score"]

        assert labels == {
            1: "B pronouncedly better", 2: "B by 2 better", 3: "B mildly better", 4: "no difference",
            5: "A mildly better", 6: "A by 2 better", 7: "A pronouncedly better",
        }  # fmt: skip
