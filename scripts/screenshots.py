"""Pictures of every page on the real stack with simulated images, at two screen sizes.

    python -m scripts.screenshots --out pictures [--docs]

`--docs` also renews the pictures in docs/images. It needs Chromium and the packages of requirements-dev.txt.
"""

import argparse
import io
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.screenshot_tour import CHOSEN, Tour, take_tour
from tests.browser.conftest import NAMES, QUIET
from tests.real_stack import ROOT, Stack, running_stack

SIZES = ((1366, 768), (2560, 1440))
DOCS_FOLDER = ROOT / "docs" / "images"
DOCS_MAX_BYTES = 150_000
# The images of a reading station are scaled to a new pane after the next frame.
SETTLES_MS = 400
# So that the page of the archives has something to choose from; nothing is asked of it.
SETTINGS = {"READERSTUDY_ARCHIVES": "Main archive=https://archive.example.org/dicom-web"}


class CannotPicture(Exception):
    """A picture cannot be made as the documents need it; the message says which."""


@dataclass(frozen=True)
class Camera:
    """Writes a page's picture at every size; the documents' too, at the first, where `docs` names their folder."""

    out: Path
    docs: Path | None

    def take(self, page: Page, name: str) -> None:
        print(name, flush=True)
        if self.docs and name in CHOSEN:
            page.wait_for_timeout(SETTLES_MS)
            (self.docs / f"{name}.webp").write_bytes(small_webp(page.screenshot(), name))
        for width, height in SIZES:
            set_size(page, width, height)
            page.screenshot(path=str(self.out / f"{name}-{width}.png"), full_page=True)
        set_size(page, *SIZES[0])


def set_size(page: Page, width: int, height: int, *, settles_ms: int = SETTLES_MS) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(settles_ms)


def small_webp(png: bytes, name: str) -> bytes:
    """The best WebP that a page of the documents may carry. Raises CannotPicture."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in (90, 80, 70, 60):
        target = io.BytesIO()
        image.save(target, "WEBP", quality=quality, method=6)
        if target.tell() <= DOCS_MAX_BYTES:
            return target.getvalue()
    raise CannotPicture(f"{name} takes more than {DOCS_MAX_BYTES} bytes even at quality 60.")


SMALL = ("--slices", "5", "--matrix", "192")


def tour_of(stack: Stack, browser: Browser, take: Callable[[Page, str], None], *, size: tuple[str, ...] = ()) -> None:
    """Make the two demo studies, then visit every page; `take` gets each with the name of its picture.

    size : that of the images in the study that is read, as options of `make_demo_study`; SMALL is quick to make.
    """
    demo = json.loads(stack.manage("make_demo_study", "--json", "--slug", "demo", *size))
    print("The study that is read is there.", flush=True)
    finished = json.loads(
        stack.manage("make_demo_study", "--json", "--slug", "closed", "--image-sets", "16", *SMALL, "--unblind")
    )
    print("The study that was read is there.", flush=True)
    passwords = {one["username"]: one["password"] for made in (demo, finished) for one in made["sign_ins"]}
    take_tour(Tour(browser, stack.address, passwords, take))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for all pictures")
    parser.add_argument("--docs", action="store_true", help=f"also renew {DOCS_FOLDER.relative_to(ROOT)}")
    options = parser.parse_args()
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        sys.exit("Chromium is not installed (Debian: apt-get install chromium).")
    for folder in (options.out, DOCS_FOLDER):
        folder.mkdir(parents=True, exist_ok=True)
    camera = Camera(options.out, DOCS_FOLDER if options.docs else None)
    with running_stack(**SETTINGS) as stack, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        tour_of(stack, browser, camera.take)
        browser.close()


if __name__ == "__main__":
    main()
