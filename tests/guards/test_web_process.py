"""The web process stays light: PyTorch costs a second and 200 MB, and only workers need it."""

import os
import subprocess
import sys

from tests.guards.source import ROOT

LOAD_ALL_PAGES = """
import sys
import readerstudy.wsgi
from django.urls import get_resolver

def count(patterns):
    return sum(count(p.url_patterns) if hasattr(p, "url_patterns") else 1 for p in patterns)

heavy = ("torch", "matplotlib", "SimpleITK")
print(count(get_resolver().url_patterns), *(name in sys.modules for name in heavy))
"""


class TestWebProcess:
    def test_it_loads_every_page_and_no_torch(self):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", LOAD_ALL_PAGES],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "readerstudy.settings"},
        )

        assert done.returncode == 0, done.stderr
        pages, has_torch, *drawing = done.stdout.split()
        assert int(pages) > 5
        assert has_torch == "False"
        # matplotlib and SimpleITK come with the first figure and the first registration.
        assert drawing == ["False", "False"]
