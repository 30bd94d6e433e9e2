"""`manage.py restore FILE`: a backup put back into an empty installation."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import ReaderStudyError
from readerstudy.services.backup.restore import Restored, check_backup, restore_backup
from readerstudy.supervisor.lock import locked_directory


class Command(BaseCommand):
    help = (
        "Put a backup back into an empty data directory (READERSTUDY_DATA) and database (DATABASE_URL), SQLite or "
        "PostgreSQL whichever it came from. Cut off, it is run again. Everybody has to sign in anew."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument("--key", type=Path, help="the file of the secret key, where the backup is encrypted")
        parser.add_argument("--check", action="store_true", help="only read it against its checksums; change nothing")
        parser.add_argument("--json", action="store_true", help="print what it holds as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        source, key = options["file"], options["key"]
        try:
            if options["check"]:
                held = check_backup(source, key_file=key)
            else:
                with locked_directory(Path(settings.DATA_DIR)):
                    held = restore_backup(source, key_file=key, progress=self.stderr.write)
        except (ReaderStudyError, OSError) as error:
            raise CommandError(str(error)) from error
        self._tell(held, checked=options["check"], as_json=options["json"])

    def _tell(self, held: Restored, *, checked: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(vars(held), indent=1))
        else:
            done = "The backup is whole" if checked else "Restored"
            self.stdout.write(
                f"{done}: {held.rows} rows, {held.files} files, {held.uploads} waiting uploads, as of {held.made_at}."
            )
            if not checked:
                self.stdout.write("Now check each study: manage.py verify_study STUDY.")
        if held.foreign_key:
            self.stderr.write(
                "READERSTUDY_DEIDENTIFICATION_KEY is not the key of this data: later uploads of a known patient would "
                "get another pseudonym. Set the key that the data was made with, or leave it unset."
            )
        if held.foreign_allocation_key:
            self.stderr.write(
                "READERSTUDY_ALLOCATION_KEY is not the key of this data: no pair of a sealed study could be shown, and "
                "none unblinded. Set the key that the data was made with, or leave it unset."
            )
