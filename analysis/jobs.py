"""What the worker does for this app."""

from analysis.services.compute import compute
from readerstudy.models import Study, Task
from readerstudy.services.tasks import Progress


def analyse_study(task: Task, progress: Progress) -> None:
    compute(Study.objects.get(pk=task.subject), progress)
