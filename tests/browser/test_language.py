"""A reader who chooses German: every page of a whole pair, its room on the screen, and the same data as in English."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.real_stack import running_stack

ARRIVES_MS = 20_000
SHOTS = os.environ.get("READERSTUDY_TEST_SHOTS")
SIZES = ((1366, 768), (2560, 1440))
# Eight features, both sides' quality, then a finding on the left side with a comment.
KEYS = ["2", "4", "3", "1", "5", "3", "2", "4", "y", "n", "c", "1", "Shift+C"]
COMMENT = "1,5 mm bei L4/5"
WORDS = {
    "en": {
        "sign in": "Sign in", "name": "Sign-in name", "password": "Password", "studies": "My studies",
        "go on": "Go on with pair 3", "position": "Pair 3 of 3", "saved": "Saved at", "answers": "My answers",
        "sign": "Sign 3 pairs", "again": "Your password again", "signed": "Signed",
        "meaning": "I read these pairs myself",
    },
    "de": {
        "sign in": "Anmelden", "name": "Anmeldename", "password": "Passwort", "studies": "Meine Studien",
        "go on": "Weiter mit Bildpaar 3", "position": "Bildpaar 3 von 3", "saved": "Gespeichert um",
        "answers": "Meine Angaben", "sign": "3 Bildpaare unterschreiben", "again": "Ihr Passwort noch einmal",
        "signed": "Unterschrieben", "meaning": "Ich habe diese Bildpaare selbst beurteilt",
    },
}  # fmt: skip
# Of everything that can be seen: what is wider than its own box, and what reaches out of the window.
OVERFLOWING = """() => {
  const kinds = "button, a, h1, h2, label, th, p, .tool-name, .choice-word, .step-name";
  const seen = (one) => one.checkVisibility() && !one.closest(".unseen, .skip, dialog:not([open])");
  const isCut = (one) => getComputedStyle(one).display !== "inline" && one.scrollWidth > one.clientWidth + 1;
  const isOutside = (one) => {
    const room = one.parentElement.closest("aside, form, .card, header") ?? document.body;
    const [box, place] = [one, room].map((each) => each.getBoundingClientRect());
    return box.right > place.right + 1 || box.left < place.left - 1;
  };
  const found = [...document.querySelectorAll(kinds)].filter(seen).filter((one) => isCut(one) || isOutside(one));
  return found.map((one) => one.outerHTML.slice(0, 120));
}"""
# By how many pixels the page, and the panel in it, are higher than there is room.
SCROLLS_BY = """() => [document.documentElement, document.querySelector(".panel")]
  .map((one) => one.scrollHeight - one.clientHeight)"""

# In how many lines the tools over the images stand.
LINES_OF_TOOLS = """() => new Set([...document.querySelectorAll(".bar button")]
  .filter((one) => one.checkVisibility())
  .map((one) => Math.round(one.getBoundingClientRect().top / 8))).size"""


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        yield running


@pytest.fixture(scope="module")
def made(stack):
    asked = "title='Raum', image_sets=2, read=4, everything=True"  # all that a protocol can put on the station
    stack.manage("shell", "-c", f"from tests.browser.flow_study import make; make({asked})")


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


def picture(page: Page, name: str) -> None:
    """Where somebody wants to look: READERSTUDY_TEST_SHOTS names a folder."""
    for width, height in SIZES if SHOTS else ():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"german-{name}-{width}.png"))
    page.set_viewport_size({"width": 1366, "height": 768})


def has_room(page: Page, *, whole: bool = False) -> None:
    """No word is cut or reaches out of the window; `whole`: nothing scrolls either."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOWING) == [], (width, page.url)
        if whole:
            assert page.evaluate(SCROLLS_BY) == [0, 0], width
            assert page.evaluate(LINES_OF_TOOLS) <= (1 if width > 2000 else 2), width
    page.set_viewport_size({"width": 1366, "height": 768})


def sign_in(people: People, language: str, name: str) -> Page:
    words = WORDS[language]
    page = people.arrive("/sign-in/")
    if language == "de":
        page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name=words["sign in"])).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en-gb", "de": "de"}[language])
    page.get_by_label(words["name"]).fill(name)
    page.get_by_label(words["password"]).fill(PASSWORD)
    page.get_by_role("button", name=words["sign in"]).click()
    expect(page.get_by_role("heading", name=words["studies"])).to_be_visible()
    return page


def score(page: Page, language: str) -> dict[str, object]:
    """Answer everything by the keyboard; returns what the server has."""
    words = WORDS[language]
    expect(page.locator("[data-part=position]")).to_have_text(words["position"], timeout=ARRIVES_MS)
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled(timeout=ARRIVES_MS)
    for key in KEYS:
        page.keyboard.press(key)
    page.keyboard.type(COMMENT)
    page.keyboard.press("Enter")
    expect(page.locator("[data-part=receipt]")).to_contain_text(words["saved"])
    for _ in range(50):
        answers = page.request.get(f"{page.url}state/").json()["answers"]
        if answers.get("comment:loss_anatomy:left") == COMMENT and len(answers) == 12:
            return answers
        page.wait_for_timeout(100)
    return answers


def read_and_sign(people: People, stack: object, language: str) -> dict[str, object]:
    """The last pair of a study, the list and the signature; returns the answers that the server has."""
    words, title = WORDS[language], {"en": "English", "de": "Deutsch"}[language]
    made = f"make(title={title!r}, image_sets=1, read=2)"
    stack.manage("shell", "-c", f"from tests.browser.flow_study import make; {made}")
    page = sign_in(people, language, f"{title.lower()}-reader")
    page.goto("/read/")
    page.get_by_role("link", name=words["go on"]).click()
    answers = score(page, language)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=words["answers"])).to_be_visible(timeout=ARRIVES_MS)
    expect(page.locator("#meaning")).to_contain_text(words["meaning"])
    page.get_by_label(words["again"]).fill(PASSWORD)
    page.get_by_role("button", name=words["sign"]).click()
    expect(page.get_by_role("heading", name=words["signed"], exact=True)).to_be_visible(timeout=ARRIVES_MS)
    expect(page.locator(".facts")).to_contain_text(words["meaning"])
    return answers


class TestWholePair:
    def test_german_and_english_readers_leave_the_same_data(self, people, stack):
        german = read_and_sign(people, stack, "de")
        english = read_and_sign(people, stack, "en")

        assert german == english
        assert german["feature:snr"] == 2
        assert german["diagnostic:right"] == 0
        assert german["comment:loss_anatomy:left"] == COMMENT
        for slug in ("deutsch", "english"):
            stack.manage("verify_study", slug)
        assert people.complaints == []


class TestGermanPages:
    def test_every_page_of_a_reader_has_room_for_its_words(self, people, made):
        page = people.arrive("/sign-in/")
        page.get_by_role("button", name="Deutsch").click()
        has_room(page)
        picture(page, "sign-in")
        page.get_by_label("Anmeldename").fill("raum-reader")
        page.get_by_label("Passwort").fill("falsch")
        page.get_by_role("button", name="Anmelden").click()
        expect(page.get_by_text("Name und Passwort passen nicht zusammen")).to_be_visible()
        page.get_by_label("Passwort").fill(PASSWORD)
        page.get_by_role("button", name="Anmelden").click()
        for path, heading in {
            "/": "Meine Studien", "/read/": "Meine Arbeitsliste", "/read/raum/review/": "Meine Angaben",
            "/password/": "Passwort ändern", "/studies/raum/display-check/": "Bildschirmprüfung",
            "/studies/raum/guesses/": "Jetzt nicht", "/nowhere/": "Nicht gefunden",
            "/account/": "Ihr Konto", "/account/second-factor/": "Zweiter Faktor",
        }.items():  # fmt: skip
            page.goto(path)
            expect(page.get_by_role("heading", name=heading).first).to_be_visible()
            has_room(page)
            picture(page, re.sub(r"\W+", "-", path).strip("-") or "home")
        page.goto("/")
        page.locator(".menu summary").click()
        expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
        picture(page, "menu")
        # The browser says of pages that are refused or missing that they failed to load.
        assert [one for one in people.complaints if "Failed to load resource" not in one] == []

    def test_the_station_shows_all_of_it_without_scrolling_and_loads_no_english_words(self, people, made):
        page = sign_in(people, "de", "raum-reader")
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        page.goto("/read/")
        page.get_by_role("link", name="Weiter mit Bildpaar 5").click()
        expect(page.locator("[data-rows=feature] input").first).to_be_enabled(timeout=ARRIVES_MS)

        for name in ("Subjektives SNR", "Abgrenzung des Myelons", "Facetten- und Bandpathologie"):
            expect(page.get_by_role("radiogroup", name=name)).to_be_visible()
        expect(page.locator(".scale span")).to_have_text(
            ["Links ausgeprägt besser", "Links leicht besser", "Kein Unterschied", "Rechts leicht besser",
             "Rechts deutlich besser"]
        )  # fmt: skip
        expect(page.locator("[data-part=summary]")).to_have_text("Noch 11 Angaben offen")
        has_room(page, whole=True)
        picture(page, "station")
        for key in "24333333":
            page.keyboard.press(key)
        page.keyboard.press("c")
        page.keyboard.press("1")
        expect(page.get_by_role("checkbox", name="1: Links: Verlust von Anatomie")).to_be_checked()
        has_room(page)
        picture(page, "station-findings")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Genauer hinsehen")).to_be_visible()
        expect(page.locator("[data-key-of=cine]")).to_have_text("Leertaste")
        picture(page, "shortcuts")
        words = [url for url in loaded if re.search(r"/(texts|words|shortcutwords)\.(en|de)\b", url)]
        assert len(words) >= 2
        assert [url for url in words if ".en." in url] == []
        assert people.complaints == []

    def test_the_display_check_is_answered_by_j_and_n(self, people, made):
        page = sign_in(people, "de", "raum-reader")
        page.goto("/studies/raum/display-check/")

        for key in "jnjj":
            page.keyboard.press(key)

        expect(page.locator("[data-question=dark_patch] input[value=yes]")).to_be_checked()
        expect(page.locator("[data-question=bright_patch] input[value=no]")).to_be_checked()
        expect(page.get_by_text("Dieser Bildschirm hat")).to_be_visible()
        picture(page, "display-check-answered")
        assert people.complaints == []
