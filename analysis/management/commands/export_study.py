"""`manage.py export_study STUDY DIR`: the analysis bundle as files."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.services.bundle import bundle_files
from analysis.services.whole_folder import whole_folder
from readerstudy.core.errors import ReaderStudyError
from readerstudy.models import Study


class Command(BaseCommand):
    help = (
        "Write the analysis bundle of an unblinded study: data, dictionary, plan, results, tables, figures, checksums."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study's short name")
        parser.add_argument("dir", type=Path, help="a folder that is empty or does not exist yet")
        parser.add_argument("--json", action="store_true", help="print what was written as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        study, folder = Study.objects.filter(slug=options["study"]).first(), options["dir"]
        if study is None:
            raise CommandError(f"There is no study '{options['study']}'.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is not an empty folder.")
        try:
            files = bundle_files(study)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        try:
            with whole_folder(folder) as scratch:
                _write(scratch, files)
        except OSError as error:
            raise CommandError(f"{folder}: cannot be written ({error.strerror}).") from error
        if options["json"]:
            self.stdout.write(json.dumps({"study": study.slug, "dir": str(folder), "files": sorted(files)}))
        else:
            self.stdout.write(f"{len(files)} files written to {folder}.")


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
