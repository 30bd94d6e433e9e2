"""All roles play a whole study in a real browser on the real stack; it ends with the statistician's files."""

import csv
import io
import os
import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from enhancement.core.noise import acquire
from enhancement.core.phantom import default_sequence, make_spine_phantom, render
from enhancement.core.scan_protocols import scan_protocol
from enhancement.core.scanner import SCANNERS, AcquisitionHeader, FakePerson, new_uid, to_dicom
from tests.browser.conftest import People
from tests.real_stack import running_stack

PASSWORD = "a long enough sentence"
PARTICIPANTS = 2
SECOND = 1000


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        running.add_administrator("coordinator", PASSWORD)
        yield running


@pytest.fixture
def people(chromium, stack):
    shots = os.environ.get("READERSTUDY_TEST_SHOTS")
    people = People(chromium, stack.address, Path(shots) if shots else None)
    yield people
    people.leave()


def write_series(folder: Path, number: int, *, accelerated: bool) -> list[Path]:
    """A small sagittal series of a made-up patient, whose name must never be seen again."""
    rng = np.random.default_rng([number, accelerated])
    scanner = SCANNERS[0]
    # a spine: of waves without any edge the guard would hold the enhanced series
    phantom = make_spine_phantom(
        region="lumbar", plane="sagittal", rng=np.random.default_rng(number), matrix=(128, 128), slices=6
    )
    clean = render(phantom, sequence=default_sequence("T2", field_t=1.5))
    header = AcquisitionHeader(
        person=FakePerson(f"SECRETNAME^PATIENT{number}", f"SECRETID{number}", date(1960, 2, 3), "F", 70.0),
        scanner=scanner,
        protocol=scan_protocol("T2", "sagittal", field_t=scanner.field_t),
        accelerated=accelerated,
        region="lumbar",
        origins_mm=np.array([[4.0 * z, 0, 0] for z in range(6)]),
        cosines=(0, 1, 0, 0, 0, -1),
        spacing_mm=(4.0, 0.8, 0.8),
        study_uid=f"2.25.{number + 1}",
        frame_of_reference_uid=new_uid(rng),
        series_number=3 if accelerated else 2,
        started_at=datetime(2021, 5, 4, 9, 30 if accelerated else 10),
    )
    values = acquire(clean, rng=rng, snr=15.0, averages=1 if accelerated else 2)
    paths = []
    for index, dataset in enumerate(to_dicom(values, header=header, rng=rng)):
        paths.append(folder / f"{number}-{'fast' if accelerated else 'soc'}-{index:02d}.dcm")
        dataset.save_as(paths[-1], enforce_file_format=True)
    return paths


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("Sign-in name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def confirm(page: Page) -> None:
    page.locator("dialog[open] button[value=yes]").click()


def open_study(page: Page) -> str:
    """A coordinator opens a study and gives it its details; returns its address."""
    sign_in(page, "coordinator")
    page.get_by_role("link", name="Open a new study").first.click()
    page.get_by_label("Title").fill("Spine at half the time")
    page.get_by_role("button", name="Open the study").click()
    page.get_by_text("Edit the details").click()
    page.get_by_label("Sponsor").fill("The hospital itself")
    page.get_by_label("Ethics approval").fill("EC 2026/17")
    page.get_by_role("button", name="Save the details").click()
    expect(page.get_by_text("Saved: details")).to_be_visible()
    return page.url.split("/protocol")[0] + "/"


def upload_images(page: Page, study: str, folder: Path) -> None:
    page.goto(f"{study}cases/")
    files = [
        path
        for number in range(PARTICIPANTS)
        for accelerated in (False, True)
        for path in write_series(folder, number, accelerated=accelerated)
    ]
    notes = folder / "notes.txt"
    notes.write_text("not an image")
    page.locator("input[data-choose]").last.set_input_files([*files, notes])
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("notes.txt").first).to_be_visible(timeout=60 * SECOND)
    # The worker parses, enhances and prepares; the board refreshes itself.
    expect(page.get_by_text("Ready", exact=True)).to_have_count(PARTICIPANTS, timeout=180 * SECOND)


def invite(page: Page, study: str, email: str, role: str) -> str:
    page.goto(f"{study}readers/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Role").select_option(label=role)
    page.get_by_role("button", name="Invite").click()
    row = page.locator(".invitations li", has_text=email)
    return row.locator("input[readonly]").input_value()


def join(page: Page, username: str) -> None:
    page.get_by_label("Your name").fill(username.capitalize())
    page.get_by_label("Sign-in name").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account and join").click()


def act_with_reason(page: Page, address: str, button: str, reason: str) -> None:
    page.goto(address)
    page.get_by_label("Why now?").fill(reason)
    page.get_by_role("button", name=button).click()
    confirm(page)
    expect(page.locator(".message.success")).to_be_visible()


def wait_until_saved(page: Page) -> None:
    expect(page.locator("[data-part=receipt]")).to_contain_text("Saved", ignore_case=True)


def wait_for_pair(page: Page, position: int) -> None:
    """The pair is on the screen and its answers have come from the server."""
    expect(page.locator("[data-part=position]")).to_contain_text(f"Pair {position} ")
    expect(page.locator("[data-rows=feature] input").first).to_be_enabled()


def read_pair_by_keyboard(page: Page, position: int, choice: str) -> None:
    """Eight features, diagnostic quality of both sides, finish: no mouse."""
    wait_for_pair(page, position)
    for _ in range(8):
        page.keyboard.press(choice)
    page.keyboard.press("y")
    page.keyboard.press("y")
    wait_until_saved(page)
    page.keyboard.press("Enter")


def read_all_pairs(page: Page) -> None:
    page.goto("/read/")
    page.locator("a.button.go").click()
    read_pair_by_keyboard(page, 1, "2")
    wait_for_pair(page, 2)
    # A reload in the middle of a pair loses nothing.
    page.keyboard.press("4")
    wait_until_saved(page)
    page.reload()
    expect(page.locator("input[type=radio][value='4']:checked")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    for position in range(2, 3 * PARTICIPANTS + 1):
        read_pair_by_keyboard(page, position, "2" if position % 2 else "4")
    expect(page).to_have_url(re.compile(r"/review/$"), timeout=20 * SECOND)


def ask_two_to_lock(page: Page, study: str) -> None:
    page.goto(f"{study}protocol/#closing")
    page.get_by_text("Edit locking and unblinding").click()
    page.get_by_label("Who locks the study").select_option(label="two persons, who both sign")
    page.get_by_role("button", name="Save locking and unblinding").click()
    expect(page.get_by_text("Saved: closing")).to_be_visible()


def lock_by_two(first: Page, second: Page, study: str) -> None:
    first.goto(f"{study}close/")
    first.get_by_label("Why now?").fill("all pairs are read")
    first.get_by_label("Your name").fill("Ada Example")
    first.get_by_label("Your password again").fill(PASSWORD)
    first.get_by_role("button", name="Sign and ask").click()
    expect(first.get_by_text("You have signed.")).to_be_visible()

    second.goto(study)
    second.get_by_role("link", name="Look and sign").click()
    expect(second.get_by_text("Ada Example")).to_be_visible()
    second.get_by_label("Your password again").fill(PASSWORD)
    second.get_by_role("button", name="Sign and lock").click()
    confirm(second)
    expect(second.get_by_text("The study is locked: no score")).to_be_visible()


class TestWholeStudy:
    def test_from_the_scanner_to_the_statisticians_files(self, people, tmp_path):
        coordinator = people.arrive()
        study = open_study(coordinator)
        upload_images(coordinator, study, tmp_path)
        assert "SECRET" not in coordinator.content()
        links = {
            "reader": invite(coordinator, study, "reader@example.org", "Reader"),
            "second": invite(coordinator, study, "second@example.org", "Reader"),
            "statistician": invite(coordinator, study, "statistician@example.org", "Statistician"),
            "deputy": invite(coordinator, study, "deputy@example.org", "Coordinator"),
        }
        desks = {name: people.arrive(link) for name, link in links.items()}
        for name, desk in desks.items():
            join(desk, name)
        ask_two_to_lock(coordinator, study)
        act_with_reason(coordinator, f"{study}allocation/", "Seal", "all images are checked")
        expect(coordinator.get_by_text("Sealed and balanced")).to_be_visible()

        for name in ("reader", "second"):
            read_all_pairs(desks[name])

        lock_by_two(coordinator, desks["deputy"], study)
        act_with_reason(coordinator, f"{study}close/", "Unblind the study", "the analysis begins")
        statistician = desks["statistician"]
        statistician.goto(f"{study}results/")
        expect(statistician.get_by_role("heading", name="Preferences, feature by feature")).to_be_visible(
            timeout=120 * SECOND
        )
        statistician.get_by_role("link", name="Tables 1–4").click()
        expect(statistician.get_by_role("heading", name="Table 2")).to_be_visible()
        self.check_files(statistician)
        assert people.complaints == []

    def check_files(self, page: Page) -> None:
        with page.expect_download() as download:
            page.get_by_role("link", name="Download everything").click()
        with zipfile.ZipFile(download.value.path()) as bundle:
            scores = list(csv.DictReader(io.StringIO(bundle.read("scores.csv").decode())))
            everything = b"".join(bundle.read(name) for name in bundle.namelist())
        assert len(scores) == 2 * PARTICIPANTS * 3 * 8
        assert {row["raw_score"] for row in scores} == {"2", "4"}
        assert {row["left_arm"] for row in scores} | {row["right_arm"] for row in scores} == {"SOC", "FAST", "FASTDL"}
        assert b"SECRET" not in everything
