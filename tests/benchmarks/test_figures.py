from dataclasses import asdict

import pytest

from benchmarks.figures import BENCHMARKS, ROOT, NoEvidence, page_of
from benchmarks.report import Figure

GUARD = "benchmarks/guard.py"


def output(*figures: Figure, quick: bool = False, script: str = "benchmarks/study.py") -> dict:
    machine = {"cores": 2, "memory_gib": 23, "system": "Linux", "machine": "x86_64", "load": 1.5}
    return {
        "claim": "A study",
        "script": script,
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

        assert page.index("## A study") < page.index("Other programs shared the cores.") < page.index("| time |")

    def test_what_other_scripts_measured_stays_and_the_own_section_is_replaced(self):
        others = page_of([output(Figure("time", 2.5, "s")), output(Figure("memory", 7, "MiB"), script=GUARD)])

        page = page_of([output(Figure("time", 3.5, "s"))], before=others)

        assert "| time | 3.5 s |" in page
        assert "2.5 s" not in page
        assert page.count("| memory | 7 MiB |") == 1
        assert page_of([], before=page) == page

    def test_a_quick_run_is_refused(self):
        with pytest.raises(NoEvidence, match=r"benchmarks/study\.py"):
            page_of([output(Figure("time", 2.5, "s"), quick=True)])


class TestBenchmarks:
    def test_each_that_would_be_run_is_there(self):
        assert [name for name in BENCHMARKS if not (ROOT / "benchmarks" / f"{name}.py").is_file()] == []
