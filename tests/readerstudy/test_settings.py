"""The limits of sign-in: strong as they come, and in production only to be made stricter."""

import runpy

import pyrage
import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.guards.source import ROOT


@pytest.fixture
def settings_with(monkeypatch, tmp_path):
    """The settings as a start with this environment would read them."""

    def read(**environment):
        monkeypatch.setenv("READERSTUDY_DATA", str(tmp_path))
        for name, value in environment.items():
            monkeypatch.setenv(f"READERSTUDY_{name}", value)
        return runpy.run_path(str(ROOT / "readerstudy" / "settings.py"))

    return read


class TestProduction:
    @pytest.mark.parametrize(
        ("name", "weaker", "stricter"),
        [
            ("SESSION_IDLE_MINUTES", "61", "15"),
            ("SESSION_HOURS", "13", "8"),
            ("SIGN_IN_TRIES", "6", "3"),
            ("PASSWORD_LENGTH", "9", "16"),
            ("SECOND_FACTOR_FOR", "coordinators", "everybody"),
        ],
    )
    def test_a_weaker_value_stops_the_start_in_words_and_a_stricter_one_does_not(
        self, settings_with, name, weaker, stricter
    ):
        settings_with(HTTPS="1", **{name: stricter})
        with pytest.raises(ImproperlyConfigured, match=rf"READERSTUDY_{name}.* is refused: .*READERSTUDY_HTTPS=1"):
            settings_with(HTTPS="1", **{name: weaker})
        settings_with(HTTPS="0", **{name: weaker})

    def test_its_defaults_are_the_strong_ones(self, settings_with):
        read = settings_with(HTTPS="1")

        assert read["SECOND_FACTOR_FOR"] == {"coordinators", "administrators"}
        assert (read["SESSION_IDLE_S"], read["SESSION_COOKIE_AGE"], read["SIGN_IN_TRIES"]) == (3600, 43200, 5)
        assert read["PROXIES"] == 1

    def test_it_never_shows_tracebacks(self, settings_with):
        with pytest.raises(ImproperlyConfigured, match="READERSTUDY_DEBUG"):
            settings_with(HTTPS="1", DEBUG="1")

    @pytest.mark.parametrize("name", ["SESSION_IDLE_MINUTES", "SESSION_HOURS", "SIGN_IN_TRIES"])
    def test_no_limit_at_all_is_refused_everywhere(self, settings_with, name):
        for https in ("0", "1"):
            with pytest.raises(ImproperlyConfigured, match=name):
                settings_with(HTTPS=https, **{name: "0"})


class TestOneMachine:
    def test_nobody_needs_a_second_factor_unless_the_setting_says_so(self, settings_with):
        assert settings_with()["SECOND_FACTOR_FOR"] == frozenset()
        assert settings_with(SECOND_FACTOR_FOR="administrators")["SECOND_FACTOR_FOR"] == {"administrators"}

    def test_an_unknown_group_stops_the_start(self, settings_with):
        with pytest.raises(ImproperlyConfigured, match="'readers'"):
            settings_with(SECOND_FACTOR_FOR="readers")


@pytest.mark.parametrize("name", ["second_factor", "allocation"])
class TestKeysOutsideOfTheDatabase:
    def test_one_is_made_once_and_kept(self, settings_with, tmp_path, name):
        setting = f"{name.upper()}_KEY"
        first = settings_with()[setting]

        assert settings_with()[setting] == first
        assert (tmp_path / "secrets" / name).read_text() == first
        assert (tmp_path / "secrets" / name).stat().st_mode & 0o077 == 0

    def test_one_from_the_environment_must_be_a_key(self, settings_with, name):
        setting = f"{name.upper()}_KEY"
        key = str(pyrage.x25519.Identity.generate())

        assert settings_with(**{setting: key})[setting] == key
        with pytest.raises(ImproperlyConfigured, match="AGE-SECRET-KEY-1"):
            settings_with(**{setting: "secret"})
