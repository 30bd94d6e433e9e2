"""`manage.py backup FILE`: everything that the installation knows, in one file, while it runs."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import ReaderStudyError
from readerstudy.services.backup.locks import make_key
from readerstudy.services.backup.make import make_backup
from readerstudy.services.backup.restore import check_backup


class Command(BaseCommand):
    help = (
        "Write a backup of database, images, waiting uploads and secrets to one new file, while people work. "
        "Without --public-key it is not encrypted and holds the secrets: keep it where nobody else reads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the new file; with --make-key: the file of the new secret key")
        parser.add_argument("--public-key", metavar="age1...", help="encrypt for this key")
        parser.add_argument("--make-key", action="store_true", help="make a pair of keys; prints the public one")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["make_key"]:
                self._make_key(options["file"])
            else:
                self._back_up(options["file"], options["public_key"])
        except (ReaderStudyError, OSError) as error:
            raise CommandError(str(error)) from error

    def _make_key(self, target: Path) -> None:
        public = make_key(target)
        self.stderr.write(f"The secret key stands in {target}. Keep it on another machine: restore asks for it.")
        self.stdout.write(public)

    def _back_up(self, target: Path, public_key: str | None) -> None:
        report = make_backup(target, public_key=public_key, progress=self._say_progress)
        if public_key is None:  # what is encrypted cannot be read here, and that is the point
            check_backup(target)
        self.stdout.write(
            f"{target}: {report.rows} rows, {report.files} files, {report.uploads} waiting uploads, "
            f"{report.size / 1e6:.1f} MB{'' if public_key else ', read again and right'}."
        )

    def _say_progress(self, done: int, total: int) -> None:
        if self.stderr.isatty() and (done == total or done % 100 == 0):
            self.stderr.write(f"\r{done} of {total} files", ending="\n" if done == total else "")
            self.stderr.flush()
