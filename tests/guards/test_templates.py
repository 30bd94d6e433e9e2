"""The content security policy forbids inline scripts and styles: a template that has one would silently not work."""

import re
from pathlib import Path

import pytest

from tests.guards.source import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# Each is refused by `default-src 'none'; script-src 'self'; style-src 'self'`.
FORBIDDEN = {
    "a script in the page": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"<[^>]+\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"<[^>]+\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "code evaluated by htmx": re.compile(r"\bhx-on|\bhx-vals=[\"']js:", re.I),
    "something from another site": re.compile(r"<(?:script|link|img)[^>]+(?:src|href)=[\"'](?:https?:)?//", re.I),
}
SAMPLES = {
    "a script in the page": "<script>alert(1)</script>",
    "a style element": "<style>p {}</style>",
    "a style attribute": '<p class="a" style="color: red">',
    "an event attribute": '<button type="button" onclick="go()">',
    "a javascript: address": '<a href="javascript:go()">',
    "code evaluated by htmx": '<p hx-on:click="go()">',
    "something from another site": '<script src="https://cdn.example/x.js"></script>',
}


def violations(html: str) -> list[str]:
    return [name for name, pattern in FORBIDDEN.items() if pattern.search(html)]


class TestTemplates:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
    def test_it_keeps_the_content_security_policy(self, path: Path):
        assert violations(path.read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("name", SAMPLES)
    def test_a_forbidden_thing_is_found(self, name: str):
        assert name in violations(SAMPLES[name])

    def test_a_script_of_our_own_and_data_for_it_are_allowed(self):
        html = '<script type="module" src="{% static "js/a.js" %}"></script><script id="x" type="application/json">'

        assert violations(html) == []
