"""What the worker does for this app."""

from readerstudy.models import Series, Task
from readerstudy.services.tasks import Progress


def enhance_series(task: Task, progress: Progress) -> None:
    # torch comes with these imports: the web process imports this module's name, never this line.
    from enhancement.services.enhance import enhance
    from enhancement.worker import denoiser_for_job

    source = Series.objects.select_related("study", "image_set", "arm", "participant").get(pk=task.subject)
    enhance(source, denoiser=denoiser_for_job(), progress=progress)
