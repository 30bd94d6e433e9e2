import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from readerstudy import queue_server
from readerstudy.queue_server import NoQueueServer, socket_path, wait_until_it_answers


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """pytest's own folders can be too deep for a socket."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        yield Path(folder)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    command = queue_server.command(queue_server.find_program(), socket=folder / "queue.sock", folder=folder)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_until_it_answers(url_of(folder), timeout_s=20, is_alive=lambda: process.poll() is None)
    return process


def url_of(folder: Path) -> str:
    return f"unix://{folder / 'queue.sock'}?db=0"


class TestFindProgram:
    def test_it_is_a_program_that_can_be_run(self):
        assert os.access(queue_server.find_program(), os.X_OK)

    def test_without_any_the_message_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(queue_server.importlib.util, "find_spec", lambda name: None)
        monkeypatch.setattr(queue_server.shutil, "which", lambda name: None)

        with pytest.raises(NoQueueServer, match="REDIS_URL"):
            queue_server.find_program()


class TestSocketPath:
    def test_it_lies_in_the_data_directory(self):
        assert socket_path(Path("/srv/data")) == Path("/srv/data/queue.sock")

    def test_a_long_path_is_replaced_by_a_short_one_that_is_always_the_same(self):
        long = Path("/srv") / ("x" * 120)

        assert socket_path(long) == socket_path(long)
        assert len(os.fsencode(socket_path(long))) <= queue_server.LONGEST_SOCKET_PATH

    def test_two_long_data_directories_do_not_share_it(self):
        assert socket_path(Path("/srv") / ("x" * 120)) != socket_path(Path("/srv") / ("y" * 120))


class TestPrepareSocketFolder:
    def test_a_new_folder_is_for_this_account_alone(self, tmp_path: Path):
        queue_server.prepare_socket_folder(tmp_path / "s" / "q")

        assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o700

    def test_a_folder_that_another_account_made_first_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(queue_server.os, "getuid", lambda: tmp_path.stat().st_uid + 1)

        with pytest.raises(NoQueueServer, match="another account"):
            queue_server.prepare_socket_folder(tmp_path / "q")

    def test_a_path_that_is_too_long_is_refused(self):
        with pytest.raises(NoQueueServer, match="too long"):
            queue_server.prepare_socket_folder(Path("/tmp") / ("x" * 120) / "q")


class TestServer:
    def test_work_on_the_queue_survives_that_the_server_is_killed(self, short_dir: Path):
        process = start(short_dir)
        with redis.Redis.from_url(url_of(short_dir)) as client:
            client.rpush("work", *range(100))
            # The file is flushed each second; `kill -9` loses nothing that was written, flushed or not.
            process.kill()
            process.wait()

        process = start(short_dir)
        with redis.Redis.from_url(url_of(short_dir)) as client:
            assert client.llen("work") == 100
        process.terminate()
        process.wait()

    def test_only_this_account_can_open_its_socket_and_no_job_is_dropped_for_memory(self, short_dir: Path):
        process = start(short_dir)

        mode = stat.S_IMODE((short_dir / "queue.sock").stat().st_mode)
        with redis.Redis.from_url(url_of(short_dir)) as client:
            settings = client.config_get("maxmemory-policy", "port", "appendonly", "appendfsync")
        process.terminate()
        process.wait()

        assert mode == 0o700
        assert settings == {
            "maxmemory-policy": "noeviction",
            "port": "0",
            "appendonly": "yes",
            "appendfsync": "everysec",
        }


class TestWaitUntilItAnswers:
    def test_a_server_that_ended_is_told_at_once(self, short_dir: Path):
        with pytest.raises(NoQueueServer, match="ended"):
            wait_until_it_answers(url_of(short_dir), timeout_s=60, is_alive=lambda: False)

    def test_a_server_that_never_answers_is_given_up(self, short_dir: Path):
        waits: list[float] = []

        with pytest.raises(NoQueueServer, match="within 1 s"):
            wait_until_it_answers(url_of(short_dir), timeout_s=1, is_alive=lambda: True, sleep=waits.append)

        assert sum(waits) == pytest.approx(1)
