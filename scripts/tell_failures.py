"""A pytest plugin: names a failed test at once, so that a run that is itself stopped has said what it knew."""

from typing import Any

import pytest


class TellFailures:
    """Writes one line for each failure as it arrives; the whole story stays where pytest tells it, at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            terminal: Any = self.config.pluginmanager.get_plugin("terminalreporter")
            # A line of its own, whether or not dots stand before it: with xdist the terminal does not know.
            terminal.write_line(f"\nFAILED in {report.when}: {report.nodeid}: {reason(report)}")


def reason(report: pytest.TestReport) -> str:
    """The line of a failure that says most: the exception's own."""
    crash = getattr(report.longrepr, "reprcrash", None)
    words = str(crash.message if crash else report.longrepr).strip()
    return words.splitlines()[0] if words else "no reason given"


def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist report to the controller, which alone writes."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TellFailures(config), "tell-failures")
