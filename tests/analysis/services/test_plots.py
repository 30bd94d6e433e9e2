"""The figures: from stored results, the same bytes each time, one set a version of the plan."""

import pytest

from analysis.models import ImageMetric, ResultFile
from analysis.services import plots
from analysis.services.compute import compute
from readerstudy.core.errors import WrongState
from readerstudy.models import Task
from readerstudy.services import tasks
from tests.readerstudy.services.sending import silent


@pytest.fixture
def analysis(unblinded):
    return compute(unblinded, silent)


class TestDrawFigures:
    def test_every_section_with_figures_has_them_in_three_formats_and_again_the_same(self, unblinded, analysis):
        told = []

        tasks.work_off(unblinded, ["draw_results"])

        assert Task.objects.get(kind="draw_results").state == "done"
        files = {file.name: file for file in analysis.files.exclude(section="report")}
        assert {file.section for file in files.values()} >= {
            "preferences", "subgroups", "agreement", "conduct", "consistency", "images",
        }  # fmt: skip
        stems = {name.rsplit(".", 1)[0] for name in files}
        assert len(files) == 3 * len(stems)
        assert bytes(files["win_tie_loss.svg"].content).startswith(b"<?xml")
        assert bytes(files["win_tie_loss.png"].content).startswith(b"\x89PNG")
        assert bytes(files["win_tie_loss.csv"].content).startswith(b"comparison,feature,n,win")

        again = plots.draw_figures(analysis, lambda done, total, step="": told.append((done, total)))
        assert {file.name: file.sha256 for file in again} == {name: file.sha256 for name, file in files.items()}
        assert told[0] == (0, len(told))

    def test_results_of_other_image_metrics_are_not_drawn(self, unblinded, analysis):
        ImageMetric.objects.filter(value__isnull=False).first().delete()

        with pytest.raises(WrongState, match="measured again"):
            plots.draw_figures(analysis, silent)
        assert not ResultFile.objects.exists()


class TestRequestFigures:
    def test_it_is_recorded_and_waits_for_the_worker_once(self, analysis, cast):
        plots.request_figures(analysis, actor=cast.statistician)

        assert Task.objects.filter(kind="draw_results", subject=analysis.pk).count() == 1  # computing asked already
        assert analysis.study.audit_events.last().action == "figures requested"
