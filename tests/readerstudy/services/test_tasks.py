"""Work is claimed once, may run twice, and ends as done or as a failure that can be read and tried again."""

import logging
import subprocess
import tempfile
from pathlib import Path

import django_rq
import pytest
from rq import SimpleWorker

from readerstudy import queue_server
from readerstudy.core.errors import WrongState
from readerstudy.models import Task, TaskState
from readerstudy.services import tasks

HANDLED: list[int] = []


def handle(task, progress):
    progress(1, 2, "half")
    HANDLED.append(task.subject)


def handle_while_a_worker_takes_the_job(task, progress):
    HANDLED.append(task.subject)
    taken = tasks._claim(task.pk, f"task-{task.pk}-{task.attempts}")  # as a worker does that finds it in the queue
    if taken is not None:
        HANDLED.append(taken.subject)


def fail_with_header_text(task, progress):
    raise ValueError("PatientName is Quimby^Zelda")


def fail_with_a_sentence(task, progress):
    raise WrongState("The series was moved.")


def fail_for_memory(task, progress):
    raise MemoryError


def fail_for_the_disk(task, progress):
    raise OSError(28, "No space left on device", "/srv/Quimby.dcm")


@pytest.fixture(autouse=True)
def handlers(settings):
    HANDLED.clear()
    settings.TASK_HANDLERS = {
        kind: ("default", f"{__name__}.{kind}")
        for kind in (
            "handle",
            "handle_while_a_worker_takes_the_job",
            "fail_with_header_text",
            "fail_with_a_sentence",
            "fail_for_memory",
            "fail_for_the_disk",
        )
    }


def ran(study, kind):
    task = tasks.enqueue(study, kind, 7)
    tasks.run(task.pk)
    task.refresh_from_db()
    return task


class TestEnqueue:
    def test_the_same_work_is_asked_for_once_while_it_waits(self, study):
        assert tasks.enqueue(study, "handle", 7) == tasks.enqueue(study, "handle", 7)

    def test_work_that_is_done_can_be_asked_for_again(self, study):
        done = ran(study, "handle")

        assert tasks.enqueue(study, "handle", 7) != done

    def test_without_a_queue_server_the_task_waits(self, study, caplog, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            task = tasks.enqueue(study, "handle", 7)

        task.refresh_from_db()
        assert task.state == TaskState.QUEUED
        assert "does not answer" in caplog.text


class TestRun:
    def test_it_ends_done_with_its_progress(self, study):
        task = ran(study, "handle")

        assert (task.state, task.done, task.total, task.step) == (TaskState.DONE, 1, 2, "half")
        assert task.seconds is not None

    def test_a_task_that_is_done_is_not_done_again(self, study):
        task = ran(study, "handle")

        tasks.run(task.pk)

        assert HANDLED == [7]

    def test_a_task_that_another_worker_has_is_left_to_him(self, study):
        task = tasks.enqueue(study, "handle", 7)
        Task.objects.update(state=TaskState.RUNNING, job_id="of-another")

        tasks.run(task.pk)

        assert HANDLED == []

    def test_a_refusal_is_told_in_its_own_words(self, study):
        task = ran(study, "fail_with_a_sentence")

        assert (task.state, task.error) == (TaskState.FAILED, "The series was moved.")

    def test_an_unexpected_error_tells_its_type_and_nothing_of_its_text(self, study, caplog):
        caplog.set_level(logging.DEBUG)

        task = ran(study, "fail_with_header_text")

        assert task.state == TaskState.FAILED
        assert "ValueError" in task.error
        assert "Quimby" not in task.error + caplog.text + str([record.exc_info for record in caplog.records])

    def test_a_lack_of_memory_says_what_to_do(self, study):
        assert "memory" in ran(study, "fail_for_memory").error

    def test_a_full_disk_is_told_without_the_files_name(self, study, caplog):
        task = ran(study, "fail_for_the_disk")

        assert "No space left" in task.error
        assert "Quimby" not in task.error + caplog.text


class TestRetry:
    def test_a_failed_task_waits_again(self, study, cast):
        task = ran(study, "fail_with_a_sentence")

        tasks.retry(task, cast.coordinator)

        assert (task.state, task.error, task.attempts) == (TaskState.QUEUED, "", 1)
        assert study.audit_events.last().action == "task retried"

    def test_a_task_that_is_done_is_not_tried_again(self, study, cast):
        with pytest.raises(WrongState):
            tasks.retry(ran(study, "handle"), cast.coordinator)

    def test_one_whose_work_was_asked_for_again_meanwhile_is_refused(self, study, cast):
        failed = ran(study, "fail_with_a_sentence")
        tasks.enqueue(study, "fail_with_a_sentence", 7)

        with pytest.raises(WrongState):
            tasks.retry(failed, cast.coordinator)


class TestWorkOff:
    def test_a_worker_that_finds_its_job_meanwhile_does_not_do_it_too(self, study):
        task = tasks.enqueue(study, "handle_while_a_worker_takes_the_job", 7)
        Task.objects.filter(pk=task.pk).update(job_id=f"task-{task.pk}-0")

        tasks.work_off(study, ["handle_while_a_worker_takes_the_job"])

        assert HANDLED == [7]

    def test_it_does_what_waits_of_the_kind_and_leaves_the_rest(self, study):
        tasks.enqueue(study, "handle", 1)
        tasks.enqueue(study, "handle", 2)
        other = tasks.enqueue(study, "fail_with_a_sentence", 3)

        assert tasks.work_off(study, ["handle"]) == 2
        other.refresh_from_db()
        assert (sorted(HANDLED), other.state) == ([1, 2], TaskState.QUEUED)


@pytest.fixture(scope="module")
def queue_url():
    """A real queue server for this module; pytest's own folders can be too deep for a socket."""
    with tempfile.TemporaryDirectory(prefix="rs-") as folder:
        socket = Path(folder) / "queue.sock"
        command = queue_server.command(queue_server.find_program(), socket=socket, folder=Path(folder))
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        url = f"unix://{socket}?db=0"
        queue_server.wait_until_it_answers(url, timeout_s=30, is_alive=lambda: process.poll() is None)
        yield url
        process.terminate()
        process.wait()


@pytest.fixture
def queue(queue_url, monkeypatch):
    """The product's queue `default`, on the real server and empty."""
    for config in django_rq.settings.QUEUES.values():
        monkeypatch.setitem(config, "URL", queue_url)
    queue = django_rq.get_queue("default")
    queue.connection.flushdb()
    yield queue
    queue.connection.close()


class TestReconcile:
    def test_what_the_queue_lost_is_queued_and_done(self, study, queue):
        task = tasks.enqueue(study, "handle", 7)  # its push waits for a commit that never comes

        assert tasks.reconcile() == 1
        SimpleWorker([queue], connection=queue.connection).work(burst=True, logging_level="ERROR")

        task.refresh_from_db()
        assert (task.state, HANDLED) == (TaskState.DONE, [7])

    def test_what_stands_in_the_queue_is_left_alone(self, study, queue):
        tasks.push(tasks.enqueue(study, "handle", 7))

        assert tasks.reconcile() == 0
        assert len(queue) == 1

    def test_work_that_a_power_cut_stopped_is_queued_again(self, study, queue):
        task = tasks.enqueue(study, "handle", 7)
        tasks.push(task)
        Task.objects.update(state=TaskState.RUNNING)
        queue.connection.flushdb()

        assert tasks.reconcile() == 1
        task.refresh_from_db()
        assert task.state == TaskState.QUEUED

    def test_twice_it_queues_once(self, study, queue):
        tasks.enqueue(study, "handle", 7)

        assert [tasks.reconcile(), tasks.reconcile(), len(queue)] == [1, 0, 1]

    def test_without_a_queue_server_nothing_is_touched(self, study):
        task = tasks.enqueue(study, "handle", 7)
        Task.objects.update(state=TaskState.RUNNING, job_id="task-1-0")

        assert tasks.reconcile() == 0
        task.refresh_from_db()
        assert task.state == TaskState.RUNNING
