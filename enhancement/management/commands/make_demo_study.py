"""`manage.py make_demo_study`: a whole study on simulated spine images, ready to be read."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.lifecycle import Status
from readerstudy.models import Study


class Command(BaseCommand):
    help = (
        "Make a study on simulated spine phantoms: SOC and FAST DICOM with MR noise, uploaded, de-identified, enhanced "
        "by the worker's code and allocated to three readers. Prints the sign-ins once. A second call changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--image-sets", type=_at_least_one, default=6, metavar="N", help="how many (default 6)")
        parser.add_argument("--slices", type=_at_least_one, default=12, help="slices of a series (default 12)")
        parser.add_argument("--matrix", type=_matrix, default=320, help="rows and columns (default 320)")
        parser.add_argument("--readings", action="store_true", help="let simulated readers read everything")
        parser.add_argument("--unblind", action="store_true", help="also lock and unblind (implies --readings)")
        parser.add_argument("--seed", type=int, default=1, help="makes the images and answers repeatable (default 1)")
        parser.add_argument("--slug", default="demo", help="the study's short name (default demo)")
        parser.add_argument("--json", action="store_true", help="print the result as JSON, sign-ins included")

    def handle(self, *args: Any, **options: Any) -> None:
        self._quiet = options["json"]
        try:
            result = self._make(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=1))

    def _make(self, options: dict[str, Any]) -> dict[str, Any]:
        # numpy, and with the enhancement torch, come with these imports: not for `manage.py help`.
        from enhancement.core.simulated_case import Size
        from enhancement.services import demo

        study, sign_ins = demo.find_demo(options["slug"]), []
        if study is None:
            study, sign_ins = demo.open_demo(options["slug"])
            self._say_sign_ins(sign_ins)
        if demo.is_complete(study):
            self._say(f"The study '{study.slug}' is there already, {study.get_status_display().lower()}.")
        else:
            size = Size(matrix=options["matrix"], slices=options["slices"])
            demo.fill_demo(study, image_sets=options["image_sets"], seed=options["seed"], size=size, say=self._say)
            self._say(f"The study '{study.slug}' is open for reading.")
        if options["readings"] or options["unblind"]:
            self._read(study, seed=options["seed"], unblind=options["unblind"])
        return _result(study, sign_ins)

    def _read(self, study: Study, *, seed: int, unblind: bool) -> None:
        from enhancement.services import simulated_reading

        if study.status == Status.READING:
            count = simulated_reading.read_everything(study, seed=seed, say=self._say)
            self._say(f"{count} pairs were read.")
        if unblind:
            simulated_reading.close_study(study)
            study.refresh_from_db()
            self._say(f"The study is {study.get_status_display().lower()}.")

    def _say_sign_ins(self, sign_ins: list[Any]) -> None:
        self._say("Sign-ins of the demonstration; they are shown this once:")
        for one in sign_ins:
            self._say(f"  {one.role:<14} {one.username:<22} {one.password}")

    def _say(self, line: str) -> None:
        if not self._quiet:
            self.stdout.write(line)
            self.stdout.flush()


def _result(study: Study, sign_ins: list[Any]) -> dict[str, Any]:
    return {
        "study": study.slug,
        "status": study.status,
        "made": bool(sign_ins),
        "participants": study.participants.count(),
        "image_sets": study.image_sets.count(),
        "allocations": study.allocations.count(),
        "finished": study.allocations.filter(reading__finished_at__isnull=False).count(),
        "allocation_sha256": study.allocation_sha256,
        "sign_ins": [vars(one) for one in sign_ins],
    }


def _at_least_one(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"a whole number of at least 1 is needed, not '{text}'")
    return int(text)


def _matrix(text: str) -> int:
    if not text.isdigit() or not 64 <= int(text) <= 1024 or int(text) % 2:
        raise ArgumentTypeError(f"an even number from 64 to 1024 is needed, not '{text}'")
    return int(text)
