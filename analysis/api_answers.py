"""How the API answers: JSON and files that nothing on the way may keep, and how the OpenAPI document tells of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from analysis.access import Bearer
from analysis.api_schemas import Refusal

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
TEXTS = {"csv", "svg", "html"}
REFUSALS: dict[int, Any] = {401: Refusal, 403: Refusal, 404: Refusal, 409: Refusal, 429: Refusal}


class ApiRequest(HttpRequest):
    """A request whose token was good."""

    auth: Bearer


def a_file(kind: str) -> dict[str, Any]:
    """The arguments of an operation that answers with a file: the document has its media type, not JSON's."""
    schema = {"type": "string"} if kind in TEXTS else {"type": "string", "format": "binary"}
    content = {MEDIA_TYPES[kind].split(";")[0]: {"schema": schema}}
    return {"response": {200: None, **REFUSALS}, "openapi_extra": {"responses": {200: {"content": content}}}}


def json_answer(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def file_answer(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
