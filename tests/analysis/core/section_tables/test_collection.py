"""Every table of every section: from fresh and from stored results alike, each under its own name."""

import json

import pytest

from analysis.core.results import analyse
from analysis.core.results_json import to_json
from analysis.core.section_tables.collection import BY_SECTION, Stored, section_tables, table_of
from analysis.core.sections import SECTIONS

COMPARISON = {"SOC_FAST": ("SOC", "FAST")}
NAMES = {"SOC": "SOC", "FAST": "FAST-1"}


@pytest.fixture
def results(score_rows, small_study):
    patients = [f"P{n // 2}" for n in range(8)]
    rows = [
        row
        for feature, d in (("snr", [1, 0, -1, 1, 1, 0, 2, 0]), ("artifacts", [0, 0, 0, 0, 0, 0, 0, None]))
        for reader in ("R1", "R2")
        for row in score_rows(d, feature=feature, reader=reader, patients=patients)
    ]
    return analyse(*small_study(rows), comparisons=COMPARISON, seed=1, replicates=50)


def all_tables(results):
    stored = Stored(results, [], NAMES)
    return [table for section in SECTIONS for table in section_tables(stored, section.code, "SOC_FAST")]


def printed(tables):
    return [(table.name, table.frame().to_csv()) for table in tables]


class TestSectionTables:
    def test_there_is_one_maker_for_each_section(self):
        assert list(BY_SECTION) == [section.code for section in SECTIONS]

    def test_each_has_its_own_name_a_caption_and_footnotes_and_as_many_cells_as_columns(self, results):
        tables = all_tables(results)

        assert len({table.name for table in tables}) == len(tables) > 12
        for table in tables:
            assert table.title
            assert table.caption
            assert table.notes, table.name
            assert sum(band.span for band in table.bands) in (0, len(table.columns)), table.name
            assert {len(row) for group in table.groups for row in group.rows} <= {len(table.columns)}, table.name

    def test_storage_that_reorders_keys_changes_nothing(self, results):
        again = json.loads(to_json(results))

        assert again == results
        assert printed(all_tables(again)) == printed(all_tables(results))

    def test_arms_are_named_as_the_study_writes_them(self, results):
        assert all("FAST-1" in text for name, text in printed(all_tables(results)) if "SOC vs" in text), (
            "an id of a file"
        )

    def test_a_section_that_was_not_computed_has_none(self, results):
        assert section_tables(Stored(results, [], NAMES), "images", "") == []
        assert section_tables(Stored(results, [], NAMES), "consistency", "") == []


class TestTableOf:
    def test_any_table_is_found_by_its_name_and_none_by_another(self, results):
        stored = Stored(results, [], NAMES)

        assert table_of(stored, "subgroup_levels_SOC_FAST").heading == "Feature"
        assert table_of(stored, "straight_lining_by_reader").title == "Straight-lining"
        assert table_of(stored, "table9") is None
