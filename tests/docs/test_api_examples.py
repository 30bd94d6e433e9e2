"""The examples of docs/api.md, run as they stand against the product."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread

from analysis import queries
from analysis.services.compute import compute
from analysis.services.tokens import make_token
from tests.guards.source import ROOT
from tests.readerstudy.services.sending import silent

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def example(language):
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.M | re.S)
    return found


@pytest.fixture
def address(db, settings):
    """The product on a port of this machine, with the database of this test."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={"default": connection})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    connection.dec_thread_sharing()


@pytest.fixture
def study(unblinded):
    compute(unblinded, silent)
    return unblinded


@pytest.fixture
def run(address, study, cast):
    _, secret = make_token(study, actor=cast.statistician, name="example", days=1)
    environment = {
        **os.environ,
        "READER_STUDY_URL": f"{address}/api/v1/studies/{study.slug}/",
        "READER_STUDY_TOKEN": secret,
    }

    def script(*command):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return script


class TestExamples:
    def test_python(self, run, study, tmp_path):
        (tmp_path / "example.py").write_text(example("python"), encoding="utf-8")

        told = run(sys.executable, str(tmp_path / "example.py"))

        assert f"{len(queries.scores_by_arm(study))} rows, 3 patients" in told
        assert f"plan {study.plan_sha256}" in told

    @pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed (Debian: r-base-core)")
    def test_r(self, run, study, tmp_path):
        (tmp_path / "example.R").write_text(example("r"), encoding="utf-8")

        told = run("Rscript", str(tmp_path / "example.R"))

        assert f"{len(queries.scores_by_arm(study))} rows, 3 patients" in told
        assert "FASTDL_SOC" in told

    def test_every_table_that_the_page_names_exists_and_no_other(self):
        named = set(re.findall(r"`([a-z_]+)`", re.search(r"tables/NAME\.json` \| (.*?) \|", PAGE).group(1)))

        from analysis.services.export import KEYS

        assert named == set(KEYS)
