"""A pytest plugin for CI: a test that is skipped there guards nothing, so it fails the run.

Only what needs the shared data folder may be skipped, and only where that folder is absent.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDS_SHARED_DATA = re.compile(r"READERSTUDY_SHARED|\bshared\b", re.IGNORECASE)


def shared_data_is_here() -> bool:
    """True when tests on shared data can run."""
    return Path(os.environ.get("READERSTUDY_SHARED") or ROOT.parent / "shared").is_dir()


def is_excused(reason: str, *, shared_is_here: bool) -> bool:
    """True when a skip with this reason is allowed in CI."""
    return not shared_is_here and bool(NEEDS_SHARED_DATA.search(reason))


class NoSkips:
    """Collects skips that are not excused and turns the result into a failure."""

    def __init__(self) -> None:
        self.shared_is_here = shared_data_is_here()
        self.unexcused: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        # An expected failure is reported as skipped too, but it did run.
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not is_excused(reason, shared_is_here=self.shared_is_here):
            self.unexcused.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unexcused and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.unexcused:
            terminalreporter.section("skipped, which CI does not allow", red=True)
            for line in self.unexcused:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist report to the controller, which alone decides."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(NoSkips(), "no-skips")
