"""The data package, against the reference and against the format's own tool."""

import json

import pytest
from frictionless import Package

from analysis.core.csv_text import to_csv
from analysis.core.export import datapackage
from analysis.core.export.datapackage import Resource
from analysis.core.export.variables import Vocabulary, ratings_long_variables


@pytest.fixture
def resource(tiny):
    words = Vocabulary.of(tiny, scale_points=5)
    return Resource("ratings_long.csv", ratings_long_variables(words), ("presentation_id", "feature_id"))


class TestDescriptor:
    def test_it_is_the_example_byte_for_byte(self, resource, examples):
        title = "Blinded reader study export (example)"
        package = datapackage.descriptor([resource], title=title, created="2025-01-01T00:00:00Z")

        assert datapackage.descriptor_json(package) == (examples / "datapackage.json").read_text("utf-8")

    @pytest.mark.parametrize(
        ("column", "value", "error"),
        [(None, None, None), ("raw_score", 6, "constraint-error"), ("feature_id", "colour", "constraint-error")],
    )
    def test_frictionless_takes_the_table_and_finds_a_bad_cell(self, tiny, resource, tmp_path, column, value, error):
        table = tiny.copy()
        if column:
            table.loc[5, column] = value
        (tmp_path / "ratings_long.csv").write_bytes(to_csv(table).encode())
        package = datapackage.descriptor([resource], title="t", created="2025-01-01T00:00:00Z")
        (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")

        report = Package(str(tmp_path / "datapackage.json")).validate()

        assert {found for _, found in report.flatten(["rowNumber", "type"])} == ({error} if error else set())
        assert report.stats["tasks"] == 1


class TestCodebook:
    def test_it_is_the_example(self, resource, examples):
        text = to_csv(datapackage.codebook(resource.variables))

        # The example has bare line feeds; every CSV of ours has CRLF, as SPEC 14 asks.
        assert text.replace("\r\n", "\n").encode() == (examples / "codebook.csv").read_bytes()
