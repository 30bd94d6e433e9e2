"""A reader's account on the real product: second factor, a session ended, and several at the same moment."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
from playwright.sync_api import Page, expect

from benchmarks.browserless import Visitor
from tests.browser.conftest import People
from tests.browser.test_never_lose_a_score import MAKE_STUDY, choose, open_station, receipt, sign_in
from tests.cast import PASSWORD
from tests.real_stack import running_stack

# Switches the second factor of somebody on, long ago, and tells the secret.
GIVE_FACTOR = """
from readerstudy.models import User
from tests.authenticator import Phone
phone = Phone(User.objects.get(username="{name}"))
phone.wait()
print("SECRET", phone.secret)
"""
TRIES = "from readerstudy.models import AuditEvent as A; print('N', A.objects.filter(action='sign-in refused').count())"


@pytest.fixture(scope="module")
def stack():
    with running_stack() as running:
        running.manage("shell", "-c", MAKE_STUDY)
        yield running


@pytest.fixture
def people(chromium, stack):
    people = People(chromium, stack.address, None)
    yield people
    people.leave()


def next_code(secret: str) -> str:
    """The code of the next half minute: a phone that is a little fast, and none that was used before."""
    return pyotp.TOTP(secret).at(time.time() + 30)


def switch_on(page: Page) -> tuple[str, list[str]]:
    """From the page of the account to the recovery codes; returns the secret and the codes."""
    page.goto("/account/")
    page.get_by_role("link", name="Set it up").click()
    page.get_by_label("Your password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    assert page.get_by_role("img", name="QR code").evaluate("image => image.complete && image.naturalWidth > 100")
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("The six digits").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Switch it on").click()
    codes = page.locator(".recovery-codes li").all_inner_texts()
    assert len(codes) == 10
    return secret, codes


class TestSecondFactor:
    def test_from_switching_it_on_to_signing_in_on_the_station_and_ending_a_session(self, people):
        office, elsewhere = people.arrive("/sign-in/"), people.arrive("/sign-in/")
        sign_in(office, "one")
        sign_in(elsewhere, "one")
        secret, codes = switch_on(office)

        elsewhere.goto("/read/")  # its session had come in without a code, and is over
        elsewhere.get_by_label("Sign-in name").fill("one")
        elsewhere.get_by_label("Password").fill(PASSWORD)
        elsewhere.get_by_role("button", name="Sign in").click()
        elsewhere.get_by_label("Code").fill("000000")
        elsewhere.get_by_role("button", name="Sign in").click()
        expect(elsewhere.get_by_text("That code does not fit.")).to_be_visible()
        elsewhere.get_by_label("Code").fill(codes[0].upper())
        elsewhere.get_by_role("button", name="Sign in").click()
        expect(elsewhere).to_have_url(re.compile("/read/$"))

        self.goes_on_in_place(elsewhere, secret)

        office.goto("/account/")
        expect(office.get_by_text("here, now")).to_have_count(1)
        office.get_by_role("button", name=re.compile("^End ?:")).first.click()
        expect(office.get_by_text("That session has ended.")).to_be_visible()
        elsewhere.goto("/read/")
        expect(elsewhere).to_have_url(re.compile("/sign-in/"))
        assert people.complaints == [line for line in people.complaints if "401" in line]

    @staticmethod
    def goes_on_in_place(page: Page, secret: str) -> None:
        page.goto("/read/")
        page.locator("a.button.go").click()
        expect(page.locator("[data-rows=feature] input").first).to_be_enabled()
        page.wait_for_load_state("networkidle")
        address = page.url
        page.context.clear_cookies(name="sessionid")
        choose(page, "feature:snr", 4)
        dialog = page.locator("[data-sign-in-dialog]")
        expect(dialog.get_by_label("Password")).to_be_focused()
        expect(dialog.get_by_label("Code")).to_be_hidden()
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.get_by_label("Code")).to_be_focused()
        dialog.get_by_label("Code").fill("000000")
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.locator("[data-sign-in-problem]")).to_contain_text("does not fit")
        dialog.get_by_label("Code").fill(next_code(secret))
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog).to_be_hidden()
        expect(receipt(page)).to_contain_text("Saved at")
        assert page.url == address
        assert dialog.locator("#password").input_value() == ""

    def test_without_it_the_dialog_asks_for_the_password_only(self, people):
        page = open_station(people, "two")
        page.context.clear_cookies(name="sessionid")
        choose(page, "feature:snr", 2)
        dialog = page.locator("[data-sign-in-dialog]")
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Sign in").click()

        expect(dialog).to_be_hidden()
        expect(receipt(page)).to_contain_text("Saved at")


class TestAtTheSameMoment:
    """Two web processes with threads: what one of them counts, the others see."""

    def together(self, acts):
        gate = threading.Barrier(len(acts))

        def one(act):
            gate.wait()
            return act()

        with ThreadPoolExecutor(len(acts)) as threads:
            return list(threads.map(one, acts))

    def test_two_right_passwords_both_let_in(self, stack):
        visitors = [Visitor(stack.address) for _ in range(2)]

        self.together([lambda visitor=visitor: visitor.sign_in("statistician", PASSWORD) for visitor in visitors])

        assert [visitor.get("/sign-in/again/").json()["username"] for visitor in visitors] == ["statistician"] * 2

    def test_one_code_lets_in_one(self, stack):
        told = stack.manage("shell", "-c", GIVE_FACTOR.format(name="coordinator"))
        code = pyotp.TOTP(told.split("SECRET ")[1].strip()).now()
        visitors = [Visitor(stack.address) for _ in range(4)]
        for visitor in visitors:
            visitor.submit("/sign-in/", "/sign-in/", username="coordinator", password=PASSWORD)

        page = "/sign-in/code/"
        self.together([lambda visitor=visitor: visitor.submit(page, page, code=code) for visitor in visitors])

        inside = [visitor.get("/sign-in/again/").json()["username"] for visitor in visitors]
        assert sorted(inside, key=str) == [None, None, None, "coordinator"]

    def test_of_twelve_wrong_passwords_five_are_judged(self, stack):
        visitors = [Visitor(stack.address) for _ in range(12)]
        before = int(stack.manage("shell", "-c", TRIES).split("N ")[1])
        tokens = [visitor.get("/sign-in/again/").json()["csrf_token"] for visitor in visitors]

        def guess(visitor, token):
            return visitor.session.post(
                f"{stack.address}/sign-in/again/",
                data={"username": "outsider", "password": f"guess {token[:5]}"},
                headers={"X-CSRFToken": token, "Referer": stack.address},
                timeout=60,
            ).status_code

        pairs = zip(visitors, tokens, strict=True)
        statuses = self.together([lambda pair=pair: guess(*pair) for pair in pairs])

        assert sorted(statuses) == [401] * 5 + [429] * 7
        assert int(stack.manage("shell", "-c", TRIES).split("N ")[1]) == before + 5
