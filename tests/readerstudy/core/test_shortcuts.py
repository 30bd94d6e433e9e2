"""Which keys a reader may choose; the table is that of the page's script."""

import json
import shutil
import subprocess

import pytest

from readerstudy.core.shortcuts import FIXED, KEYS, BadKeys, check_keys
from tests.guards.source import ROOT

PRINT_KEYS = (
    "import { KEYS } from './static/js/reading/keyboard.js';"
    "import { FIXED } from './static/js/reading/ownkeys.js';"
    "console.log(JSON.stringify([KEYS, FIXED]))"
)


class TestTable:
    @pytest.mark.skipif(not shutil.which("node"), reason="Node is not installed")
    def test_it_is_the_one_of_the_page(self):
        done = subprocess.run(
            ("node", "--input-type=module", "-e", PRINT_KEYS), cwd=ROOT, check=True, capture_output=True, text=True
        )
        keys, fixed = json.loads(done.stdout)

        assert {action: tuple(of_it) for action, of_it in keys.items()} == KEYS
        assert set(fixed) == FIXED


class TestCheckKeys:
    @pytest.mark.parametrize("key", ["#", "ä", "Shift+T", "Insert", "Shift+Home", ";"])
    def test_a_free_key_is_taken(self, key):
        assert check_keys({"smooth": key}) == {"smooth": key}

    def test_a_key_that_was_left_is_free(self):
        own = {"smooth": "#", "fit": "t"}

        assert check_keys(own) == own

    def test_two_may_change_places(self):
        own = {"smooth": "f", "fit": "t"}

        assert check_keys(own) == own

    @pytest.mark.parametrize("own", [{"smooth": "f"}, {"smooth": "#", "fit": "#"}, {"smooth": "Enter"}])
    def test_one_key_never_does_two_things(self, own):
        with pytest.raises(BadKeys, match="cannot also be"):
            check_keys(own)

    @pytest.mark.parametrize(
        "key",
        [
            "F5", "Tab", "Escape", "Shift+F10", "Ctrl+T", "/", "'", "7", "T", "Shift+t", "Shift+#", "", "\t", "\0",
            "\u00a0", "\ud800", "tt", None, 3, ["t"],
        ],
        ids=ascii,
    )  # fmt: skip
    def test_what_the_browser_or_the_scores_need_is_refused(self, key):
        with pytest.raises(BadKeys):
            check_keys({"smooth": key})

    @pytest.mark.parametrize("own", [None, [], "t", {"answer": "#"}, {"shortcuts": "#"}, {"explode": "#"}])
    def test_what_is_no_map_of_actions_is_refused(self, own):
        with pytest.raises(BadKeys):
            check_keys(own)
