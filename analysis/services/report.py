"""The report of an analysis: made by the worker after the figures, kept beside them."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from analysis import queries
from analysis.core.report.about import About, program_version
from analysis.core.report.build import build_report, in_order
from analysis.core.report.document import Figure
from analysis.core.versions import PRINTING, package_versions
from analysis.models import Analysis, ResultFile
from analysis.services.plans import Version, version_of, versions_of
from readerstudy.core.errors import NotFound
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study
from readerstudy.services import audit
from readerstudy.services.tasks import Progress

REPORT = "report"  # the section under which its files are kept beside the figures
VERSIONS = "versions.json"
RANDOMISATION = (
    "Every reader had an order of their own, drawn by keyed SHA-256 ranks from a recorded seed, with presentations of "
    "one participant kept apart; sides were drawn in the same way and balanced within reader and comparison."
)


def make_report(analysis: Analysis, progress: Progress) -> list[ResultFile]:
    """
    `report.html` and `report.pdf` of stored results with the figures that were drawn of them.

    The same analysis of the same study gives the same bytes: no time of making is in them. Raises CannotTypeset.
    """
    from analysis.core.report.html import to_html
    from analysis.core.report.pdf import to_pdf  # the web process stays without matplotlib and the typesetter

    study = analysis.study
    require(study.status, Act.JOIN_ARMS)
    progress(0, 1, "typesetting the report")
    results = in_order(analysis.results["results"])
    document = build_report(results, about_study(study, analysis), _figures(analysis))
    contents = {
        "report.html": to_html(document).encode(),
        "report.pdf": to_pdf(document),
        VERSIONS: _versions(analysis, results),
    }
    with transaction.atomic():
        analysis.files.filter(section=REPORT).delete()
        files = [_file(analysis, document.title, name, content) for name, content in contents.items()]
        audit.record(
            study,
            None,
            "report made",
            plan_version=analysis.plan_version,
            data_sha256=analysis.data_sha256,
            **{f"{file.name.replace('.', '_')}_sha256": file.sha256 for file in files},
        )
    return files


def _versions(analysis: Analysis, results: Mapping[str, Any]) -> bytes:
    """What computed the numbers, measured the images, and drew and typeset these files."""
    meta = results["meta"]
    made_with = {
        "program": program_version(),
        "computed_with": {"python": meta["python"], **meta["packages"]},
        "images_measured_with": queries.measured_with(analysis.study),
        "printed_with": package_versions(PRINTING),
    }
    return (json.dumps(made_with, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _file(analysis: Analysis, title: str, name: str, content: bytes) -> ResultFile:
    return ResultFile.objects.create(
        analysis=analysis,
        name=name,
        section=REPORT,
        position=10_000,  # after all figures
        title=f"Report: {title}",
        caption="",
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )


def _figures(analysis: Analysis) -> list[Figure]:
    """As the pages show them."""
    drawn = analysis.files.filter(name__endswith=".svg")
    return [
        Figure(one.name.removesuffix(".svg"), one.section, one.title, one.caption, bytes(one.content).decode())
        for one in drawn
    ]


def report_file(study: Study, kind: str, *, plan_version: int) -> ResultFile:
    """The report by a version of the plan, as html or pdf. Raises WrongState before unblinding, and NotFound."""
    require(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study, plan_version=plan_version)
    found = analysis.files.filter(section=REPORT, name=f"report.{kind}").first() if analysis else None
    if found is None:
        raise NotFound("There is no report yet: the worker makes it after the figures.")
    return found


def report_files(analysis: Analysis) -> dict[str, bytes]:
    """Name -> content, for the bundle; empty where none was made."""
    return {file.name: bytes(file.content) for file in analysis.files.filter(section=REPORT)}


def about_study(study: Study, analysis: Analysis) -> About:
    """What the results do not know of their study."""
    version = version_of(study, analysis.plan_version)
    return About(
        title=study.title,
        facts=tuple((name, value) for name, value in _facts(study) if value),
        lock=f"locked {_moment(study.locked_at)}, scores {study.scores_sha256[:12]}…",
        hashes=tuple(_hashes(study, version)),
        participants=analysis.results["participants_line"],
        randomisation=RANDOMISATION,
        plan_fixed=_plan_fixed(study, version),
        arm_names=queries.arm_names(study),
        deviations=tuple(deviations_of(study, version)),
        tables=tuple(queries.shown_tables(analysis)),
        program=program_version(),
        measured_with=tuple(queries.measured_with(study)),
        printed_with=package_versions(PRINTING),
    )


def _facts(study: Study) -> Iterator[tuple[str, str]]:
    yield "Study", study.slug
    yield "Sponsor", study.sponsor
    yield "Ethics approval", study.ethics_approval
    yield "Sites", ", ".join(f"{site.code}{f' ({site.name})' if site.name else ''}" for site in study.sites.all())
    yield "Scanners", ", ".join(dict.fromkeys(map(str, study.scanners.all())))
    yield "Allocation and plan sealed", _moment(study.sealed_at)
    yield "Scores locked", _moment(study.locked_at)
    yield "Unblinded", _moment(study.unblinded_at)


def _hashes(study: Study, version: Version) -> Iterator[tuple[str, str]]:
    yield "Locked scores, without arms", study.scores_sha256
    yield "Seal of the allocation", study.allocation_sha256
    if version.post_hoc:
        yield "Sealed analysis plan", study.plan_sha256


def _plan_fixed(study: Study, version: Version) -> str:
    which = f"The sealed plan (SHA-256 {study.plan_sha256[:8]})" if version.post_hoc else "It"
    return f"{which} was fixed with the seal of the allocation on {_moment(study.sealed_at)}, before reading began."


def deviations_of(study: Study, version: Version) -> Iterator[str]:
    """What was recorded beside the plan: other versions of it, readings that were left, answers that were corrected."""
    for other in versions_of(study):
        if other.post_hoc and other.number != version.number:
            yield (
                f"Version {other.number} of the analysis plan was made after the seal by {other.made_by} on "
                f"{_moment(other.made_at)}: {other.reason.rstrip('.')}. Its results are not in this report "
                f"(SHA-256 {other.sha256})."
            )
    locked = study.audit_events.filter(action="study locked").last()
    if locked and locked.detail["finished"] != locked.detail["allocated"]:
        yield (
            f"The scores were locked with {locked.detail['finished']:,} of {locked.detail['allocated']:,} "
            f"presentations finished: {locked.detail['reason'].rstrip('.')}."
        )
    corrected = study.audit_events.filter(action="scores corrected").count()
    if corrected:
        times = "once" if corrected == 1 else f"{corrected:,} times"
        yield f"Finished readings were corrected {times} before the lock, with the reason in the audit trail."


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else ""
