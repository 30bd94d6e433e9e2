"""The one shape of every benchmark's output, and what it says of the machine."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
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
    return parser(description).parse_args()


def parser(description: str | None) -> argparse.ArgumentParser:
    """The options of every benchmark; a script may add its own."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--quick", action="store_true", help="a small run, under a minute")
    options.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    return options


def report(claim: str, figures: Sequence[Figure], *, as_json: bool, quick: bool = False) -> bool:
    """Print the figures; True when none misses its bar."""
    if as_json:
        print(json.dumps(body_of(claim, figures, quick=quick), indent=1))
    else:
        print(claim)
        for figure in figures:
            verdict = {True: "ok", False: "MISSED", None: ""}[figure.ok]
            print(f"  {figure.name:46} {figure.value:>14,.6g} {figure.unit:8} {figure.bar or ''} {verdict}")
    return all(figure.ok is not False for figure in figures)


def body_of(claim: str, figures: Sequence[Figure], *, quick: bool) -> dict[str, Any]:
    """The whole output as one object; `script` is what measured it."""
    return {
        "claim": claim,
        "script": f"benchmarks/{Path(sys.argv[0]).name}",
        "quick": quick,
        "figures": [asdict(figure) for figure in figures],
        "machine": machine(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def machine() -> dict[str, Any]:
    """What the figures depend on; a load near or above the number of cores at the end is partly others' work."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 1024**3),
        "system": platform.system(),
        "machine": platform.machine(),
        "load": round(os.getloadavg()[0], 1),
    }
