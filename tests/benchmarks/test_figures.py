from dataclasses import asdict

import pytest

from benchmarks.figures import BENCHMARKS, ROOT, NoEvidence, page_of
from benchmarks.report import Figure


def output(*figures: Figure, quick: bool = False) -> dict:
    machine = {"cores": 2, "memory_gib": 23, "system": "Linux", "machine": "x86_64", "load": 1.5}
    return {
        "claim": "A study",
        "script": "benchmarks/study.py",
        "quick": quick,
        "figures": [asdict(figure) for figure in figures],
        "machine": machine,
        "versions": {"python": "3.11.2"},
    }


class TestPageOf:
    def test_each_figure_is_a_row_with_its_bar_and_verdict(self):
        page = page_of([output(Figure("sets ready", 111, "sets", "= 111", True), Figure("time", 2.5, "s"))])

        assert "| sets ready | 111 sets | = 111 | reached |" in page
        assert "| time | 2.5 s |  |  |" in page

    def test_a_missed_bar_stands_out(self):
        assert "| **missed** |" in page_of([output(Figure("checks that fail", 1, "checks", "= 0", False))])

    def test_the_script_and_the_machine_are_named(self):
        page = page_of([output(Figure("time", 2.5, "s"))])

        assert "`benchmarks/study.py` on 2 cores" in page
        assert "python 3.11.2" in page

    def test_a_note_stands_before_the_figures(self):
        page = page_of([output(Figure("time", 2.5, "s"))], note="Other programs shared the cores.")

        assert page.index("Other programs shared the cores.") < page.index("## A study")

    def test_a_quick_run_is_refused(self):
        with pytest.raises(NoEvidence, match=r"benchmarks/study\.py"):
            page_of([output(Figure("time", 2.5, "s"), quick=True)])


class TestBenchmarks:
    def test_each_that_would_be_run_is_there(self):
        assert [name for name in BENCHMARKS if not (ROOT / "benchmarks" / f"{name}.py").is_file()] == []
