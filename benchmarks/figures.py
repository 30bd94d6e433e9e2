"""Write docs/figures.md from what the benchmarks printed: `benchmarks/figures.py paper_size.json real_images.json`.

Each file is the output of one benchmark with `--json`; its section of the page is written anew, the sections of other
benchmarks stay. Without files every benchmark is run in full, one after the other, which can take hours.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "figures.md"
BENCHMARKS = (
    "paper_size", "real_images", "viewer", "session_memory", "keys_to_score", "score_faults", "denoiser",
    "denoiser_cost", "guard", "analysis_speed", "type_one_error", "wire_classifier",
)  # fmt: skip
VERDICTS = {True: "reached", False: "**missed**", None: ""}
HEAD = """# Figures

Written by `benchmarks/figures.py` from the outputs of the scripts named below; do not edit it by hand. A bar is what
a figure must reach; figures without one are only told. Times depend on the machine and on what else ran on it: a load
average above the number of cores means that programs waited for one another. Memory is the sum over all processes of
the product (for the making of images: of the script), pages that they share counted once (proportional set size).

Readers are programs here that compare the noise of two sides. Their preference shows that scores, sides and arms are
joined as they should be; it says nothing about what a radiologist would prefer. How each study is made, and what is
simulated, stands at the top of its script.
"""


class NoEvidence(Exception):
    """An output that must not be shown as a figure of the product."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outputs", nargs="*", type=Path, metavar="OUTPUT.json", help="what a benchmark printed")
    parser.add_argument("--to", type=Path, default=TARGET, help="the page to write (default docs/figures.md)")
    parser.add_argument("--note", default="", help="what else the reader must know, such as other load on the machine")
    options = parser.parse_args()
    texts = [path.read_text(encoding="utf-8") for path in options.outputs] or [run(name) for name in BENCHMARKS]
    before = options.to.read_text(encoding="utf-8") if options.to.exists() else ""
    try:
        page = page_of([json.loads(text) for text in texts], note=options.note, before=before)
    except NoEvidence as error:
        sys.exit(str(error))
    options.to.write_text(page, encoding="utf-8")


def run(name: str) -> str:
    """The output of one benchmark; a bar that it misses is told on the page and stops nothing."""
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), "--json"]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout


def page_of(outputs: Sequence[Mapping[str, Any]], *, note: str = "", before: str = "") -> str:
    """The whole page, a section for each benchmark in the order of `BENCHMARKS`.

    `note` goes into the sections written now; `before` is the page until now.
    Raises NoEvidence for a quick run: it shows that a script works, not how the product does.
    """
    if quick := [output["script"] for output in outputs if output["quick"]]:
        raise NoEvidence(f"{', '.join(quick)}: a quick run is no evidence; run it without --quick.")
    sections = sections_of(before) | {output["script"]: section_of(output, note) for output in outputs}
    order = [f"benchmarks/{name}.py" for name in BENCHMARKS]
    ranked = sorted(sections, key=lambda script: order.index(script) if script in order else len(order))
    return "\n".join([HEAD, *(sections[script] for script in ranked)])


def sections_of(page: str) -> dict[str, str]:
    """Each section of a page by the script that measured it."""
    sections = ["## " + text.strip() + "\n" for text in re.split(r"^## ", page, flags=re.MULTILINE)[1:]]
    return {named[1]: text for text in sections if (named := re.search(r"^Measured by `(.+?)`", text, re.MULTILINE))}


def section_of(output: Mapping[str, Any], note: str) -> str:
    said = f"{note}\n\n" if note else ""
    rows = "\n".join(row_of(figure) for figure in output["figures"])
    table = f"| figure | value | bar | |\n|---|---:|---|---|\n{rows}\n"
    return f"## {output['claim']}\n\n{origin_of(output)}\n\n{said}{table}"


def origin_of(output: Mapping[str, Any]) -> str:
    machine = output["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in output["versions"].items())
    return (
        f"Measured by `{output['script']}` on {machine['cores']} cores with {machine['memory_gib']} GiB of memory "
        f"({machine['system']}, {machine['machine']}; load average {machine['load']} at the end), with {versions}."
    )


def row_of(figure: Mapping[str, Any]) -> str:
    against = f" (against {figure['against']})" if figure["against"] else ""
    value = f"{figure['value']:,.6g} {figure['unit']}"
    return f"| {figure['name']}{against} | {value} | {figure['bar'] or ''} | {VERDICTS[figure['ok']]} |"


if __name__ == "__main__":
    main()
