"""What the worker does for this app."""

from enhancement import queries
from enhancement.services import external
from readerstudy.models import Series, Task
from readerstudy.services.tasks import Progress


def enhance_series(task: Task, progress: Progress) -> None:
    source = Series.objects.select_related("study", "image_set", "arm", "participant").get(pk=task.subject)
    if queries.node_of(source.study):
        external.send(source, progress)
        return
    # torch comes with these imports: the web process imports this module's name, never this line.
    from enhancement.services.enhance import enhance
    from enhancement.worker import denoiser_for_job

    enhance(source, denoiser=denoiser_for_job(), progress=progress)
