"""A coordinator lets a scanner send, and watches it arrive without a reload; a stranger's attempt is listed."""

import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.cast import PASSWORD
from tests.flow.archives import archived_files, dcmqrscp, store
from tests.flow.network import missing, settings_of, wait_for, write_files
from tests.readerstudy.services.sending import sagittal_series
from tests.real_stack import free_port, running_stack

PROGRAMS = ("storescu", "echoscu", "dcmqrscp")
pytestmark = pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS))
MAKE = "from tests.cast import make_cast; make_cast()"


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def stack(port, tmp_path_factory):
    """The product, and an archive that it may search."""
    with dcmqrscp(tmp_path_factory.mktemp("archive")) as archive:
        store(archive, "ARCHIVE", tmp_path_factory.mktemp("files"), archived_files(51))
        known = {"READERSTUDY_ARCHIVES": f"Archive of site 2=dicom://ARCHIVE@127.0.0.1:{archive.dicom}"}
        with running_stack(**settings_of(port), **known) as running:
            running.manage("shell", "-c", MAKE)
            yield running


def fetch_from_the_archive(page):
    """Search, tick all series of a study with one tick, and watch them come without a reload."""
    page.goto("/studies/spine-study/cases/")
    page.get_by_role("link", name="Fetch from an archive").click()
    page.get_by_label("Patient ID").fill("QZ51")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("Quimby Zelda")).to_be_visible()
    page.get_by_label("All series of study 1").check()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    page.get_by_role("button", name="Fetch").click()
    expect(page.get_by_text("2 series will be fetched.")).to_be_visible()
    expect(page.get_by_text("Quimby Zelda")).to_have_count(0)
    expect(page.get_by_text("Fetched", exact=True)).to_have_count(2, timeout=60_000)
    page.get_by_role("link", name="Report on series 5").click()
    expect(page.get_by_text("Every file was taken.")).to_be_visible(timeout=60_000)


def test_from_the_title_to_the_report(chromium, stack, port, tmp_path):
    people = People(chromium, stack.address, None)
    page = people.arrive("/sign-in/")
    page.get_by_label("Sign-in name").fill("coordinator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/studies/spine-study/cases/")
    page.get_by_role("link", name="Send from a scanner or an archive").click()

    expect(page.get_by_text(str(port), exact=True)).to_be_visible()
    page.get_by_label("AE title", exact=True).fill("spine")
    page.get_by_role("button", name="Make the AE title").click()
    expect(page.get_by_text("What is sent to SPINE comes into this study now.")).to_be_visible()
    page.get_by_label("What sends with it").fill("Archive of site 2")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_label("The new token")).to_have_value(re.compile("rss_.{40}"))

    place = ("127.0.0.1", str(port))
    wait_for(lambda: subprocess.run(["echoscu", "-aet", "SCANNER1", "-aec", "SPINE", *place]).returncode == 0)
    files = [str(path) for path in write_files(tmp_path, sagittal_series())]
    assert subprocess.run(["storescu", "-aet", "STRANGER", "-aec", "SPINE", *place, *files]).returncode != 0
    assert subprocess.run(["storescu", "-aet", "SCANNER1", "-aec", "SPINE", *place, *files]).returncode == 0

    row = page.get_by_role("row", name=re.compile("SCANNER1 at 127.0.0.1"))
    expect(row).to_contain_text("3", timeout=30_000)
    expect(row.get_by_text("Done")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("row", name=re.compile("STRANGER at 127.0.0.1"))).to_contain_text("not on the list")
    row.get_by_role("link", name="Report").click()
    expect(page.get_by_text("Every file was taken.")).to_be_visible()
    fetch_from_the_archive(page)
    assert people.complaints == []
    people.leave()
