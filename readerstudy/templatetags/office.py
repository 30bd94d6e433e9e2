"""What the office pages say about a study: its steps, its navigation, dates, values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import RequestContext
from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from readerstudy.core.lifecycle import Status
from readerstudy.models import Role, Study, Task

register = template.Library()

NEXT_STEP = {
    Status.DRAFT: gettext_lazy("Set up the protocol, the cases and the readers, then seal the allocation."),
    Status.READING: gettext_lazy("Readers score their pairs. Lock the study when they have finished."),
    Status.LOCKED: gettext_lazy("No score can change any more. Unblind the study to see results by arm."),
    Status.UNBLINDED: gettext_lazy("Arms are joined to scores. Read, download and verify the results."),
}


@dataclass(frozen=True)
class Step:
    label: str
    state: str  # done, current, ahead
    number: int


@register.simple_tag
def steps_of(study: Study) -> list[Step]:
    """The four statuses in their order, as seen from where the study stands."""
    order = list(Status)
    here = order.index(Status(study.status))
    return [
        Step(
            label=status.value.upper(),
            state="done" if number < here else "current" if number == here else "ahead",
            number=number + 1,
        )
        for number, status in enumerate(order)
    ]


@register.filter
def next_step(study: Study) -> str:
    return str(NEXT_STEP[Status(study.status)])


@dataclass(frozen=True)
class Page:
    """A page of a study's navigation, the pages below it, and who is shown the way there."""

    name: str
    label: str
    roles: frozenset[str]
    below: tuple[str, ...] = ()


STAFF = frozenset({Role.COORDINATOR, Role.STATISTICIAN})
COORDINATOR = frozenset({Role.COORDINATOR})
# In the order of a study's life. Who may come in is decided in `access`; here only what is offered.
PAGES = (
    Page("overview", "Overview", frozenset(Role)),
    Page("protocol", "Protocol", STAFF),
    Page("cases", "Cases", COORDINATOR, below=("series", "upload_report", "sending", "fetching")),
    Page("denoiser", "Denoiser", COORDINATOR, below=("review",)),
    Page("readers", "Readers", COORDINATOR),
    Page("plan", "Plan", STAFF, below=("plan_version", "new_plan_version", "power", "power_run")),
    Page("allocation", "Allocation", STAFF),
    Page("monitor", "Monitor", STAFF, below=("conduct_checks",)),
    Page("close", "Close", STAFF),
    Page("results", "Results", STAFF, below=("results_section", "image_metrics", "figures", "figure")),
    Page("api_access", "API", STAFF),
    Page("audit_trail", "Audit trail", STAFF),
)


@dataclass(frozen=True)
class Link:
    url: str
    label: str
    current: bool


@register.simple_tag(takes_context=True)
def study_pages(context: RequestContext) -> list[Link]:
    """The pages of the study for the role of whoever is looking."""
    request = context["request"]
    here = request.resolver_match.url_name
    return [
        Link(reverse(page.name, args=(request.study.slug,)), page.label, here in (page.name, *page.below))
        for page in PAGES
        if request.membership.role in page.roles
    ]


@register.filter
def utc(at: datetime | None) -> str | SafeString:
    """A moment in UTC, with the zone said, in the form of the page's language; '–' for None."""
    if at is None:
        return "–"
    moment = timezone.localtime(at, timezone.get_default_timezone())
    # Translators: a date with its time of day, as Django's filter `date` writes it.
    day_and_time = gettext("j M Y, H:i")
    words = f"{dateformat.format(moment, day_and_time)} UTC"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), words)


@register.filter
def shown_value(field: BoundField) -> str:
    """The stored value behind a form's field, as a reader of the page would write it."""
    instance = field.form.instance
    in_words = getattr(instance, f"get_{field.name}_display", None)  # of a field with choices
    value = in_words() if in_words else getattr(instance, field.name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None or value == "" else str(value)


@register.filter
def detail_name(name: str) -> str:
    """The key of an audit event's detail as words."""
    return name.replace("_sha256", " SHA-256").replace("_", " ")


@register.filter
def detail_value(value: Any) -> str:
    """A value of an audit event's detail in one line."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " · ".join(f"{detail_name(key)}: {detail_value(part)}" for key, part in value.items())
    return ", ".join(map(detail_value, value)) if isinstance(value, list) else str(value)


TASKS = {
    "ingest": "Reading an upload",
    "fetch": "Fetching a series from an archive",
    "display": "Preparing an image set",
    "enhance": "Enhancing series {subject}",
    "analyse": "Computing the results",
    "analyse_post_hoc": "Computing the results, post hoc",
    "draw_results": "Drawing the figures of the results",
    "power": "Simulating power",
}


@register.filter
def kind_name(kind: str) -> str:
    """A kind of task without its subject."""
    return TASKS.get(kind, kind.capitalize()).format(subject="").strip()


@register.filter
def task_name(task: Task) -> str:
    return TASKS.get(task.kind, task.kind.capitalize()).format(subject=task.subject)


PARAMETERS = {
    "tr_ms": "Repetition time TR (ms)",
    "te_ms": "Echo time TE (ms)",
    "ti_ms": "Inversion time TI (ms)",
    "flip_angle_deg": "Flip angle (°)",
    "field_strength_t": "Field strength (T)",
    "slice_thickness_mm": "Slice thickness (mm)",
    "spacing_between_slices_mm": "Spacing between slices (mm)",
    "pixel_spacing_mm": "Pixel spacing (mm)",
    "bandwidth_hz_px": "Bandwidth (Hz per pixel)",
    "scan_time_s": "Scan time (s)",
    "age_years": "Age (years, capped at 90)",
    "n_slices": "Slices",
    "words": "Words kept of the descriptions",
    "lossy": "Lossy compression",
    "source_series_uids": "Made from the series (UID, replaced)",
}


@register.filter
def parameter_name(name: str) -> str:
    return PARAMETERS.get(name) or name.replace("_", " ").capitalize()


@register.filter
def parameter_value(value: Any) -> str:
    """A stored parameter in words; what a header did not tell is said so."""
    if value is None or value == []:
        return "not in the header"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(parameter_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
