"""What the worker does for this app."""

from analysis.models import PlanVersion
from analysis.services.compute import compute
from readerstudy.models import Study, Task
from readerstudy.services.tasks import Progress


def analyse_study(task: Task, progress: Progress) -> None:
    compute(Study.objects.get(pk=task.subject), progress)


def analyse_post_hoc(task: Task, progress: Progress) -> None:
    version = PlanVersion.objects.select_related("study").get(pk=task.subject)
    compute(version.study, progress, plan_version=version.number)
