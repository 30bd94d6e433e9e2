"""What Prometheus and the administrator are told of the installation, and that it is of no arm."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from readerstudy import request_seconds
from readerstudy.models import ScoreSave, Task, TaskState
from readerstudy.services import health
from tests.readerstudy.views.test_health import queue  # noqa: F401  (a real queue server)

TOKEN = "a-token-of-the-monitoring"


@pytest.fixture
def ask(client, settings):
    """`/metrics` as Prometheus asks it: its status, and metric -> label values -> value."""
    settings.METRICS_TOKEN = TOKEN

    def asked(token=TOKEN):
        answer = client.get(reverse("metrics"), headers={"authorization": f"Bearer {token}"})
        if answer.status_code != 200:
            return answer.status_code, {}
        found = {}
        for family in text_string_to_metric_families(answer.content.decode()):
            for sample in family.samples:
                found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
        return 200, found

    return asked


class TestWhoMayAsk:
    def test_without_the_setting_there_is_no_such_address(self, client, db):
        assert client.get(reverse("metrics"), headers={"authorization": "Bearer "}).status_code == 404

    @pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ä"])
    def test_a_wrong_token_is_refused(self, ask, db, token):
        assert ask(token)[0] == 401

    def test_a_cookie_is_no_token(self, client, settings, cast, sign_in):
        settings.METRICS_TOKEN = TOKEN
        sign_in(cast.coordinator)

        assert client.get(reverse("metrics")).status_code == 401


class TestFigures:
    def test_tasks_are_counted_by_kind_and_state_with_their_seconds(self, ask, cast, queue):  # noqa: F811
        now = timezone.now()
        for subject, seconds in enumerate([2, 4]):
            Task.objects.create(
                study=cast.study, kind="enhance", subject=subject, state=TaskState.DONE,
                started_at=now - timedelta(seconds=seconds), finished_at=now,
            )  # fmt: skip
        Task.objects.create(study=cast.study, kind="enhance", subject=9, state=TaskState.FAILED)
        waiting = Task.objects.create(study=cast.study, kind="ingest", subject=1)
        Task.objects.filter(pk=waiting.pk).update(created_at=now - timedelta(seconds=100))

        _, found = ask()

        assert found["readerstudy_tasks"]["enhance", "enhance", "done"] == 2
        assert found["readerstudy_tasks"]["enhance", "enhance", "failed"] == 1
        assert found["readerstudy_tasks"]["ingest", "default", "queued"] == 1
        assert found["readerstudy_tasks"]["power", "default", "queued"] == 0
        assert found["readerstudy_task_seconds_count"]["enhance",] == 2
        assert found["readerstudy_task_seconds_sum"]["enhance",] == pytest.approx(6)
        assert 100 <= found["readerstudy_first_task_waits_seconds"]["ingest",] < 160
        assert found["readerstudy_part_ok"] == {(part,): 1 for part in health.CHECKS}
        assert found["readerstudy_disk_free_bytes"][()] > 0

    def test_a_queue_that_is_down_is_told_and_no_error(self, ask, db):
        status, found = ask()

        assert status == 200
        assert found["readerstudy_part_ok"]["queue",] == 0
        assert "readerstudy_workers" not in found

    def test_requests_are_counted_by_the_name_of_their_view(self, ask, client, cast, sign_in):
        before = ask()[1].get("readerstudy_request_seconds_count", {})
        sign_in(cast.coordinator)
        client.get(reverse("overview", args=[cast.study.slug]))
        client.get("/no-such-page/spine-study")

        after = ask()[1]["readerstudy_request_seconds_count"]

        def more(*labels):
            return after.get(labels, 0) - before.get(labels, 0)

        assert more("GET", "2xx", "overview") == 1
        assert more("GET", "4xx", "none") == 1

    def test_nothing_names_a_study_a_person_or_an_arm(self, ask, cast, sealed, client, sign_in):
        Task.objects.create(study=sealed, kind="enhance", subject=1, error="series of FAST")
        assert sign_in(cast.reader_one.user).get(reverse("worklist")).status_code == 200
        ask()
        text = client.get(reverse("metrics"), headers={"authorization": f"Bearer {TOKEN}"}).content.decode().lower()

        words = {sealed.slug, sealed.title, *(arm.code for arm in sealed.arms.all())}
        words |= {cast.reader_one.user.name, cast.coordinator.name}
        for word in words:
            assert not re.search(rf"\b{re.escape(word.lower())}\b", text), word

    def test_saves_are_all_that_were_acknowledged(self, ask, unblinded):
        assert ScoreSave.objects.exists()
        assert ask()[1]["readerstudy_score_saves_total"][()] == ScoreSave.objects.count()


@pytest.fixture
def administrator(sign_in, cast):
    cast.outsider.is_staff = True
    cast.outsider.save()
    return sign_in(cast.outsider)


class TestStatus:
    def test_the_administrator_sees_what_waits_and_that_nobody_works(self, administrator, cast, queue):  # noqa: F811
        Task.objects.create(study=cast.study, kind="ingest", subject=1)
        page = administrator.get(reverse("installation_status")).content.decode()

        assert "Reading an upload" in page
        assert "Nobody works for default and enhance" in page

    def test_it_is_shown_without_a_queue_too(self, administrator):
        page = administrator.get(reverse("installation_status")).content.decode()

        assert "unreachable" in page
        assert "nobody knows" in page

    def test_renewed_it_is_the_part_alone(self, administrator):
        part = administrator.get(reverse("installation_status"), headers={"HX-Request": "true"}).content.decode()

        assert part.lstrip().startswith('<div id="status"')


class TestSharedFolder:
    def test_it_is_empty_at_first_for_this_user_only_and_gone_in_the_end(self, tmp_path, monkeypatch):
        monkeypatch.setattr(request_seconds, "SHARED_MEMORY", tmp_path)
        with request_seconds.shared_folder(tmp_path / "data") as killed:
            assert killed.parent == tmp_path
        killed.mkdir()
        (killed / "histogram_1.db").write_bytes(b"old")

        with request_seconds.shared_folder(tmp_path / "data") as folder:
            assert folder == killed
            assert list(folder.iterdir()) == []
            assert folder.stat().st_mode & 0o077 == 0
        assert not folder.exists()

    def test_what_somebody_else_put_there_is_not_followed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(request_seconds, "SHARED_MEMORY", tmp_path)
        (tmp_path / "data").mkdir()
        (tmp_path / "theirs").mkdir()
        (tmp_path / "theirs" / "file").touch()
        with request_seconds.shared_folder(tmp_path / "data") as expected:
            pass
        expected.symlink_to(tmp_path / "theirs")

        with request_seconds.shared_folder(tmp_path / "data") as folder:
            assert folder == tmp_path / "data" / "metrics"
        assert (tmp_path / "theirs" / "file").exists()
