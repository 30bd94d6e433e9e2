"""The report's addresses: for the staff of an unblinded study, as a file to keep."""

import pytest
from django.urls import reverse

from analysis.models import Analysis, ResultFile
from readerstudy.models import Task
from readerstudy.services import tasks

KINDS = {"html": b"<!doctype html><script>", "pdf": b"%PDF-1.7"}


def address(study, kind, number=1):
    return reverse(f"report_{kind}", args=(study.slug, number))


@pytest.fixture
def reported(unblinded):
    """Computed by its task; the files of the report stand in for those that the worker makes."""
    tasks.work_off(unblinded, ["analyse"])
    for kind, content in KINDS.items():
        ResultFile.objects.create(
            analysis=Analysis.objects.get(), name=f"report.{kind}", section="report", position=1,
            title="Report", caption="", sha256="0" * 64, content=content,
        )  # fmt: skip
    Task.objects.filter(kind="draw_results").update(state="done")
    return unblinded


class TestReport:
    def test_before_unblinding_there_is_none_for_anybody(self, sealed, cast, sign_in):
        for kind in KINDS:
            assert sign_in(cast.statistician).get(address(sealed, kind)).status_code == 409
            assert sign_in(cast.reader_one.user).get(address(sealed, kind)).status_code == 403
            assert sign_in(cast.outsider).get(address(sealed, kind)).status_code == 404

    def test_it_comes_as_a_file_and_is_never_shown_in_place(self, reported, cast, sign_in):
        client = sign_in(cast.statistician)

        for kind, content in KINDS.items():
            answer = client.get(address(reported, kind))
            assert answer.content == content
            assert answer["Content-Disposition"] == f'attachment; filename="{reported.slug}-report.{kind}"'
            assert "no-store" in answer["Cache-Control"]

    def test_another_version_of_the_plan_has_none_of_it(self, reported, cast, sign_in):
        assert sign_in(cast.statistician).get(address(reported, "pdf", 2)).status_code == 404

    def test_the_results_page_offers_it_once_it_is_made(self, reported, cast, sign_in):
        client, page = sign_in(cast.statistician), reverse("results", args=(reported.slug,))
        text = client.get(page).content.decode()
        assert address(reported, "pdf") in text
        assert address(reported, "html") in text

        ResultFile.objects.filter(section="report").delete()
        assert "Report (PDF)" not in client.get(page).content.decode()
