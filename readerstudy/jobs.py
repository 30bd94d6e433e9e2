"""What the worker does for this app: a task comes in, a service does the work."""

from readerstudy.models import Fetch, ImageSet, Task, Upload
from readerstudy.services import display, fetch_images, ingest, receiving, uploads
from readerstudy.services.tasks import Progress


def parse_upload(task: Task, progress: Progress) -> None:
    upload = Upload.objects.select_related("study", "arm", "created_by").get(pk=task.subject)
    ingest.parse(upload, progress)
    uploads.erase_taken_names(upload)


def fetch_series(task: Task, progress: Progress) -> None:
    fetch_images.fetch_series(
        Fetch.objects.select_related("study", "upload", "arm", "made_by").get(pk=task.subject), progress
    )


def build_display(task: Task, progress: Progress) -> None:
    progress(0, 1, "making the display stacks")
    display.build(ImageSet.objects.select_related("study").get(pk=task.subject))
    progress(1, 1, "ready")


def close_arrival(arrival_pk: int, attempt: int) -> None:
    """No task: nobody waits for it, and whoever starts next comes back to it."""
    receiving.close_when_due(arrival_pk, attempt)
