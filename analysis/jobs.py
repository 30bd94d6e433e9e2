"""What the worker does for this app."""

from analysis.models import Analysis, PlanVersion, PowerRun
from analysis.services.compute import compute
from analysis.services.plots import draw_figures
from analysis.services.power import simulate_run
from analysis.services.report import make_report
from readerstudy.models import Study, Task
from readerstudy.services.tasks import Progress


def analyse_study(task: Task, progress: Progress) -> None:
    compute(Study.objects.get(pk=task.subject), progress)


def analyse_post_hoc(task: Task, progress: Progress) -> None:
    version = PlanVersion.objects.select_related("study").get(pk=task.subject)
    compute(version.study, progress, plan_version=version.number)


def draw_results(task: Task, progress: Progress) -> None:
    analysis = Analysis.objects.select_related("study").get(pk=task.subject)
    if draw_figures(analysis, progress):
        make_report(analysis, progress)


def simulate_power(task: Task, progress: Progress) -> None:
    simulate_run(PowerRun.objects.get(pk=task.subject), progress)
