"""Receive files in the browser: begin an upload, send its files one by one, close it. Nothing is parsed here."""

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from readerstudy.core.errors import BadInput
from readerstudy.models import FileStatus, Role, Upload
from readerstudy.services import uploads
from readerstudy.views.gate import StudyRequest, study_page, told


@study_page(Role.COORDINATOR)
@require_POST
def begin(request: StudyRequest) -> JsonResponse:
    """A new upload, for one arm or for arms still to be found out."""
    arm_code = request.POST.get("arm", "")
    arm = request.study.arms.filter(code=arm_code).first() if arm_code else None
    if arm_code and arm is None:
        raise BadInput(f"The protocol has no arm '{arm_code[:40]}'.")
    upload = uploads.begin(request.study, actor=request.user, arm=arm)
    slug = request.study.slug
    return JsonResponse(
        {
            "upload": str(upload.uuid),
            "file_url": reverse("upload_file", args=(slug, upload.uuid)),
            "finish_url": reverse("finish_upload", args=(slug, upload.uuid)),
            "cancel_url": reverse("cancel_upload", args=(slug, upload.uuid)),
        }
    )


@study_page(Role.COORDINATOR)
@require_http_methods(["PUT"])
def receive_file(request: StudyRequest, upload: str) -> JsonResponse:
    """One file as the body of a PUT; its name as `?name=`. Sent again, it is the same file."""
    file = uploads.receive(
        _upload(request, upload), name=request.GET.get("name", ""), stream=request, length=_length(request)
    )
    return JsonResponse({"received": file.size, "sha256": file.sha256})


def _length(request: StudyRequest) -> int:
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise BadInput("The length of the file is not given.")
    return int(length)


@study_page(Role.COORDINATOR)
@require_POST
def finish(request: StudyRequest, upload: str) -> JsonResponse:
    uploads.finish(_upload(request, upload), actor=request.user)
    return JsonResponse({"report_url": reverse("upload_report", args=(request.study.slug, upload))})


@study_page(Role.COORDINATOR)
@require_POST
def cancel(request: StudyRequest, upload: str) -> JsonResponse:
    uploads.cancel(_upload(request, upload), actor=request.user)
    return JsonResponse({"cancelled": True})


@study_page(Role.COORDINATOR)
@require_safe
def report(request: StudyRequest, upload: str) -> HttpResponse:
    """What became of every file: taken, held, refused and why."""
    found = _upload(request, upload)
    context = {
        "study": request.study,
        "upload": found,
        "task": request.study.tasks.filter(kind="ingest", subject=found.pk).last(),
        "counts": {status.label: found.files.filter(status=status).count() for status in FileStatus},
        "files": found.files.exclude(status=FileStatus.TAKEN)[:500],
    }
    template = "readerstudy/_upload_report.html" if request.htmx else "readerstudy/upload_report.html"
    return render(request, template, context)


@study_page(Role.COORDINATOR)
@require_POST
def clear_report(request: StudyRequest, upload: str) -> HttpResponse:
    def act() -> str:
        uploads.clear_names(_upload(request, upload), actor=request.user)
        return "The names of the files were erased from the report."

    return told(request, act, then=reverse("cases", args=(request.study.slug,)))


def _upload(request: StudyRequest, uuid: str) -> Upload:
    return get_object_or_404(Upload.objects.select_related("study", "arm"), uuid=uuid, study=request.study)
