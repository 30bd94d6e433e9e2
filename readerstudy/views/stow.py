"""DICOMweb STOW-RS: `POST /dicom-web/STUDY/studies` (PS3.18 10.5). A token lets in; a session opens nothing here."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from readerstudy.core.errors import BadInput, WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.core.multipart import MediaType, Multipart, Stream, media_type
from readerstudy.models import SendingToken
from readerstudy.services import refusals, sending_tokens
from readerstudy.services.receiving import Sender
from readerstudy.services.web_store import OUT_OF_RESOURCES, Stored, TooManyParts, store_parts
from readerstudy.views.errors import CANNOT_SAVE, INSUFFICIENT_STORAGE, cannot_save

JSON = "application/dicom+json"
CLASS, INSTANCE = "00081150", "00081155"  # Referenced SOP Class UID, Referenced SOP Instance UID
FAILURE_REASON, RETRIEVE_URL = "00081197", "00081190"
REFERENCED, FAILED, OTHER_FAILURES = "00081199", "00081198", "0008119A"


@csrf_exempt
@require_POST
def stow(request: HttpRequest, slug: str) -> HttpResponse:
    """Store instances. 200 all, 202 some, 409 none; the body says which (PS3.18 10.5.3)."""
    token = _token_of(request)
    if token is None:
        response = _refusal(401, "Send a token for sending that is neither revoked nor out of date: Bearer rss_…")
        response["WWW-Authenticate"] = "Bearer"
        return response
    if token.study.slug != slug:
        return _refusal(404, "There is no such study, or the token is for another one.")
    if not _takes_json(request.headers.get("Accept", "")):
        return _refusal(406, f"The answer is {JSON} only.")
    kind = media_type(request.headers.get("Content-Type", ""))
    if not _is_supported(kind):
        return _refusal(415, 'Send multipart/related; type="application/dicom"; boundary=…')
    return _store(request, token, kind)


def _token_of(request: HttpRequest) -> SendingToken | None:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return sending_tokens.token_of(secret.strip()) if scheme.lower() == "bearer" else None


def _takes_json(accept: str) -> bool:
    """A client that names other kinds only would not understand the answer (PS3.18 8.4)."""
    kinds = {media_type(one).name for one in accept.split(",")} if accept.strip() else set()
    return not kinds or bool(kinds & {JSON, "application/json", "application/*", "*/*"})


def _is_supported(kind: MediaType) -> bool:
    wanted = kind.parameters.get("type", "application/dicom").lower()
    return kind.name == "multipart/related" and wanted == "application/dicom"


def _store(request: HttpRequest, token: SendingToken, kind: MediaType) -> HttpResponse:
    sender = Sender(token.name, token=token)
    try:
        require(token.study.status, Act.EDIT_CASES)
        outcomes = store_parts(sender, Multipart(_body(request), kind.parameters.get("boundary", "")).parts())
    except WrongState as error:
        _note(sender, str(error))
        return _refusal(409, str(error))
    except TooManyParts as error:
        _note(sender, str(error))
        return _refusal(413, str(error))
    except BadInput as error:
        _note(sender, str(error))
        return _refusal(400, str(error))
    except Exception as error:
        if not cannot_save(error):
            raise
        return _refusal(INSUFFICIENT_STORAGE, CANNOT_SAVE)
    return _answer(outcomes)


def _body(request: HttpRequest) -> Stream:
    """The body as it comes. Django takes a body without a length for an empty one; the server ends a chunked one."""
    if not request.headers.get("Content-Length") and request.META.get("wsgi.input_terminated"):
        stream: Stream = request.META["wsgi.input"]
        return stream
    return request


def _note(sender: Sender, reason: str) -> None:
    study = sender.entrance.study
    refusals.note(study, way=sender.way, sender=sender.name, called=sender.called, reason=reason)


def _answer(outcomes: list[Stored]) -> HttpResponse:
    """The Store Instances Response (PS3.18 10.5.3.2, PS3.18 annex I)."""
    stored = [one for one in outcomes if not one.failure]
    failed = [one for one in outcomes if one.failure and one.meta]
    nameless = [one for one in outcomes if one.failure and not one.meta]
    content: dict[str, Any] = {RETRIEVE_URL: {"vr": "UR"}}  # nothing is given back
    if stored:
        content[REFERENCED] = _sequence([{**_names(one), RETRIEVE_URL: {"vr": "UR"}} for one in stored])
    if failed:
        content[FAILED] = _sequence([{**_names(one), FAILURE_REASON: _code(one)} for one in failed])
    if nameless:
        content[OTHER_FAILURES] = _sequence([{FAILURE_REASON: _code(one)} for one in nameless])
    return _respond(content, _status(stored, [*failed, *nameless]))


def _status(stored: list[Stored], failed: list[Stored]) -> int:
    if stored:
        return 202 if failed else 200
    if not failed:
        return 400  # a message without a part
    return INSUFFICIENT_STORAGE if all(one.failure == OUT_OF_RESOURCES for one in failed) else 409


def _names(one: Stored) -> dict[str, Any]:
    assert one.meta is not None
    return {
        CLASS: {"vr": "UI", "Value": [one.meta.sop_class_uid]},
        INSTANCE: {"vr": "UI", "Value": [one.meta.sop_instance_uid]},
    }


def _code(one: Stored) -> dict[str, Any]:
    return {"vr": "US", "Value": [one.failure]}


def _sequence(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"vr": "SQ", "Value": items}


def _respond(content: dict[str, Any], status: int) -> HttpResponse:
    response = JsonResponse(content, status=status, content_type=JSON)
    response["Cache-Control"] = "no-store"
    return response


def _refusal(status: int, message: str) -> HttpResponse:
    """Nothing was looked at: the reason in words."""
    response = JsonResponse({"message": message}, status=status)
    response["Cache-Control"] = "no-store"
    return response
