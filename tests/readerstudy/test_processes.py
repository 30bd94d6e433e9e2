import sys
from dataclasses import replace
from pathlib import Path

import pytest

from readerstudy import processes
from readerstudy.processes import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(
        base_dir=tmp_path / "app",
        data_dir=tmp_path,
        host="127.0.0.1",
        port=8000,
        web_processes=2,
        web_threads=4,
        workers=1,
        enhance_workers=1,
        cores=4,
    )


class TestWorkers:
    def test_there_is_one_for_each_queue(self, machine: Machine):
        parsing, enhancing = processes.workers(machine)

        assert parsing.command[2:4] == ("rqworker", "default")
        assert enhancing.command[2:4] == ("rqworker", "enhance")
        assert processes.ENHANCE_WORKER in enhancing.command

    def test_each_has_a_name_and_a_log_of_its_own(self, machine: Machine):
        children = processes.workers(replace(machine, workers=2, enhance_workers=2))

        assert len({child.name for child in children}) == len({child.log_path for child in children}) == 4

    @pytest.mark.parametrize(("cores", "workers", "threads"), [(1, 1, "1"), (2, 1, "1"), (4, 1, "3"), (16, 3, "5")])
    def test_enhancing_leaves_one_core_to_the_web_server(
        self, machine: Machine, cores: int, workers: int, threads: str
    ):
        child = processes.workers(replace(machine, cores=cores, enhance_workers=workers))[-1]

        assert child.environment["OMP_NUM_THREADS"] == threads

    def test_readers_come_before_parsing_and_parsing_before_enhancing(self, machine: Machine):
        parsing, enhancing = processes.workers(machine)

        assert processes.web(machine, figures=Path("figures")).niceness < parsing.niceness < enhancing.niceness


class TestOrderOfStopping:
    def test_the_web_server_goes_first_and_the_queue_last(self, machine: Machine):
        web, worker = processes.web(machine, figures=Path("figures")), processes.workers(machine)[0]
        queue = processes.queue(machine, machine.data_dir / "queue.sock")

        assert web.stop_rank < worker.stop_rank < queue.stop_rank


class TestWeb:
    def test_it_binds_what_was_asked_for_and_opens_no_socket_in_the_home_directory(self, machine: Machine):
        command = processes.web(machine, figures=Path("figures")).command

        assert command[0] == sys.executable
        assert command[command.index("--bind") + 1] == "127.0.0.1:8000"
        assert "--no-control-socket" in command


class TestDemo:
    def test_its_sign_ins_go_to_the_terminal_and_into_no_file(self, machine: Machine):
        assert processes.demo(machine).log_path is None

    def test_it_is_made_once(self, machine: Machine):
        assert not processes.demo(machine).keep_alive
