import json

import pytest

from benchmarks.report import Figure, body_of, report

REACHED = Figure("image sets ready", 4, "sets", "= 4", True)
MISSED = Figure("checks that fail", 1, "checks", "= 0", False)
TOLD = Figure("ingest: time", 3.25, "s")


class TestReport:
    def test_it_is_true_where_no_bar_is_missed(self):
        assert report("A claim", [REACHED, TOLD], as_json=True)

    def test_it_is_false_where_a_bar_is_missed(self):
        assert not report("A claim", [REACHED, MISSED], as_json=True)

    def test_as_json_it_prints_one_object_and_nothing_else(self, capsys: pytest.CaptureFixture[str]):
        report("A claim", [REACHED, TOLD], as_json=True)

        assert json.loads(capsys.readouterr().out)["claim"] == "A claim"

    def test_in_words_it_names_each_figure_and_what_was_missed(self, capsys: pytest.CaptureFixture[str]):
        report("A claim", [MISSED, TOLD], as_json=False)

        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "A claim"
        assert "checks that fail" in lines[1]
        assert "MISSED" in lines[1]
        assert "3.25" in lines[2]


class TestBodyOf:
    def test_it_has_the_fields_of_the_contract(self):
        body = body_of("A claim", [REACHED], quick=True)

        assert {"claim", "figures", "machine", "versions"} <= body.keys()
        assert body["quick"] is True
        assert set(body["figures"][0]) == {"name", "value", "unit", "bar", "ok", "against"}
        assert {"python", "django", "numpy", "pydicom", "torch"} == set(body["versions"])
