"""Where the camera goes: people at work in a browser, with a picture wherever a page looks different.

`shot(VIEW, PICTURE)`: VIEW is the name in urls.py, so that tests/guards/test_docs.py finds a page without a picture.
"""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, expect

from benchmarks.browserless import SimulatedReader, Visitor
from enhancement.core.case_mix import case_mix
from enhancement.core.simulated_case import Size, simulate_case

# The pictures that the documents show.
CHOSEN = {
    "overview-reading", "cases-board", "upload-report", "protocol", "readers", "allocation-ready", "monitor",
    "close-reading", "worklist", "denoiser", "denoiser-review", "station-answered", "station-findings",
    "station-correcting", "results-table-2",
    "people", "figure", "display-check",
}  # fmt: skip
SECOND = 1000
DRAFT = "/studies/lumbar-spine-at-half-the-time/"
PASSWORD = "a sentence for pictures"  # noqa: S105 (of an installation that is removed at the end)
ANSWERS = "23323334"


@dataclass
class Desk:
    """One person in front of a browser of their own."""

    page: Page
    take: Callable[[Page, str], None]

    def shot(self, view: str, picture: str) -> None:
        """`view` is for the reader and for the guard test; the picture is of what stands on the screen."""
        self.take(self.page, picture)

    def visit(self, path: str, view: str, picture: str) -> None:
        self.page.goto(path)
        self.page.wait_for_load_state("networkidle")
        self.shot(view, picture)


@dataclass(frozen=True)
class Tour:
    browser: Browser
    address: str
    passwords: dict[str, str]
    take: Callable[[Page, str], None]

    def desk(self) -> Desk:
        context = self.browser.new_context(viewport={"width": 1366, "height": 768}, base_url=self.address)
        page = context.new_page()
        page.set_default_timeout(60 * SECOND)
        return Desk(page, self.take)

    def desk_of(self, username: str) -> Desk:
        desk = self.desk()
        sign_in(desk.page, username, self.passwords[username])
        return desk


def take_tour(tour: Tour) -> None:
    see_the_door(tour)
    coordinator = tour.desk_of("demo-coordinator")
    with tempfile.TemporaryDirectory() as folder:
        prepare_a_study(coordinator, write_scans(Path(folder)))
    join_by_link(tour.desk(), invite(coordinator))
    coordinator.visit(f"{DRAFT}plan/", "plan", "plan-draft")
    plan_the_size(coordinator)
    coordinator.visit(f"{DRAFT}allocation/", "allocation", "allocation-ready")
    see_reading(tour)
    watch(coordinator)
    see_training(coordinator, tour.desk())
    close(coordinator, tour.desk_of("demo-reader-1"))
    see_results(tour.desk_of("closed-statistician"))
    see_the_account(tour.desk_of("closed-reader-1"), tour.passwords["closed-reader-1"], tour.desk())
    administer(tour.desk_of("closed-administrator"), tour.desk())


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Sign-in name").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def write_scans(folder: Path) -> list[Path]:
    """Two complete image sets, one without its accelerated scan, a broken file and one that is no image."""
    for case in case_mix(9)[6:9]:
        for arm, datasets in simulate_case(case, seed=5, size=Size(matrix=256, slices=9)).items():
            if arm != "SOC" and case.number == 9:
                continue
            for index, dataset in enumerate(datasets, start=1):
                dataset.save_as(folder / f"{case.number}-{arm}-{index:02d}.dcm", enforce_file_format=True)
    whole = next(folder.glob("7-SOC-*.dcm")).read_bytes()
    (folder / "torn.dcm").write_bytes(whole[: len(whole) // 2])
    (folder / "protocol.pdf").write_bytes(b"%PDF-1.7\n")
    return sorted(folder.iterdir())


def see_the_door(tour: Tour) -> None:
    visitor = tour.desk()
    visitor.visit("/sign-in/", "sign_in", "sign-in")
    visitor.page.get_by_label("Sign-in name").fill("nobody")
    visitor.page.get_by_label("Password").fill("wrong")
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.shot("sign_in", "sign-in-refused")
    outsider = tour.desk_of("closed-reader-1")
    outsider.visit("/studies/demo/", "overview", "not-found")


def prepare_a_study(coordinator: Desk, scans: list[Path]) -> None:
    """A study in DRAFT, from nothing to complete cases."""
    page = coordinator.page
    coordinator.visit("/studies/new/", "new_study", "new-study")
    page.get_by_label("Title").fill("Lumbar spine at half the time")
    page.get_by_role("button", name="Open the study").click()
    coordinator.shot("protocol", "protocol")
    page.get_by_text("Edit the details").click()
    page.get_by_label("Sponsor").fill("Example Hospital")
    coordinator.shot("protocol", "protocol-edit")
    page.get_by_role("button", name="Save the details").click()
    study = page.url.split("/protocol")[0]
    coordinator.visit(f"{study}/", "overview", "overview-new")
    coordinator.visit(f"{study}/allocation/", "allocation", "allocation-not-ready")
    coordinator.visit(f"{study}/cases/", "cases", "cases-empty")
    page.locator("input[data-choose]").last.set_input_files(scans)
    coordinator.shot("cases", "cases-chosen")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("torn.dcm").first).to_be_visible(timeout=60 * SECOND)
    coordinator.shot("cases", "cases-working")
    expect(page.get_by_text("Ready", exact=True)).to_have_count(2, timeout=180 * SECOND)
    coordinator.visit(f"{study}/cases/", "cases", "cases-ready")
    expect(page.get_by_text("The worker is busy")).to_have_count(0, timeout=60 * SECOND)
    show(page, "Series without a place")
    coordinator.shot("cases", "cases-board")
    see_one_series(coordinator, study)
    see_sending(coordinator, study)
    see_the_denoiser(coordinator, study)
    coordinator.visit(f"{study}/", "overview", "overview-draft")


def see_sending(coordinator: Desk, study: str) -> None:
    """A study gets an AE title and a token, by which scanners and archives send; and where archives are searched."""
    page = coordinator.page
    coordinator.visit(f"{study}/sending/", "sending", "sending-new")
    page.get_by_label("AE title", exact=True).fill("LUMBAR")
    page.get_by_role("button", name="Make the AE title").click()
    page.get_by_label("What sends with it").fill("Archive of site 2")
    page.get_by_role("button", name="Make the token").click()
    coordinator.shot("sending", "sending")
    coordinator.visit(f"{study}/fetch/", "fetching", "fetch")


def see_the_denoiser(coordinator: Desk, study: str) -> None:
    coordinator.visit(f"{study}/denoiser/", "denoiser", "denoiser")
    coordinator.page.get_by_role("link", name="Look").first.click()
    coordinator.page.wait_for_load_state("networkidle")
    coordinator.shot("review", "denoiser-review")


def see_one_series(coordinator: Desk, study: str) -> None:
    page = coordinator.page
    series = page.locator("a.thumb").first.get_attribute("href")
    report = page.locator("a[href*='/uploads/']").first.get_attribute("href")
    page.get_by_role("button", name="Correct").first.click()
    coordinator.shot("cases", "cases-correct")
    page.keyboard.press("Escape")
    coordinator.visit(series or "", "series", "series")
    coordinator.visit(report or "", "upload_report", "upload-report")
    page.get_by_role("button", name="Erase the names").click()
    coordinator.shot("upload_report", "dialog-erase")


def invite(coordinator: Desk) -> str:
    """Invite two people; returns the first one's link."""
    page = coordinator.page
    for email, role in (("first@example.org", "Reader"), ("second@example.org", "Reader")):
        page.goto(f"{DRAFT}readers/")
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Role").select_option(label=role)
        page.get_by_role("button", name="Invite").click()
    coordinator.shot("readers", "readers")
    row = page.locator(".invitations li", has_text="first@example.org")
    return row.locator("input[readonly]").input_value()


def join_by_link(desk: Desk, link: str) -> None:
    desk.visit(link, "accept_invitation", "accept-invitation")
    page = desk.page
    page.get_by_label("Your name").fill("Ada Example")
    page.get_by_label("Sign-in name").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill("another sentence")
    page.get_by_role("button", name="Make the account and join").click()
    desk.shot("accept_invitation", "accept-invitation-refused")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account and join").click()
    desk.shot("home", "home-new-reader")
    desk.visit("/read/", "worklist", "worklist-waiting")


def plan_the_size(coordinator: Desk) -> None:
    """A power simulation from the form to its plot."""
    page = coordinator.page
    coordinator.visit(f"{DRAFT}plan/power/", "power", "power")
    page.get_by_label("Simulated studies").fill("400")
    page.get_by_role("button", name="Simulate").click()
    coordinator.shot("power_run", "power-working")
    expect(page.get_by_role("heading", name="Power of this design")).to_be_visible(timeout=180 * SECOND)
    page.wait_for_load_state("networkidle")
    coordinator.shot("power_run", "power-run")


def see_reading(tour: Tour) -> None:
    """Reader 1 reads some pairs by keyboard; reader 2 reads them all without a browser."""
    reader = tour.desk_of("demo-reader-1")
    page = reader.page
    reader.visit("/", "home", "home-reader")
    reader.visit("/read/", "worklist", "worklist-new")
    reader.visit("/studies/demo/display-check/", "display_check", "display-check")
    page.goto("/read/")
    page.locator("a.button.go").click()
    wait_for_pair(page, 1)
    reader.shot("station", "station-new")
    press(page, *ANSWERS[:5])
    reader.shot("station", "station-answered")
    press(page, *ANSWERS[5:], "y", "y", "c", "2", "ArrowDown", "3", "Shift+C")
    page.keyboard.type("root of L5 not seen")
    press(page, "Enter", "Shift+P", "Shift+P")
    expect(page.locator("svg .pin")).to_have_count(1)
    reader.shot("station", "station-findings")
    press(page, "c")
    reader.shot("station", "station-complete")
    press(page, "?")
    reader.shot("station", "station-shortcuts")
    press(page, "Escape")
    page.locator("[data-pane=left]").focus()  # the keys' last place was a button of the finding
    press(page, "Enter")
    for position in (2, 3, 4):
        wait_for_pair(page, position)
        press(page, *ANSWERS, "y", "y", "Enter")
    wait_for_pair(page, 5)
    press(page, "4", "4")
    # What is on its way would arrive all the same, but the picture should show it.
    expect(page.locator("[data-part=receipt]")).to_contain_text("Saved")
    reader.visit("/read/", "worklist", "worklist")
    reader.visit("/read/demo/review/", "reading_review", "review-to-do")
    page.goto("/read/")
    correct_a_pair(reader)
    second = Visitor(tour.address).sign_in("demo-reader-2", tour.passwords["demo-reader-2"])
    SimulatedReader(second, seed=2).read_all()
    done = tour.desk_of("demo-reader-2")
    done.visit("/read/", "worklist", "worklist-done")
    # The demo's protocol does not ask it; the page then says when it would.
    done.visit("/studies/demo/guesses/", "guesses", "guesses-not-asked")
    done.visit("/read/demo/review/", "reading_review", "review-sign")
    done.page.get_by_label("Your password again").fill("not the password")
    done.page.locator("form.sign button").click()
    done.shot("reading_review", "review-refused")
    done.page.get_by_label("Your password again").fill(tour.passwords["demo-reader-2"])
    done.page.locator("form.sign button").click()
    done.shot("reading_review", "review-signed")


def correct_a_pair(reader: Desk) -> None:
    page = reader.page
    page.locator(".pairs a").first.click()
    wait_for_pair(page, 1)
    press(page, "ArrowUp", "ArrowUp", "ArrowUp", "1")  # the last feature; 1 is none of ANSWERS
    expect(page.locator("[data-reason-dialog]")).to_be_visible()
    reader.shot("station", "station-correcting")
    press(page, "Escape")


def wait_for_pair(page: Page, position: int) -> None:
    expect(page.locator("[data-part=position]")).to_contain_text(f"Pair {position} ")
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
    page.wait_for_load_state("networkidle")


def show(page: Page, heading: str) -> None:
    """Scroll a part of the page to the top of the window."""
    page.get_by_role("heading", name=heading).evaluate("heading => heading.parentElement.scrollIntoView()")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def see_training(coordinator: Desk, reader: Desk) -> None:
    """The draft gets a training, is sealed, and its reader trains."""
    page = coordinator.page
    page.goto(f"{DRAFT}cases/")
    page.get_by_role("button", name="Use for training").first.click()
    coordinator.shot("cases", "cases-training")
    page.goto(f"{DRAFT}protocol/")
    page.get_by_text("Edit sessions and repeats").click()
    page.get_by_label("Training pairs").fill("2")
    page.get_by_role("button", name="Save sessions and repeats").click()
    page.goto(f"{DRAFT}allocation/")
    coordinator.shot("allocation", "allocation-training")
    page.get_by_label("Why now?").fill("everything is in place")
    page.get_by_role("button", name="Seal the allocation").click()
    page.locator("dialog[open] button[value=yes]").click()
    expect(page.locator(".message.success")).to_be_visible()
    sign_in(reader.page, "ada", PASSWORD)
    train(reader)
    coordinator.visit(f"{DRAFT}readers/", "readers", "readers-training")


def train(reader: Desk) -> None:
    page = reader.page
    reader.visit("/read/", "worklist", "worklist-training")
    page.locator("a.button.go").click()
    reader.shot("training", "training-begin")
    page.get_by_role("button", name="Begin the training").click()
    wait_for_pair(page, 1)
    press(page, "Home", "b", "+", "r", *ANSWERS[:3])
    reader.shot("station", "station-training")
    press(page, *ANSWERS[3:], "y", "y", "Enter")
    wait_for_pair(page, 2)
    press(page, *ANSWERS, "y", "y", "Enter")
    expect(page.get_by_role("heading", name="Training complete")).to_be_visible()
    reader.shot("training", "training-complete")


def watch(coordinator: Desk) -> None:
    """The coordinator's pages while the study is read."""
    coordinator.visit("/", "home", "home")
    coordinator.visit("/studies/demo/", "overview", "overview-reading")
    coordinator.visit("/studies/demo/protocol/", "protocol", "protocol-frozen")
    coordinator.visit("/studies/demo/cases/", "cases", "cases-frozen")
    coordinator.visit("/studies/demo/readers/", "readers", "readers-reading")
    coordinator.visit("/studies/demo/allocation/", "allocation", "allocation")
    coordinator.visit("/studies/demo/plan/", "plan", "plan-sealed")
    coordinator.visit("/studies/demo/monitor/", "monitor", "monitor")
    coordinator.visit("/studies/demo/monitor/checks/", "conduct_checks", "conduct-checks")
    coordinator.visit("/studies/demo/results/", "results", "results-blinded")
    coordinator.visit("/studies/demo/audit/", "audit_trail", "audit-trail")


def close(coordinator: Desk, reader: Desk) -> None:
    page = coordinator.page
    reader.page.goto("/read/")
    first_pair = reader.page.locator(".pairs a").first.get_attribute("href") or ""
    coordinator.visit("/studies/demo/close/", "close", "close-reading")
    page.get_by_label("Why now?").fill("the deadline has come")
    page.get_by_role("button", name="Lock the study").click()
    coordinator.shot("close", "dialog-lock")
    page.locator("dialog[open] button[value=yes]").click()
    expect(page.locator(".message.success")).to_be_visible()
    coordinator.shot("close", "close-locked")
    reader.visit("/read/", "worklist", "worklist-closed")
    reader.visit(first_pair, "station", "station-closed")


def see_results(statistician: Desk) -> None:
    statistician.visit("/", "home", "home-statistician")
    statistician.visit("/studies/closed/", "overview", "overview-unblinded")
    see_sections(statistician)
    amend_the_plan(statistician)
    make_a_token(statistician)
    see_figures(statistician)
    statistician.visit("/studies/closed/close/", "close", "close-unblinded")
    statistician.visit("/studies/closed/audit/", "audit_trail", "audit-trail-unblinded")


def see_sections(statistician: Desk) -> None:
    """Every section of the results, once its figures are drawn."""
    page = statistician.page
    page.goto("/studies/closed/results/")
    expect(page.locator("img[src*='win_tie_loss']")).to_be_visible(timeout=180 * SECOND)
    load_figures(page)
    statistician.shot("results", "results")
    for code in ("subgroups", "agreement", "conduct", "consistency", "images", "transitivity", "blinding"):
        page.goto(f"/studies/closed/results/{code}/")
        load_figures(page)
        statistician.take(page, f"results-{code}")
    page.goto("/studies/closed/results/paper/")
    statistician.shot("results_section", "results-paper")
    show(page, "Table 2")
    statistician.shot("results_section", "results-table-2")


def load_figures(page: Page) -> None:
    """Figures load as they are scrolled to; a picture of the whole page needs them all."""
    page.locator("main img").evaluate_all("images => images.forEach((image) => (image.loading = 'eager'))")
    page.wait_for_load_state("networkidle")


def amend_the_plan(statistician: Desk) -> None:
    """A post hoc version of the plan, and its results."""
    page = statistician.page
    statistician.visit("/studies/closed/plan/versions/new/", "new_plan_version", "plan-new-version")
    page.get_by_label("Level α").fill("0.01")
    page.get_by_label("Why the plan is departed from").fill("A reviewer asked for a stricter level.")
    page.get_by_role("button", name="Add the version").click()
    page.locator("dialog[open] button[value=yes]").click()
    page.get_by_role("button", name="Compute the results by this version").click()
    expect(page.get_by_role("heading", name="Table 2, post hoc")).to_be_visible(timeout=120 * SECOND)
    statistician.shot("plan_version", "plan-version")
    statistician.visit("/studies/closed/plan/", "plan", "plan-with-versions")


def make_a_token(statistician: Desk) -> None:
    page = statistician.page
    statistician.visit("/studies/closed/api/", "api_access", "api-empty")
    page.get_by_label("What it is for").fill("Mixed models in R")
    page.get_by_role("button", name="Make the token").click()
    statistician.shot("api_access", "api-token")


def see_figures(statistician: Desk) -> None:
    page = statistician.page
    statistician.visit("/studies/closed/results/images/series/", "image_metrics", "image-metrics")
    statistician.visit("/studies/closed/results/figures/", "figures", "figures-none")
    page.get_by_label("Title").fill("Fig. 1 Consistency across datasets")
    page.get_by_role("button", name="Begin").click()
    wait_for_figure(page)
    page.locator("[data-part=image]").click()
    page.get_by_role("button", name="Add a row").click()
    wait_for_figure(page)
    statistician.shot("figure", "figure")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-part=state]")).to_have_text("Saved")
    statistician.visit("/studies/closed/results/figures/", "figures", "figures")


def wait_for_figure(page: Page) -> None:
    expect(page.locator("[data-part=image]")).to_have_attribute("src", re.compile("^data:image/png"))
    page.wait_for_timeout(SECOND)
    expect(page.locator("[data-part=preview]")).to_have_attribute("aria-busy", "false")


def administer(administrator: Desk, visitor: Desk) -> None:
    page = administrator.page
    administrator.visit("/", "home", "home-administrator")
    administrator.visit("/people/", "people", "people")
    administrator.visit("/people/audit/", "installation_audit", "installation-audit")
    page.goto("/people/")
    page.get_by_role("button", name="Password link for Ada").click()
    administrator.shot("people", "people-password-link")
    told = page.locator(".message.success").inner_text()
    administrator.visit("/people/status/", "installation_status", "installation-status")
    administrator.visit("/receiver/", "receiver", "receiver")
    visitor.visit(told.split()[-1], "password_reset", "password-reset")
    administrator.visit("/password/", "password", "password")
    administrator.visit("/password/changed/", "password_changed", "password-changed")


def see_the_account(reader: Desk, password: str, again: Desk) -> None:
    """A second factor from the set-up to a sign-in with it, and the list of sessions."""
    page = reader.page
    reader.visit("/account/", "account", "account")
    reader.visit("/account/second-factor/", "second_factor", "second-factor-off")
    page.get_by_label("Your password again").fill(password)
    page.get_by_role("button", name="Begin").click()
    reader.shot("second_factor", "second-factor-scan")
    page.get_by_label("The six digits").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    reader.shot("confirm_second_factor", "second-factor-refused")
    page.get_by_label("The six digits").fill(pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", "")).now())
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    reader.shot("confirm_second_factor", "recovery-codes")
    code = page.locator(".recovery-codes li").first.inner_text()
    reader.visit("/account/second-factor/", "second_factor", "second-factor-on")
    page.locator("form[action$='codes/']").get_by_label("Your password again").fill("wrong")
    page.get_by_role("button", name="Make new recovery codes").click()
    reader.shot("renew_recovery_codes", "recovery-codes-refused")
    again.page.goto("/sign-in/")
    again.page.get_by_label("Sign-in name").fill("closed-reader-1")
    again.page.get_by_label("Password").fill(password)
    again.page.get_by_role("button", name="Sign in").click()
    again.shot("sign_in_code", "sign-in-code")
    again.page.get_by_label("Code").fill(code)
    again.page.get_by_role("button", name="Sign in").click()
    reader.visit("/account/", "account", "account-sessions")
