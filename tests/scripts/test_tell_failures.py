from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.mark.parametrize("arguments", [[], ["-n", "2"]], ids=["one process", "two processes"])
def test_a_failure_is_named_with_its_reason_before_the_run_ends(pytester: pytest.Pytester, arguments: list[str]):
    root = str(Path(__file__).resolve().parent.parent.parent)
    pytester.makeini(f"[pytest]\npythonpath = {root}\n")
    pytester.makepyfile("def test_one():\n    raise ValueError('no slices')\n\ndef test_two():\n    pass\n")

    result = pytester.runpytest_subprocess(
        *("-p", "no:django", "-p", "no:playwright", "-p", "scripts.tell_failures", "-p", "no:cacheprovider"), *arguments
    )

    lines = result.stdout.lines
    told = next(i for i, line in enumerate(lines) if line.startswith("FAILED in call: "))
    assert lines[told].endswith("::test_one: ValueError: no slices")
    assert told < next(i for i, line in enumerate(lines) if "= FAILURES =" in line)
    assert sum(line.startswith("FAILED in") for line in lines) == 1
