"""`manage.py ingest STUDY PATH…`: DICOM files, folders or zips into a study, with a report of every file."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from readerstudy.core.errors import ReaderStudyError
from readerstudy.models import FileStatus, Series, Study, Upload, User
from readerstudy.services import ingest, studies, uploads


class Command(BaseCommand):
    help = (
        "Take DICOM files, folders or zips into a study: parsed, de-identified, grouped into series and paired. "
        "Prints what was taken, held and refused, and why. Enhancement follows in the worker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study's short name, as in its address")
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, folder or zip")
        parser.add_argument("--arm", help="the arm that all these series are, when it is known (SOC, FAST …)")
        parser.add_argument("--create", action="store_true", help="make the study when there is none of this name")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = _files(options["paths"])
            study = _study(options["study"], create=options["create"])
            upload, paths = _receive(study, options["arm"], files)
            ingest.parse(upload, lambda done, total, step="": None)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or 'A file'}: {error.strerror}.") from error
        report = _report(upload, paths)
        uploads.erase_taken_names(upload)
        self._print(report, as_json=options["json"])

    def _print(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, indent=1))
            return
        for file in report["files"]:
            if file["status"] != FileStatus.TAKEN:
                self.stdout.write(f"{file['status']}: {file['path']}: {file['reason']}")
        for series in report["series"]:
            place = f"{series['image_set'] or 'no image set'}, {series['arm'] or 'no arm'}"
            self.stdout.write(f"series {series['id']} of {series['participant']}: {place}, {series['shape']}")
        taken = sum(file["status"] == FileStatus.TAKEN for file in report["files"])
        self.stdout.write(f"{taken} of {len(report['files'])} files taken, {len(report['series'])} series.")


def _files(paths: Iterable[Path]) -> list[tuple[str, Path]]:
    """Every file below the paths, with its name as given or found."""
    found: list[tuple[str, Path]] = []
    for path in paths:
        if path.is_dir():
            found += [(str(inner), inner) for inner in sorted(path.rglob("*")) if inner.is_file()]
        elif path.is_file():
            found.append((str(path), path))
        else:
            raise CommandError(f"There is no file or folder {path}.")
    if not found:
        raise CommandError("There are no files below the given paths.")
    return found


def _study(slug: str, *, create: bool) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is not None:
        return study
    if not create:
        raise CommandError(f"There is no study '{slug}'. Add --create to make it.")
    if slug != slugify(slug)[:50]:
        raise CommandError(f"'{slug}' is no short name for a study; '{slugify(slug)[:50] or 'study'}' would be.")
    owner = User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
    return studies.create_study(actor=owner, title=slug, slug=slug)


def _receive(study: Study, arm_code: str | None, files: list[tuple[str, Path]]) -> tuple[Upload, dict[int, str]]:
    """The closed upload, and by row the path as it was given: rows mask words that may identify."""
    arm = study.arms.filter(code=arm_code).first() if arm_code else None
    if arm_code and arm is None:
        codes = ", ".join(study.arms.values_list("code", flat=True))
        raise CommandError(f"The study has no arm '{arm_code}'. It has {codes}.")
    upload = uploads.begin(study, actor=None, arm=arm)
    paths = {}
    for name, path in files:
        with path.open("rb") as stream:
            file = uploads.receive(upload, name=name, stream=stream, length=path.stat().st_size)
        paths[file.pk] = name
    uploads.close(upload, actor=None)
    return upload, paths


def _report(upload: Upload, paths: dict[int, str]) -> dict[str, Any]:
    return {
        "files": [
            {
                "path": paths.get(file.pk, file.name),
                "status": file.status,
                "reason": file.reason,
                "series": file.series_id,
                "pixel_sha256": file.pixel_sha256 or None,
            }
            for file in upload.files.order_by("name")
        ],
        "series": [_describe(series) for series in ingest.series_of(upload)],
    }


def _describe(series: Series) -> dict[str, Any]:
    return {
        "id": series.pk,
        "arm": series.arm.code if series.arm else None,
        "participant": series.participant.code,
        "image_set": series.image_set.code if series.image_set else None,
        "shape": [series.slices, series.rows, series.columns],
        "checks": series.findings,
    }
