"""The report of a study: made with its figures, the same bytes each time, told what only the study knows."""

import io
import uuid
import zipfile

import pytest

from analysis.core.report.document import Figure
from analysis.models import Analysis, ResultFile
from analysis.services import plans, report
from analysis.services.bundle import bundle_zip
from analysis.services.compute import compute
from readerstudy.core.errors import NotFound, WrongState
from readerstudy.models import Study, Task
from readerstudy.services import close, score, tasks
from tests.conftest import complete_answers, read_pair
from tests.readerstudy.services.sending import silent

HOSTILE = '<img src=x onerror="alert(1)"> #panic("x") $y$'


@pytest.fixture
def analysis(unblinded):
    return compute(unblinded, silent)


class TestMakeReport:
    def test_the_worker_makes_it_after_the_figures_and_the_bundle_has_it(self, unblinded, analysis):
        tasks.work_off(unblinded, ["draw_results"])

        assert Task.objects.get(kind="draw_results").error == ""
        page, pdf = (report.report_file(unblinded, kind, plan_version=1) for kind in ("html", "pdf"))
        figures = analysis.files.filter(name__endswith=".svg").count()
        assert bytes(page.content).count(b"<img ") == figures > 5
        event = unblinded.audit_events.get(action="report made")
        assert (event.detail["report_html_sha256"], event.detail["report_pdf_sha256"]) == (page.sha256, pdf.sha256)
        with zipfile.ZipFile(io.BytesIO(bundle_zip(unblinded))) as archive:
            assert archive.read("report.pdf") == bytes(pdf.content)
            assert archive.read("report.html") == bytes(page.content)

    def test_computed_again_it_has_the_same_bytes(self, unblinded, analysis):
        first = [file.sha256 for file in report.make_report(analysis, silent)]

        again = [file.sha256 for file in report.make_report(compute(unblinded, silent), silent)]

        assert again == first

    def test_what_a_coordinator_typed_stays_text(self, unblinded, analysis):
        Study.objects.filter(pk=unblinded.pk).update(title=HOSTILE, sponsor=HOSTILE)

        page, pdf, _versions = report.make_report(Analysis.objects.get(), silent)

        text = bytes(page.content).decode()
        assert "<h1>&lt;img src=x onerror=&#34;alert(1)&#34;&gt; #panic(&#34;x&#34;) $y$</h1>" in text
        assert "<img src=x" not in text
        assert bytes(pdf.content).startswith(b"%PDF-")

    def test_it_refuses_before_unblinding(self, unblinded, analysis):
        Study.objects.filter(pk=unblinded.pk).update(status="locked")

        with pytest.raises(WrongState):
            report.make_report(Analysis.objects.get(), silent)
        with pytest.raises(WrongState):
            report.report_file(Study.objects.get(pk=unblinded.pk), "pdf", plan_version=1)


class TestReportFile:
    def test_none_yet_is_said(self, unblinded, analysis):
        with pytest.raises(NotFound, match="no report yet"):
            report.report_file(unblinded, "pdf", plan_version=1)
        assert not analysis.has_report

    def test_a_bundle_without_one_is_whole(self, unblinded, analysis):
        with zipfile.ZipFile(io.BytesIO(bundle_zip(unblinded))) as archive:
            assert "report.pdf" not in archive.namelist()


class TestAboutStudy:
    def test_it_tells_the_lock_the_seal_and_the_arms_as_the_study_writes_them(self, unblinded, analysis):
        about = report.about_study(unblinded, analysis)

        assert about.lock == f"locked {unblinded.locked_at:%Y-%m-%d %H:%M} UTC, scores {unblinded.scores_sha256[:12]}…"
        sealed_at = f"{unblinded.sealed_at:%Y-%m-%d %H:%M} UTC"
        assert about.plan_fixed == f"It was fixed with the seal of the allocation on {sealed_at}, before reading began."
        assert dict(about.hashes)["Seal of the allocation"] == unblinded.allocation_sha256
        assert about.arm_names["FASTDL"] == "FAST-DL"
        assert all(value for _, value in about.facts)

    def test_figures_are_those_of_the_pages(self, analysis):
        ResultFile.objects.create(
            analysis=analysis, name="win_tie_loss.svg", section="preferences", position=0, title="Wins", caption="C",
            sha256="0" * 64, content=b"<svg/>",
        )  # fmt: skip

        assert report._figures(analysis) == [Figure("win_tie_loss", "preferences", "Wins", "C", "<svg/>")]


class TestDeviations:
    def test_a_study_that_followed_its_plan_has_none(self, unblinded):
        assert list(report.deviations_of(unblinded, plans.version_of(unblinded, 1))) == []

    def test_later_versions_of_the_plan_are_told_in_the_report_of_the_sealed_one(self, unblinded, cast):
        made = plans.amend_plan(unblinded, actor=cast.statistician, reason="a stricter level.", choices={"alpha": 0.01})

        (told,) = report.deviations_of(unblinded, plans.version_of(unblinded, 1))
        assert "Version 2 of the analysis plan was made after the seal by" in told
        assert f"a stricter level. Its results are not in this report (SHA-256 {made.plan_sha256})." in told
        assert list(report.deviations_of(unblinded, plans.version_of(unblinded, 2))) == []

    def test_unfinished_readings_and_corrections_are_told(self, sealed, cast):
        answers = complete_answers(sealed)
        reading = read_pair(sealed.allocations.first(), answers)
        score.save_scores(
            reading, key=uuid.uuid4(), base_version=reading.version, answers={"feature:snr": 5}, reason="clicked wrong"
        )
        close.lock_study(sealed, actor=cast.coordinator, reason="a reader left.")

        told = list(report.deviations_of(sealed, plans.version_of(sealed, 1)))

        assert told == [
            f"The scores were locked with 1 of {sealed.allocations.count()} presentations finished: a reader left.",
            "Finished readings were corrected once before the lock, with the reason in the audit trail.",
        ]
