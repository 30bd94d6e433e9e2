"""What the worker does for this app: a task comes in, a service does the work."""

from readerstudy.models import ImageSet, Task, Upload
from readerstudy.services import display, ingest
from readerstudy.services.tasks import Progress


def parse_upload(task: Task, progress: Progress) -> None:
    ingest.parse(Upload.objects.select_related("study", "arm").get(pk=task.subject), progress)


def build_display(task: Task, progress: Progress) -> None:
    progress(0, 1, "making the display stacks")
    display.build(ImageSet.objects.select_related("study").get(pk=task.subject))
    progress(1, 1, "ready")
