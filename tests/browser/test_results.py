"""A statistician goes through the results on the real stack: figures, tables, files, and a table on the clipboard."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from analysis.core.sections import SECTIONS
from tests.browser.conftest import People
from tests.real_stack import running_stack

SECOND = 1000
ALL_DRAWN = """() => [...document.querySelectorAll(".result-figure img")].every((image) => image.naturalWidth > 300)"""
READ_CLIPBOARD = """async () => {
    const [item] = await navigator.clipboard.read();
    const text = async (type) => (await item.getType(type)).text();
    return { html: await text("text/html"), text: await text("text/plain") };
}"""


@pytest.fixture(scope="module")
def demo():
    """A demo study that was read and unblinded, with its stack and passwords."""
    with running_stack() as stack:
        small = ("--image-sets", "6", "--slices", "3", "--matrix", "96", "--unblind")
        made = json.loads(stack.manage("make_demo_study", "--json", "--slug", "seen", *small))
        yield stack, {one["username"]: one["password"] for one in made["sign_ins"]}


@pytest.fixture
def people(chromium, demo):
    shots = os.environ.get("READERSTUDY_TEST_SHOTS")
    people = People(chromium, demo[0].address, Path(shots) if shots else None)
    yield people
    people.leave()


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Sign-in name").fill("seen-statistician")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def wait_for_figures(page: Page) -> None:
    """The page comes back by itself when the worker has drawn them."""
    page.goto("/studies/seen/results/")
    expect(page.locator("img[src*='win_tie_loss']")).to_be_visible(timeout=300 * SECOND)


def see_every_section(page: Page) -> None:
    """From link to link; every figure is an image with pixels, every page has its own heading and something below."""
    for section in (one for one in SECTIONS if not one.optional):
        page.get_by_label("Sections of the results").get_by_role("link", name=section.title, exact=True).click()
        expect(page.get_by_role("heading", level=1, name=section.title, exact=True)).to_be_visible()
        images = page.locator(".result-figure img")
        images.evaluate_all("images => images.forEach((image) => (image.loading = 'eager'))")
        page.wait_for_function(ALL_DRAWN, timeout=60 * SECOND)
        assert images.count() or page.locator("table.printed").count()


def files_of_a_figure(page: Page) -> None:
    page.goto("/studies/seen/results/")
    figure = page.locator("figure", has=page.locator("img[src*='win_tie_loss']"))
    got = {}
    for kind in ("SVG", "PNG", "Data"):
        with page.expect_download() as download:
            figure.get_by_role("link", name=kind).click()
        got[kind] = Path(download.value.path()).read_bytes()
    assert Image.open(io.BytesIO(got["PNG"])).format == "PNG"
    assert b"<svg" in got["SVG"]
    assert len(list(csv.reader(io.StringIO(got["Data"].decode())))) == 1 + 3 * 8


def copy_of_a_table(page: Page) -> None:
    page.goto("/studies/seen/results/paper/")
    shown = page.locator("[data-table=table2] tbody tr").first.locator("th, td").all_inner_texts()
    page.get_by_role("button", name="Copy for Word Table 2").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate(READ_CLIPBOARD)
    assert copied["html"].count("<table") == 1
    assert re.search(r'colspan="3"[^>]*>SOC vs FAST<', copied["html"])
    assert "border-top" in copied["html"]
    assert "\t".join(shown) in copied["text"]


def take(page: Page, button: str) -> bytes:
    with page.expect_download() as taken:
        page.get_by_role("link", name=button).click()
    return Path(taken.value.path()).read_bytes()


def read_report(people: People, file: Path) -> None:
    """From the disk, without the product: every picture shows, nothing is wider than the window, nothing complains."""
    page = people.arrive(file.as_uri())
    for width, height in ((1366, 768), (2560, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    page.get_by_role("link", name="Deviations from the plan").click()
    expect(page.get_by_role("heading", name="Deviations from the plan")).to_be_in_viewport()


class TestResults:
    def test_every_section_is_seen_and_its_files_and_tables_are_taken_away(self, people, demo):
        page = people.arrive()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, demo[1]["seen-statistician"])
        wait_for_figures(page)

        see_every_section(page)
        files_of_a_figure(page)
        copy_of_a_table(page)
        page.goto("/studies/seen/results/subgroups/")
        page.get_by_role("link", name="SOC vs FAST", exact=True).click()
        expect(page.get_by_role("heading", name="Forest plot: Perceived SNR, SOC vs FAST")).to_be_visible()
        assert people.complaints == []

    def test_without_the_copy_command_the_interface_of_the_clipboard_takes_the_table(self, people, demo):
        page = people.arrive()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        sign_in(page, demo[1]["seen-statistician"])
        page.add_init_script("document.execCommand = () => false")
        page.goto("/studies/seen/results/paper/")

        page.get_by_role("button", name="Copy for Word Table 3").click()

        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate(READ_CLIPBOARD)
        assert copied["html"].count("<table") == 1
        assert copied["text"].startswith("Table 3")  # this way the page's policy complains of the table's styles


class TestReport:
    def test_it_is_taken_away_and_opens_by_itself(self, people, demo, tmp_path):
        page = people.arrive()
        sign_in(page, demo[1]["seen-statistician"])
        wait_for_figures(page)

        (tmp_path / "report.html").write_bytes(take(page, "Report (HTML)"))
        assert take(page, "Report (PDF)").startswith(b"%PDF-")
        read_report(people, tmp_path / "report.html")

        assert people.complaints == []
