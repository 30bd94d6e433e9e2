"""Compare the denoiser with other methods on simulated acquisitions of a folder of volumes; no database."""

import csv
import io
import json
import math
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.core.errors import BadSetting, ReaderStudyError

NETWORK = "network"
SMALLEST = {"cases": 1, "slices": 1, "roi": 48, "seed": 0}


class Command(BaseCommand):
    help = "Print how the denoiser and its peers do on simulated FAST and SOC made from DIR (NIfTI, .npy, DICOM)."
    requires_system_checks: list[str] = []  # noqa: RUF012  (Django's own name and form)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument("--peers", default="identity,gaussian,nlm", help="also bm3d, where it is installed")
        parser.add_argument("--only", default="", metavar="TEXT", help="only volumes whose path contains TEXT")
        parser.add_argument("--cases", type=int, default=2, help="acquisitions per volume; 4 meets every SNR")
        parser.add_argument("--slices", type=int, default=3, help="central slices per volume")
        parser.add_argument("--roi", type=int, default=192, metavar="PX", help="side of the scored square")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--strength", type=float, help="share of the noise to remove, 0 to 1; default 0.7")
        parser.add_argument("--weights", type=Path, help="instead of the shipped weights")
        parser.add_argument("--device", default="cpu", help="cpu (default) or cuda")
        parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the table (CSV) and its plot")
        parser.add_argument("--json", action="store_true", help="print everything as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._evaluate(options)
        except ReaderStudyError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        self.stdout.write(json.dumps(report["json"]) if options["json"] else report["text"])

    def _evaluate(self, options: dict[str, Any]) -> dict[str, Any]:
        from enhancement.core.evaluation import score_case
        from enhancement.core.evaluation_table import format_table, make_table
        from enhancement.core.evaluation_volumes import find_volumes
        from enhancement.core.peers import choose_peers

        _check_settings(options)
        methods, missing = choose_peers(name for name in options["peers"].split(",") if name)
        volumes = find_volumes(options["directory"], only=options["only"])
        methods[NETWORK], network = _network_method(options)
        for name in missing:
            self._say(f"{name} is left out: its package is not installed.")
        scores = []
        for case, with_soc in _cases(volumes, options):
            done = [score_case(method, case, name=name, with_soc=with_soc) for name, method in methods.items()]
            self._say(f"{case.name}, SNR {case.setting.snr}: " + ", ".join(f"{s.method} {s.psnr_db:.2f}" for s in done))
            scores += done
        rows = make_table(scores)
        if options["out"]:
            _write_results(options["out"], rows, scores)
        told = {"not_run": list(missing), **network, "settings": {name: options[name] for name in SMALLEST}}
        table, each = ([_plain(asdict(one)) for one in many] for many in (rows, scores))
        return {"json": {**told, "table": table, "scores": each}, "text": format_table(rows)}

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _check_settings(options: dict[str, Any]) -> None:
    for name, least in SMALLEST.items():
        if options[name] < least:
            raise BadSetting(f"--{name} must be at least {least}; got {options[name]}.")


def _network_method(options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(the network at its strength as a method like the peers, what to report about it)."""
    from enhancement.core.denoise import DEFAULT_STRENGTH, denoise_volume, load_denoiser

    strength = DEFAULT_STRENGTH if options["strength"] is None else options["strength"]
    if not 0 <= strength <= 1:
        raise BadSetting(f"--strength must be between 0 and 1; got {strength}.")
    denoiser = load_denoiser(options["weights"], device=options["device"])

    def network(volume_zyx: Any) -> Any:
        return denoise_volume(volume_zyx, denoiser=denoiser, strength=strength).volume_zyx

    return network, {"weights_sha256": denoiser.weights_sha256, "strength": strength}


def _cases(volumes: Any, options: dict[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Every case and whether its SOC is denoised too: once per volume is enough, and costs as much again."""
    from enhancement.core.evaluation_cases import make_case, setting_for
    from enhancement.core.evaluation_volumes import read_central_slices

    for volume_index, file in enumerate(volumes):
        clean = read_central_slices(file, options["slices"])
        for case_index in range(options["cases"]):
            case = make_case(
                clean,
                name=file.name,
                setting=setting_for(volume_index, case_index, cases=options["cases"]),
                case_index=case_index,
                seed=options["seed"],
                window_px=options["roi"],
            )
            yield case, case_index == 0


def _write_results(out: Path, rows: Any, scores: Any) -> None:
    from enhancement.core.evaluation_table import PICTURE_FORMATS, draw_table

    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.csv").write_text(_as_csv([asdict(row) for row in rows]), encoding="utf-8")
    flat = [{key: value for key, value in asdict(s).items() if key != "setting"} | asdict(s.setting) for s in scores]
    (out / "evaluation_cases.csv").write_text(_as_csv(flat), encoding="utf-8")
    for picture_format in PICTURE_FORMATS:
        (out / f"evaluation.{picture_format}").write_bytes(draw_table(rows, picture_format))


def _as_csv(rows: list[dict[str, Any]]) -> str:
    """An undefined figure is an empty cell."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(row) for row in rows)
    return buffer.getvalue()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """None for what is undefined: JSON knows no NaN."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
