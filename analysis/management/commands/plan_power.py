"""Power by simulation for a study that is being planned; no database is touched."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analysis.core.plan import SEED
from analysis.core.planning import TEST_NAMES, plan_power, sets_of
from analysis.core.power import PowerInputs
from analysis.core.power_plot import power_svg
from readerstudy.core.errors import BadInput

OPTIONS: tuple[tuple[str, type, Any, str], ...] = (
    ("--patients", int, 61, "number of patients"),
    ("--image-sets", int, 111, "image sets of all patients together, spread evenly"),
    ("--readers", int, 3, "number of readers"),
    ("--rho-patient", float, 0.25, "correlation of readings of one patient"),
    ("--rho-set", float, 0.15, "correlation of readers of one image set, beyond that"),
    ("--rho-reader", float, 0.05, "correlation of readings of one reader"),
    ("--margin", float, 0.2, "margin of non-inferiority and equivalence, in points"),
    ("--alpha", float, 0.05, "two-sided level"),
    ("--simulations", int, 2000, "simulated studies"),
    ("--seed", int, SEED, "seed; the same seed gives the same digits"),
)


class Command(BaseCommand):
    help = "Power of the primary test, of non-inferiority and equivalence, by simulation; and what more cases bring."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own shape; nothing here needs the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        shares = "shares of: B pronouncedly better, B mildly, no difference, A mildly, A pronouncedly; they add up to 1"
        parser.add_argument("--shares", type=float, nargs=5, default=[0.02, 0.15, 0.5, 0.28, 0.05], help=shares)
        for flag, kind, default, words in OPTIONS:
            parser.add_argument(flag, type=kind, default=default, help=f"{words} (default {default})")
        parser.add_argument(
            "--sets", type=int, nargs="+", help="image sets of each patient; instead of --patients and --image-sets"
        )
        parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write the trade-off as a picture")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            results = plan_power(_design(options), told=lambda done, total, step: None)
        except BadInput as error:
            raise CommandError(str(error)) from error
        if options["plot"]:
            _write(options["plot"], power_svg(results["trade_off"], title="More patients, readers or image sets"))
        self.stdout.write(json.dumps(results) if options["json"] else "\n".join(_lines(results)))


def _design(options: dict[str, Any]) -> PowerInputs:
    sets = tuple(options["sets"]) if options["sets"] else sets_of(options["patients"], options["image_sets"])
    same = ("rho_patient", "rho_set", "rho_reader", "readers", "margin", "alpha", "simulations", "seed")
    return PowerInputs(
        shares=tuple(options["shares"]),
        sets_per_patient=sets,
        **{name: options[name] for name in same},
    )


def _write(path: Path, svg: str) -> None:
    try:
        path.write_text(svg, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}).") from error


def _lines(results: dict[str, Any]) -> list[str]:
    inputs = results["inputs"]
    lines = [
        f"{results['patients']} patients, {results['image_sets']} image sets, {inputs['readers']} readers: mean "
        f"preference {results['mean']:+.3f}, SD {results['sd']:.3f}; {inputs['simulations']} simulated studies",
    ]
    for key, name in TEST_NAMES.items():
        power = results["tests"][key]
        lines.append(f"  {100 * power['power']:5.1f} % ± {100 * power['error']:.1f}   {name}")
    closed = results["closed_form"]
    lines.append(f"  {100 * closed['power']:5.1f} %         closed form, design effect {closed['design_effect']:.2f}")
    lines.append("Primary test with other numbers (patients, image sets, readers):")
    for row in results["trade_off"]:
        lines.append(
            f"  {row['patients']:5d} {row['image_sets']:5d} {row['readers']:3d}   "
            f"{100 * row['power']:5.1f} % ± {100 * row['error']:.1f}"
        )
    return lines
