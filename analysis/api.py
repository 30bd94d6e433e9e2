"""The API for scripts: read-only, one study a token, the same rules of access as the pages.

Every address refuses before unblinding what the pages refuse: the services behind both are the same.
"""

import json
import math
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

import pandas as pd
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, Throttled, ValidationError
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle

from analysis.access import Bearer, bearer_of, require_key, require_study
from analysis.api_answers import REFUSALS, ApiRequest, a_file, file_answer, json_answer
from analysis.api_results import router
from analysis.api_schemas import Conduct, DataPackage, PlanVersion, Summary, Value
from analysis.core.csv_text import to_csv
from analysis.core.results_json import to_json
from analysis.services import plans
from analysis.services.bundle import bundle_zip
from analysis.services.conduct import conduct_figures
from analysis.services.export import export_of, package_json
from readerstudy.core.errors import NotFound, ReaderStudyError
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Role
from readerstudy.queries import case_counts, reader_progress
from readerstudy.views.errors import STATUS

TableName = Literal[
    "ratings_long", "ratings_wide_by_presentation", "ratings_wide_by_reader", "scores", "consistency", "findings",
    "allocation", "image_metrics", "reading_sessions", "viewing", "viewing_intervals", "viewing_slices",
    "viewing_looks", "answer_order", "guesses",
]  # fmt: skip
DESCRIPTION = (
    "Read-only access for scripts in R, Python and other languages. Send the token of a study with every request: "
    "`Authorization: Bearer rst_…`. Before unblinding only the summary, the conduct figures and the plan answer; "
    "everything that joins scores and arms answers 409 until the study is unblinded."
)


class TokenAuth(HttpBearer):
    """`Authorization: Bearer rst_…`; a session cookie opens nothing here."""

    def authenticate(self, request: HttpRequest, token: str) -> Bearer | None:
        return bearer_of(token)


class TokenThrottle(SimpleRateThrottle):
    """So many requests a minute for each token, counted in each web process."""

    def get_cache_key(self, request: HttpRequest) -> str:
        return f"api-token-{request.auth.token.pk}"


def open_to_all(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The OpenAPI document tells addresses and formats, nothing of any study: tools fetch it without a token."""

    @wraps(view, assigned=())
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return shown


class Api(NinjaAPI):
    """Nothing that it answers may be kept on the way."""

    def create_response(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().create_response(*args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response


api = Api(
    title="Reader study API",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # ninja's page for people needs scripts that the content security policy forbids
    docs_decorator=open_to_all,
    auth=TokenAuth(),
    throttle=[TokenThrottle(f"{settings.API_REQUESTS_A_MINUTE}/min")],
)


def refusal(status: int, error: str, message: str) -> JsonResponse:
    response = JsonResponse({"error": error, "message": message}, status=status)
    response["Cache-Control"] = "no-store"
    return response


@api.exception_handler(AuthenticationError)
def no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = "Send a token that is neither revoked nor out of date: Authorization: Bearer rst_…"
    response = refusal(401, "token", message)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Throttled)
def too_many(request: HttpRequest, error: Throttled) -> HttpResponse:
    limit = settings.API_REQUESTS_A_MINUTE
    response = refusal(429, "too_many", f"More than {limit} requests a minute. Wait, then go on.")
    response["Retry-After"] = str(math.ceil(error.wait or 1))
    return response


@api.exception_handler(ValidationError)
def bad_address(request: HttpRequest, error: ValidationError) -> HttpResponse:
    where = ", ".join(str(part["loc"][-1]) for part in error.errors)
    return refusal(404, "not_found", f"There is nothing under this address: see {where} in /api/v1/openapi.json.")


@api.exception_handler(ReaderStudyError)
def refused(request: HttpRequest, error: ReaderStudyError) -> HttpResponse:
    status, code = next((status, code) for kind, status, code in STATUS if isinstance(error, kind))
    return refusal(status, code, str(error))


@api.get("/studies/{slug}/", response={200: Summary, **REFUSALS}, url_name="api_study", tags=["Study"])
def study(request: ApiRequest, slug: str) -> dict[str, Any]:
    """Where the study stands: status, counts, completion by reader, hashes. Nothing here depends on an arm."""
    found = require_study(request.auth, slug)
    counts = case_counts(found)
    fields = (
        "slug", "title", "status", "sealed_at", "locked_at", "unblinded_at", "allocation_sha256", "scores_sha256",
        "plan_sha256",
    )  # fmt: skip
    return {
        **{name: getattr(found, name) for name in fields},
        "participants": counts.participants,
        "image_sets": counts.image_sets,
        "readers": [
            {"code": one.reader.code, "pairs": one.total, "finished": one.finished} for one in reader_progress(found)
        ],
    }


@api.get("/studies/{slug}/conduct/", response={200: Conduct, **REFUSALS}, url_name="api_conduct", tags=["Study"])
def conduct(request: ApiRequest, slug: str) -> HttpResponse:
    """Quality of the conduct, as on the monitor: what may be seen while arms are blinded, and nothing more."""
    found = require_study(request.auth, slug)
    safety = request.auth.membership.role == Role.COORDINATOR
    return json_answer(to_json(conduct_figures(found, safety=safety)))


@api.get("/studies/{slug}/plan/", response={200: list[PlanVersion], **REFUSALS}, url_name="api_plan", tags=["Study"])
def plan(request: ApiRequest, slug: str) -> list[dict[str, Any]]:
    """Every version of the analysis plan, the sealed one first; empty while the study is a draft."""
    found = require_study(request.auth, slug)
    return [
        {
            "version": one.number,
            "post_hoc": one.post_hoc,
            "sha256": one.sha256,
            "made_by": one.made_by,
            "made_at": one.made_at,
            "reason": one.reason,
            "plan": one.plan,
        }
        for one in plans.versions_of(found)
    ]


@api.get("/studies/{slug}/tables/", response={200: DataPackage, **REFUSALS}, url_name="api_tables", tags=["Data"])
def tables(request: ApiRequest, slug: str) -> HttpResponse:
    """The dictionary of all tables, as a Frictionless data package: every column, what it means and may hold."""
    return json_answer(package_json(export_of(require_study(request.auth, slug)), at=timezone.now()))


@api.get("/studies/{slug}/tables/{name}.csv", **a_file("csv"), url_name="api_table_csv", tags=["Data"])
def table_csv(request: ApiRequest, slug: str, name: TableName) -> HttpResponse:
    """One table as CSV: UTF-8, RFC 4180, empty where missing, formula guard as in the bundle."""
    return file_answer(to_csv(_table(request, slug, name)).encode(), "csv", f"{slug}-{name}.csv")


@api.get(
    "/studies/{slug}/tables/{name}.json", response={200: list[dict[str, Value]], **REFUSALS}, url_name="api_table_json",
    tags=["Data"],
)  # fmt: skip
def table_json(request: ApiRequest, slug: str, name: TableName) -> HttpResponse:
    """One table as a JSON list of rows; null where missing, text as it is."""
    frame = _table(request, slug, name)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return json_answer(json.dumps(rows, ensure_ascii=False, allow_nan=False))


def _table(request: ApiRequest, slug: str, name: str) -> pd.DataFrame:
    found = require_study(request.auth, slug)
    if name == "allocation":
        require_key(request.auth)
    export = export_of(found)
    if name not in export.names:
        raise NotFound(f"This study has no table '{name}'; it has {', '.join(export.names)}.")
    return export.table(name)


@api.get("/studies/{slug}/bundle.zip", **a_file("zip"), url_name="api_bundle", tags=["Data"])
def bundle(request: ApiRequest, slug: str) -> HttpResponse:
    """Everything in one zip. It holds the allocation key, so the token must be allowed to read that."""
    found = require_study(request.auth, slug)
    require(found.status, Act.JOIN_ARMS)
    require_key(request.auth)
    return file_answer(bundle_zip(found), "zip", f"{slug}-bundle.zip")


api.add_router("", router)
