"""Claim: a pair is scored with few keys and no mouse.

Counts every key from the opened pair to the next one, in headless Chromium on the real stack, for the reference
protocol and for one that allows "no difference for the rest". Each way of scoring is typed as a reader would, and the
answers that the server then has are compared with those that were meant.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.report import Figure, arguments, report  # noqa: E402
from benchmarks.stages import tell  # noqa: E402
from tests.browser.conftest import NAMES, QUIET  # noqa: E402
from tests.real_stack import running_stack  # noqa: E402

CLAIM = "A pair is scored with few keys and no mouse"
FEATURES = (
    "snr", "resolution", "artifacts", "cord_delineation", "cord_csf_contrast", "disc_pathology", "bone_lesions",
    "facet_ligament",
)  # fmt: skip
GOOD = {"diagnostic:left": 1, "diagnostic:right": 1}
REST = {"value": 3, "by": "rest"}
DIFFERENCES = {"feature:snr": 2, "feature:artifacts": 4, "feature:bone_lesions": 2}
FINDING = {"consistency:creation_pathology:right": 1}
WAIT_MS = 60_000
LOOK_EVERY_MS = 200


@dataclass(frozen=True)
class Way:
    """Keys that a reader presses on a fresh pair, and the answers that the server must have in the end."""

    name: str
    study: str
    keys: tuple[str, ...]
    answers: Mapping[str, object]
    most: int | None = None


def _features(**given: object) -> dict[str, object]:
    return {f"feature:{code}": given.get(code, 3) for code in FEATURES}


# The finding is the fourth category, pathology on the right: C, three times down, 4.
TO_THE_FINDING = ("c", "ArrowDown", "ArrowDown", "ArrowDown", "4")
WAYS = (
    Way("no difference anywhere", "reference", (*"33333333", "y", "y", "Enter"), {**_features(), **GOOD}, most=12),
    Way(
        "three differences and a finding",
        "reference",
        (*"23433323", "y", "y", *TO_THE_FINDING, "Enter"),
        {**_features(), **DIFFERENCES, **GOOD, **FINDING},
    ),
    Way(
        "no difference anywhere, by 'the rest'",
        "everything",
        ("Shift+R", "y", "y", "Enter"),
        {f"feature:{code}": REST for code in FEATURES} | GOOD,
        most=12,
    ),
    Way(
        "three differences and a finding, by 'the rest'",
        "everything",
        (
            "2",
            "ArrowDown",
            "4",
            "ArrowDown",
            "ArrowDown",
            "ArrowDown",
            "2",
            "Shift+R",
            "y",
            "y",
            *TO_THE_FINDING,
            "Enter",
        ),
        {f"feature:{code}": REST for code in FEATURES} | DIFFERENCES | GOOD | FINDING,
    ),
)


def main() -> None:
    options = arguments(__doc__)
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    with running_stack() as stack, sync_playwright() as playwright:
        printed = stack.manage("shell", "-c", "from tests.browser.scoring_study import make; make()")
        made = json.loads(printed.strip().splitlines()[-1])
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        page = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=stack.address).new_page()
        page.set_default_timeout(WAIT_MS)
        expect.set_options(timeout=WAIT_MS)
        sign_in(page, made["reader"], made["password"])
        figures = [figure_of(page, way, made["pairs"][way.study]) for way in WAYS]
        browser.close()
    sys.exit(0 if report(CLAIM, figures, as_json=options.json, quick=options.quick) else 1)


def sign_in(page: Page, reader: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill(reader)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def figure_of(page: Page, way: Way, unread: list[str]) -> Figure:
    """One pair of its own for every way; it is taken off the list of unread pairs."""
    keys = keys_to_score(page, way, unread.pop(0))
    tell(f"{way.name}: {keys} keys")
    bar = None if way.most is None else f"<= {way.most}"
    return Figure(way.name, keys, "keys", bar, None if way.most is None else keys <= way.most)


def keys_to_score(page: Page, way: Way, address: str) -> int:
    page.goto(address)
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
    for key in way.keys:
        page.keyboard.press(key)
    page.wait_for_url(lambda url: not url.endswith(address))
    state = state_once_finished(page, address)
    has = {item: answer for item, answer in state["answers"].items() if answer != 0}
    if has != dict(way.answers):
        raise SystemExit(f"{way.name}: the server has {state}, not {dict(way.answers)}.")
    return len(way.keys)


def state_once_finished(page: Page, address: str) -> dict[str, Any]:
    """The next pair is shown before the server has everything: wait until it has."""
    for _ in range(WAIT_MS // LOOK_EVERY_MS):
        state: dict[str, Any] = page.request.get(f"{address}state/").json()
        if state["finished"]:
            return state
        page.wait_for_timeout(LOOK_EVERY_MS)
    raise SystemExit(f"The pair was not finished on the server: {state}.")


if __name__ == "__main__":
    main()
