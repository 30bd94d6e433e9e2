"""The second of the two commands: set up as the first does, then run every check and every test.

Arguments are handed to pytest: `./test tests/readerstudy/core -k window`. With CI=true nothing may be skipped.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from environment import ROOT, CannotSetUp, prepare

CORES = ("readerstudy/core", "enhancement/core", "analysis/core")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
# A file's tests share what it starts, such as a running product, and stay in one process; files go in their order, so
# that the long ones of the browser do not come last.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
# `check --deploy` judges settings as they are in production, behind HTTPS.
PRODUCTION = {"READERSTUDY_HTTPS": "1", "READERSTUDY_HOSTS": "reader-study.example", "READERSTUDY_DEBUG": "0"}


@dataclass(frozen=True)
class Step:
    """One command; `needs` names a program without which it is left out on a laptop and fails in CI."""

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    needs: str | None = None


def steps(python: str, pytest_arguments: list[str]) -> Iterator[Step]:
    """All checks in the order of their cost; pytest is last, so that its closing line is the last one."""

    def module(*words: str) -> tuple[str, ...]:
        return (python, "-m", *words)

    manage = (python, "manage.py")
    yield Step("lint", module("ruff", "check", "."))
    yield Step("format", module("ruff", "format", "--check", "."))
    yield Step("types", module("mypy", *CORES))
    yield Step("templates", module("djlint", "--check", "--lint", "--quiet", "templates"))
    yield Step("migrations", (*manage, "makemigrations", "--check", "--dry-run"))
    yield Step("deployment", (*manage, "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION)
    scripts = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "js").rglob("*.test.mjs"))
    yield Step("JavaScript tests", ("node", "--test", *scripts), needs="node")
    plugins = ("-p", "scripts.tell_failures", *(("-p", "scripts.no_skips") if IN_CI else ()))
    slowest = ("--durations", "25", "--durations-min", "5")  # where the time goes, for whoever wants some of it back
    yield Step("tests", module("pytest", "-q", "-n", "2", *BY_FILE, *slowest, *plugins, *pytest_arguments))


def run(step: Step, environment: dict[str, str]) -> bool:
    """Run one step. True when it passed, or when it was left out with a reason."""
    print(f"\n== {step.title}: {' '.join(step.command[-6:])}", flush=True)
    if step.needs and not shutil.which(step.needs):
        print(f"{step.needs} is not installed: {'it must be in CI' if IN_CI else 'left out'}.")
        return not IN_CI
    done = subprocess.run(step.command, cwd=ROOT, env={**environment, **step.environment})
    return done.returncode == 0


def environment_for(data_dir: Path) -> dict[str, str]:
    """The caller's environment, but with a data directory of its own, and as it would be on one machine."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("READERSTUDY_")}
    if shared := os.environ.get("READERSTUDY_SHARED"):
        inherited["READERSTUDY_SHARED"] = shared
    return {**inherited, "READERSTUDY_DATA": str(data_dir), "OMP_NUM_THREADS": "1"}


def main() -> None:
    try:
        python = prepare("requirements.txt", "requirements-dev.txt", command="./test")
    except CannotSetUp as problem:
        sys.exit(str(problem))
    with tempfile.TemporaryDirectory(prefix="readerstudy-") as folder:
        environment = environment_for(Path(folder))
        failed = [step.title for step in steps(str(python), sys.argv[1:]) if not run(step, environment)]
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
