"""What monitoring is told, with each part of the installation failing in turn."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse

from readerstudy import queue_server
from readerstudy.secret_keys import age_key
from readerstudy.services import health


@pytest.fixture
def queue(monkeypatch) -> Iterator[None]:
    """A real queue server; the tests' own settings name one that is not there."""
    with tempfile.TemporaryDirectory(prefix="rs-") as name:  # pytest's own folders can be too deep for a socket
        folder = Path(name)
        address = f"unix://{folder / 'queue.sock'}?db=0"
        command = queue_server.command(queue_server.find_program(), socket=folder / "queue.sock", folder=folder)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        queue_server.wait_until_it_answers(address, timeout_s=20, is_alive=lambda: process.poll() is None)
        connected = redis.from_url(address)
        monkeypatch.setattr(health.django_rq, "get_connection", lambda queue: connected)
        yield
        connected.close()
        process.terminate()
        process.wait()


@pytest.fixture
def ready(client, db):
    return lambda: client.get(reverse("readyz"))


class TestHealthz:
    def test_it_answers_without_the_database(self, client):
        answer = client.get(reverse("healthz"))

        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-cache" in answer.headers["Cache-Control"]

    def test_nothing_but_reading_is_allowed(self, client):
        assert client.post(reverse("healthz")).status_code == 405


class TestReadyz:
    def test_all_is_well(self, ready, queue):
        answer = ready()

        assert answer.status_code == 200
        assert answer.json() == {"database": "ok", "queue": "ok", "disk": "ok", "allocation key": "ok"}

    def test_without_a_queue_server(self, ready):
        answer = ready()

        assert answer.status_code == 503
        assert answer.json() == {"database": "ok", "queue": "unreachable", "disk": "ok", "allocation key": "ok"}

    def test_a_disk_that_takes_nothing(self, ready, queue, settings, tmp_path):
        settings.DATA_DIR = tmp_path / "gone"

        assert ready().json()["disk"] == "not writable"
        assert ready().status_code == 503

    def test_a_disk_that_is_nearly_full(self, ready, queue, monkeypatch):
        monkeypatch.setattr(health, "FREE_BYTES_WANTED", 1 << 62)

        assert ready().json()["disk"] == "nearly full"

    def test_an_allocation_key_that_is_not_the_one_of_the_data(self, ready, sealed, settings):
        settings.ALLOCATION_KEY = age_key()

        assert ready().json()["allocation key"] == "not the one of the data"

    def test_a_database_of_an_older_release(self, ready, queue):
        recorder = MigrationRecorder(connection)
        last = max(name for app, name in recorder.applied_migrations() if app == "readerstudy")
        recorder.record_unapplied("readerstudy", last)

        assert ready().json()["database"] == "not migrated"

    def test_a_database_that_does_not_answer(self, ready, queue, monkeypatch):
        def refuses(connection):
            raise OperationalError("could not connect to server at secret-host")

        monkeypatch.setattr(health, "MigrationExecutor", refuses)

        answer = ready()

        assert answer.json()["database"] == "unreachable"
        assert b"secret-host" not in answer.content
