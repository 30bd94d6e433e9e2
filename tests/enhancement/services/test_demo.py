import re
from pathlib import Path

import pytest
from django.contrib.auth import authenticate

from enhancement.core.case_mix import case_mix
from enhancement.core.simulated_case import Size
from enhancement.services import demo
from readerstudy.core.errors import WrongState
from readerstudy.models import AuditEvent, Role, Study, Task, TaskState, Upload, UploadState
from readerstudy.services import tasks

TINY = Size(matrix=64, slices=3)


@pytest.fixture
def opened(db: None) -> Study:
    return demo.open_demo("demo")[0]


def take_first(study: Study) -> Upload:
    actor = demo.coordinator_of(study)
    demo.take_in(study, case_mix(1), number=1, seed=1, size=TINY, actor=actor)
    return study.uploads.get()


class TestOpenDemo:
    def test_everybody_can_sign_in_with_the_password_that_was_told(self, db: None):
        _, people = demo.open_demo("demo")

        assert len(people) == 6
        assert all(authenticate(request=None, username=one.username, password=one.password) for one in people)

    def test_every_role_of_the_study_is_filled(self, opened: Study):
        roles = sorted(opened.memberships.values_list("role", flat=True))

        assert roles == sorted([Role.COORDINATOR, *[Role.READER] * 3, Role.STATISTICIAN])

    def test_no_password_stands_in_the_audit_log(self, db: None):
        _, people = demo.open_demo("demo")

        log = str(list(AuditEvent.objects.values_list("detail", flat=True)))
        assert not any(one.password in log for one in people)


class TestNewPassword:
    def test_it_can_be_typed_and_does_not_repeat(self):
        passwords = {demo.new_password() for _ in range(50)}

        assert len(passwords) == 50
        assert all(re.fullmatch(r"[a-z2-9]{5}(-[a-z2-9]{5}){2}", password) for password in passwords)


class TestTakeIn:
    def test_both_scans_are_found_to_be_soc_and_fast(self, opened: Study):
        take_first(opened)

        arms = {series.arm.code: series for series in opened.series.all() if series.arm}
        assert set(arms) == {"SOC", "FAST"}
        assert arms["SOC"].parameters["scan_time_s"] > arms["FAST"].parameters["scan_time_s"]

    def test_nothing_of_the_invented_person_is_kept(self, opened: Study):
        take_first(opened)

        assert opened.participants.get().code == "P001"
        assert not list(opened.uploads.get().files.exclude(name=""))

    def test_a_second_call_takes_nothing_twice(self, opened: Study):
        first = take_first(opened)
        before = opened.series.count()

        take_first(opened)
        assert opened.series.count() == before == 2
        assert opened.uploads.get() == first

    def test_an_interrupted_upload_is_finished(self, opened: Study):
        upload = take_first(opened)
        opened.series.all().delete()
        opened.image_sets.all().delete()
        upload.files.all().delete()
        Upload.objects.update(state=UploadState.RECEIVING)

        take_first(opened)
        assert opened.uploads.get().state == UploadState.DONE
        assert opened.series.count() == 2


class TestWriteCase:
    def test_names_and_folders_do_not_tell_the_arm(self, tmp_path: Path):
        written = demo.write_case(case_mix(1)[0], tmp_path, seed=1, size=TINY)

        assert len(written) == 2 * TINY.slices
        assert not any(word in str(path.relative_to(tmp_path)) for path in written for word in ("SOC", "FAST"))


class TestFinishWork:
    def test_it_waits_for_a_worker_and_gives_up_when_nothing_moves(self, opened: Study):
        Task.objects.create(study=opened, kind="display", subject=1, state=TaskState.RUNNING)
        naps: list[float] = []

        with pytest.raises(WrongState, match="does not get on"):
            demo.finish_work(opened, ("display",), sleep=naps.append)
        assert sum(naps) > demo.PATIENCE_S

    def test_it_goes_on_when_the_worker_is_done(self, opened: Study):
        task = Task.objects.create(study=opened, kind="display", subject=1, state=TaskState.RUNNING)

        demo.finish_work(
            opened, ("display",), sleep=lambda _: Task.objects.filter(pk=task.pk).update(state=TaskState.DONE)
        )

    def test_a_failure_is_told(self, opened: Study, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(tasks, "push", lambda task: None)
        Task.objects.create(study=opened, kind="display", subject=1, state=TaskState.FAILED, error="out of paper")

        with pytest.raises(WrongState, match="out of paper"):
            demo.finish_work(opened, ("display",), sleep=lambda _: None)
