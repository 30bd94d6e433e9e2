"""The one shape of every benchmark's output, and what it says of the machine."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

PACKAGES = ("django", "numpy", "pydicom", "torch")


@dataclass(frozen=True)
class Figure:
    """One measured figure; `bar` is what it must reach, None where it is only told."""

    name: str
    value: float | int
    unit: str
    bar: str | None = None
    ok: bool | None = None
    against: str | None = None


def arguments(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a small run, under a minute")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    return parser.parse_args()


def report(claim: str, figures: Sequence[Figure], *, as_json: bool) -> bool:
    """Print the figures; True when none misses its bar."""
    body: dict[str, Any] = {
        "claim": claim,
        "figures": [asdict(figure) for figure in figures],
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "machine": platform.machine()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    if as_json:
        print(json.dumps(body, indent=1))
    else:
        print(claim)
        for figure in figures:
            verdict = {True: "ok", False: "MISSED", None: ""}[figure.ok]
            print(f"  {figure.name:46} {figure.value:>14,.6g} {figure.unit:8} {figure.bar or ''} {verdict}")
    return all(figure.ok is not False for figure in figures)
