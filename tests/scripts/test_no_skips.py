from pathlib import Path

import pytest

from scripts.no_skips import is_excused

pytest_plugins = ["pytester"]


class TestIsExcused:
    def test_a_test_on_shared_data_may_be_skipped_where_that_folder_is_absent(self):
        assert is_excused("Skipped: needs the shared data folder (READERSTUDY_SHARED)", shared_is_here=False)

    def test_it_may_not_where_the_folder_is_there(self):
        assert not is_excused("Skipped: needs the shared data folder", shared_is_here=True)

    def test_no_other_reason_is_good_enough(self):
        assert not is_excused("Skipped: no Chromium here", shared_is_here=False)


class TestNoSkips:
    @pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "two processes"])
    def test_a_skipped_test_fails_the_run(self, pytester: pytest.Pytester, arguments: list[str]):
        pytester.makepyfile("import pytest\ndef test_one():\n    pytest.skip('no Chromium here')\n")

        result = run(pytester, *arguments)

        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["*CI does not allow*", "*no Chromium here*"])

    def test_an_expected_failure_and_a_passed_test_do_not(self, pytester: pytest.Pytester):
        pytester.makepyfile(
            "import pytest\n"
            "def test_one():\n    pass\n"
            "@pytest.mark.xfail(reason='known')\ndef test_two():\n    assert False\n"
        )

        assert run(pytester).ret == pytest.ExitCode.OK


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    root = str(Path(__file__).resolve().parent.parent.parent)
    pytester.makeini(f"[pytest]\npythonpath = {root}\n")
    return pytester.runpytest_subprocess(
        "-p", "no:django", "-p", "no:playwright", "-p", "scripts.no_skips", "-p", "no:cacheprovider", *arguments
    )
