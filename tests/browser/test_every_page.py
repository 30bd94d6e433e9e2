"""Every page of the tour, as the pictures show them: no serious accessibility finding, nothing wider than the window.

The judge is axe-core, for WCAG 2.2 A and AA and its own best practices; what a stack shows is outside of its reach.
"""

from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from scripts.screenshots import SETTINGS, SIZES, SMALL, set_size, tour_of
from tests.real_stack import running_stack

SERIOUS = {"serious", "critical"}
# Pictures that a tour must have taken at least: fewer means that it ended early.
FEWEST_PAGES = 50
LAID_OUT_MS = 50  # the painting of images, which takes longer, is not judged
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Inspector:
    """Stands where the camera stands, and writes down what is wrong with a page."""

    axe: Axe = field(default_factory=Axe)
    seen: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def take(self, page: Page, name: str) -> None:
        self.seen.append(name)
        for width, height in SIZES:
            set_size(page, width, height, settles_ms=LAID_OUT_MS)
            if (wider := page.evaluate(OVERFLOW)) > 0:
                self.findings.append(f"{name}: {wider} px wider than a window of {width}")
        set_size(page, *SIZES[0], settles_ms=LAID_OUT_MS)
        for violation in self.axe.run(page).response["violations"]:
            if violation["impact"] in SERIOUS:
                self.findings.extend(described(name, violation))


def described(name: str, violation: dict[str, Any]) -> list[str]:
    return [f"{name}: {violation['id']}: {' '.join(map(str, node['target']))}" for node in violation["nodes"]]


def test_no_page_has_a_serious_finding(chromium):
    inspector = Inspector()
    with running_stack(**SETTINGS) as stack:
        tour_of(stack, chromium, inspector.take, size=SMALL)
    assert len(inspector.seen) >= FEWEST_PAGES
    assert inspector.findings == []


def test_the_inspector_finds_what_is_wrong(chromium):
    page = chromium.new_context().new_page()
    page.set_content("<html lang=en><title>t</title><main><h1>h</h1><p style='width:4000px;color:#ccc'>pale</p><input>")
    inspector = Inspector()
    inspector.take(page, "broken")
    page.context.close()
    kinds = " ".join(inspector.findings)
    assert "wider than a window of 1366" in kinds
    assert "color-contrast" in kinds
    assert "label" in kinds
