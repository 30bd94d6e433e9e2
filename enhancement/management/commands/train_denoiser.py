"""Train the denoiser from a folder of volumes: weights, model card, settings and log in one folder."""

import csv
import json
import os
import platform
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from enhancement.management.denoising import ToolCommand
from readerstudy.core.errors import BadData, BadSetting

CHECKPOINT = "checkpoint.pt"
VALIDATION_EXAMPLES = 48


@dataclass(frozen=True)
class Clock:
    """Seconds spent in earlier sessions of a resumed run, and the start of this one."""

    earlier_s: float
    start_s: float

    def spent_s(self) -> float:
        return self.earlier_s + time.monotonic() - self.start_s


class Command(ToolCommand):
    help = "Train the denoiser from DIR (NIfTI, .npy, DICOM folders; a MANIFEST.csv selects) and write it to --out."
    json_help = "print the result as one JSON object"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument("--out", type=Path, required=True, help="folder for weights, card, settings and log")
        parser.add_argument("--config", type=Path, help="training settings as JSON; without it the built-in ones")
        parser.add_argument("--steps", type=int, help="instead of the settings' number of steps")
        parser.add_argument("--seed", type=int, help="instead of the settings' seed")
        parser.add_argument("--device", default="cpu", help="cpu (default), cuda, or auto: a GPU where there is one")
        parser.add_argument("--threads", type=int, help="of the network on the CPU; without it torch decides")
        parser.add_argument("--processes", type=int, default=1, help="that make examples beside it (default 1)")
        parser.add_argument(
            "--hours", type=float, help="stop after so many, with the weights of then; --resume goes on"
        )
        parser.add_argument("--no-progress", action="store_true", help="no progress bar, only a line a validation")
        parser.add_argument(
            "--resume", action="store_true", help="go on from the checkpoint in --out, with its settings or --config"
        )
        super().add_arguments(parser)

    def line(self, report: dict[str, Any]) -> str:
        return "Done: {weights} ({sha256})".format(**report)

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        import torch
        from tqdm import tqdm

        from enhancement.core.device import chosen_device
        from enhancement.core.training import TrainingState, train
        from enhancement.core.training_batches import batches

        if options["threads"]:
            torch.set_num_threads(options["threads"])
        options["device"] = chosen_device(options["device"])
        if options["hours"] is not None and not options["hours"] > 0:
            raise BadSetting(f"--hours must be above 0; got {options['hours']}.")
        out: Path = options["out"]
        out.mkdir(parents=True, exist_ok=True)
        state, earlier_s = self._start(options)
        config = state.config
        training, validation = self._volumes(options["directory"], config)
        examples, held_back = _makers(training, validation, config, options["processes"])
        clock = Clock(earlier_s, time.monotonic())

        stream = batches(
            examples,
            batch_size=config.batch_size,
            uses=config.uses,
            seed=config.seed,
            first=state.step,
            steps=config.steps,
            processes=options["processes"],
            device=state.device,
        )
        bar = tqdm(
            total=config.steps, initial=state.step, unit="step", file=self.stderr, disable=options["no_progress"]
        )

        def on_log(current: TrainingState) -> None:
            _save_checkpoint(current, out / CHECKPOINT, clock)
            self._report(current, clock)

        def is_over() -> bool:
            return options["hours"] is not None and clock.spent_s() >= options["hours"] * 3600

        with bar:
            train(state, stream, validation=held_back, on_step=lambda _: bar.update(), on_log=on_log, is_over=is_over)
        return _write_results(state, out, training, validation, clock, hardware_of(state.device, options["processes"]))

    def _volumes(self, folder: Path, config: Any) -> tuple[Any, Any]:
        """(to train on, held back for validation)."""
        from enhancement.core.training_volumes import read_training_folder, split_by_subject

        self.say(f"Reading {folder} …")
        training, validation = split_by_subject(
            read_training_folder(folder), validation_share=config.validation_share, seed=config.seed
        )
        self.say(f"{len(training)} volumes to train on, {len(validation)} held back; {config.steps} steps.")
        return training, validation

    def _start(self, options: dict[str, Any]) -> tuple[Any, float]:
        from enhancement.core.training import TrainingState

        if not options["resume"]:
            return TrainingState(_read_config(options), device=options["device"]), 0.0
        import torch

        checkpoint = options["out"] / CHECKPOINT
        if not checkpoint.is_file():
            raise BadData(f"There is no {CHECKPOINT} in {options['out'].name!r} to resume from.")
        stored = torch.load(checkpoint, map_location="cpu", weights_only=True)
        state = TrainingState.from_checkpoint(stored, device=options["device"])
        if options["config"] or options["steps"]:
            state.change_settings(_read_config(options))
        return state, float(stored["spent_s"])

    def _report(self, state: Any, clock: Clock) -> None:
        row, steps = state.log[-1], state.config.steps
        left_min = clock.spent_s() / state.step * (steps - state.step) / 60
        self.say(
            f"step {row.step} of {steps}: loss {row.loss:.4f}, validation {row.validation_gain_db:+.2f} dB,"
            f" noise estimate off by {row.validation_log_sigma_error:.3f}, {left_min:.0f} min left"
        )


def _makers(training: Any, validation: Any, config: Any, processes: int) -> tuple[Any, Any]:
    """(what makes the examples, the batch to validate on)."""
    import numpy as np

    from enhancement.core.training_examples import make_examples

    # separate generators: a resumed run sees the same phantoms and the same validation examples
    examples, held_back = (
        make_examples(volumes, config.recipe, rng=np.random.default_rng([config.seed, number]), processes=processes)
        for number, volumes in ((1, training), (2, validation))
    )
    return examples, held_back.batch(VALIDATION_EXAMPLES, np.random.default_rng([config.seed, 3]))


def _read_config(options: dict[str, Any]) -> Any:
    from enhancement.core.training import TrainingConfig

    try:
        stored = json.loads(options["config"].read_text()) if options["config"] else {}
        config = TrainingConfig.from_json(stored)
    except (json.JSONDecodeError, TypeError, AttributeError) as error:
        raise BadData(f"{options['config']} holds no training settings: {error}.") from error
    given = {name: options[name] for name in ("steps", "seed") if options[name] is not None}
    config = replace(config, **given)
    if config.steps < 1:
        raise BadData(f"At least 1 step is needed; got {config.steps}.")
    return config


def _save_checkpoint(state: Any, path: Path, clock: Clock) -> None:
    import torch

    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    torch.save(state.to_checkpoint() | {"spent_s": clock.spent_s()}, fresh)
    os.replace(fresh, path)


def hardware_of(device: str, processes: int) -> str:
    """For the model card: what computed the steps, and beside how many processes that made the examples."""
    import torch

    if device == "cpu":
        computed = f"cpu ({platform.machine()}, {torch.get_num_threads()} threads)"
    else:
        computed = f"{device} ({torch.cuda.get_device_name(device)})"
    return f"{computed}, the examples made by {max(1, processes)} processes"


def _write_results(
    state: Any, out: Path, training: Any, validation: Any, clock: Clock, hardware: str
) -> dict[str, Any]:
    import torch

    from enhancement.core.model_card import TrainingRun, write_model_card
    from enhancement.core.training_curve import CURVE_FORMATS, draw_curve
    from enhancement.core.weights import save_weights

    digest = save_weights(state.averaged, out / "denoiser.pt")
    run = TrainingRun(
        config=state.config,
        training=training,
        validation=validation,
        earlier=state.earlier,
        log=state.log,
        weights_sha256=digest,
        parameters=sum(p.numel() for p in state.averaged.parameters()),
        hardware=hardware,
        hours=clock.spent_s() / 3600,
        torch_version=torch.__version__,
    )
    (out / "MODEL_CARD.md").write_text(write_model_card(run))
    settings = state.config.to_json() | ({"earlier": state.earlier} if state.earlier else {})
    (out / "training_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    _write_log(state.log, out / "training_log.csv")
    for picture_format in CURVE_FORMATS:
        (out / f"training_curve.{picture_format}").write_bytes(draw_curve(state.log, picture_format))
    figures = asdict(state.log[-1])
    return {"weights": str(out / "denoiser.pt"), "sha256": digest, "hours": round(run.hours, 3), **figures}


def _write_log(log: Any, path: Path) -> None:
    from enhancement.core.training import LogRow

    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [f.name for f in fields(LogRow)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in log)
