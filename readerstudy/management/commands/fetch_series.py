"""`manage.py fetch_series STUDY`: search in an archive, and fetch series into a study, here and now."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.archives import Archive
from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.found import Found, Question, SeriesPlace, parse_place
from readerstudy.models import Arm, Fetch, FileStatus, Study, Upload
from readerstudy.remote.ask import search
from readerstudy.services import fetch_images, fetching, ingest, uploads


class Command(BaseCommand):
    help = (
        "Fetch series from an archive of READERSTUDY_ARCHIVES into a study: de-identified, checked and paired as an "
        "upload is. Give --series, or search and fetch all that is found; --list only lists. No patient is named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study's short name, as in its address")
        parser.add_argument("--archive", help="its name in READERSTUDY_ARCHIVES; not needed where there is one")
        parser.add_argument(
            "--series", action="append", default=[], metavar="STUDY_UID/SERIES_UID", help="a series; may be repeated"
        )
        parser.add_argument("--patient-id", default="", metavar="ID")
        parser.add_argument("--accession", default="", metavar="NUMBER")
        parser.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD", help="first day of the study")
        parser.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last day of the study")
        parser.add_argument("--description", default="", metavar="WORDS", help="a part of the study's description")
        parser.add_argument("--modality", default="MR", help="of the series (MR); empty for any")
        parser.add_argument("--list", action="store_true", help="list what is found, and fetch nothing")
        parser.add_argument("--arm", help="the arm that all these series are, when it is known (SOC, FAST …)")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._report(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report, indent=1))
        else:
            for row in report["series"]:
                self.stdout.write(
                    ", ".join(f"{name} {value}" for name, value in row.items() if value not in (None, ""))
                )
            self.stdout.write(f"{len(report['series'])} series.")
        if any(row.get("trouble") for row in report["series"]):
            raise CommandError("Not everything could be fetched.")

    def _report(self, options: dict[str, Any]) -> dict[str, Any]:
        study = Study.objects.filter(slug=options["study"]).first()
        if study is None:
            raise CommandError(f"There is no study '{options['study']}'.")
        archive, arm = _archive(options["archive"]), _arm(study, options["arm"])
        places = [parse_place(text) for text in options["series"]]
        if not places:
            found = search(archive, _question(options), our_title=settings.DICOM_AE_TITLE)
            if options["list"]:
                return {"series": list(_listed(found)), "more": found.more}
            places = [SeriesPlace(one.uid, series.uid, series.number) for one in found.studies for series in one.series]
        fetches = fetching.begin(study, actor=None, archive=archive, places=places, arm=arm)
        return {"series": [_fetched(one) for one in fetches]}


def _archive(name: str | None) -> Archive:
    if name:
        return fetching.archive_named(name)
    if len(settings.ARCHIVES) != 1:
        names = ", ".join(one.name for one in settings.ARCHIVES) or "none"
        raise CommandError(f"Name the archive with --archive. READERSTUDY_ARCHIVES has: {names}.")
    return settings.ARCHIVES[0]


def _arm(study: Study, code: str | None) -> Arm | None:
    arm = study.arms.filter(code=code).first() if code else None
    if code and arm is None:
        raise CommandError(
            f"The study has no arm '{code}'. It has {', '.join(study.arms.values_list('code', flat=True))}."
        )
    return arm


def _question(options: dict[str, Any]) -> Question:
    names = ("patient_id", "accession", "since", "until", "description", "modality")
    return Question(**{name: options[name] for name in names})


def _listed(found: Found) -> Iterable[dict[str, Any]]:
    for study in found.studies:
        for series in study.series:
            yield {
                "series": str(SeriesPlace(study.uid, series.uid)),
                "number": series.number,
                "modality": series.modality,
                "images": series.images,
            }


def _fetched(fetch: Fetch) -> dict[str, Any]:
    """Fetch one and parse it. What fails does not stop the others."""
    row: dict[str, Any] = {"fetch": fetch.pk, "number": fetch.number}
    try:
        upload = fetch_images.fetch_series(fetch, _silent, close=uploads.close)
        assert upload is not None
        ingest.parse(upload, _silent)
    except ReaderStudyError as error:
        fetching.cancel(fetch, actor=None)
        return {**row, "trouble": str(error)}
    uploads.erase_taken_names(upload)
    return {**row, **_outcome(upload)}


def _outcome(upload: Upload) -> dict[str, Any]:
    counts = {str(status): upload.files.filter(status=status).count() for status in FileStatus}
    ids = ", ".join(str(one.pk) for one in ingest.series_of(upload))
    return {**{status: count for status, count in counts.items() if count}, "series": ids}


def _silent(done: int, total: int, step: str = "") -> None:
    """Nobody watches the progress of a command that prints a report."""
