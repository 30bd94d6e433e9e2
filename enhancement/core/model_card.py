"""The model card: what the shipped weights are, from what they were made, and what they are not for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enhancement.core.training import LogRow, TrainingConfig
from enhancement.core.training_volumes import SourceVolume

INTENDED_USE = """\
Noise reduction of MR magnitude series in reader studies of image quality. It is no medical device, and its output is
not for diagnosis. It was made for two-dimensional spine series whose excitations were reduced (SNR 8 to 40); it
works slice by slice and never looks at a neighbouring slice."""

LIMITS = """\
- Trained on few subjects: cervical axial spines, brains, phantoms, and simulated spines of every region and plane.
  No real lumbar or sagittal spine and no patient with implants was seen.
- The real images among the clean targets carry noise of their own; the network cannot tell such noise from that of
  the faster scan, and removes both.
- Strength 1 removes three quarters of what the network takes for noise (`core/strength.py`): chosen on the evaluation
  volumes with seeds 7 and 11, so that weak edges and lesions are kept. Figures of those volumes are not independent of
  that one choice.
- Low-contrast detail near the noise level is weakened, as by any denoiser: SNR below about 5 was never trained.
- The Rician floor is kept: dark regions do not become black.
- Not for CT, phase, complex, colour or derived parametric images."""


@dataclass(frozen=True)
class TrainingRun:
    """What the training command measured about its own run."""

    config: TrainingConfig
    training: Sequence[SourceVolume]
    validation: Sequence[SourceVolume]
    earlier: Sequence[Mapping[str, Any]]
    log: Sequence[LogRow]
    weights_sha256: str
    parameters: int
    hardware: str
    hours: float
    torch_version: str


def write_model_card(run: TrainingRun) -> str:
    """The card as Markdown."""
    last = run.log[-1]
    config = run.config
    return "\n".join(
        [
            "# Model card: the denoiser",
            "",
            f"Weights `{run.weights_sha256}` ({run.parameters:,} parameters), made by `manage.py train_denoiser`.",
            "",
            "## Intended use",
            INTENDED_USE,
            "",
            "## Limits",
            LIMITS,
            "",
            "## Training",
            f"{last.step} steps of {config.batch_size} patches of {config.recipe.patch_px} px, each patch used"
            f" {config.uses} times, seed {config.seed}, {run.hours:.2f} hours on {run.hardware},"
            f" torch {run.torch_version}.",
            *_stopped(last.step, config.steps),
            f"{run.config.recipe.dead_leaves_share:.0%} of the patches are noise-free dead leaves and"
            f" {run.config.recipe.spine_scene_share:.0%} noise-free spine phantoms, both drawn by the program;"
            " the rest come from the volumes below. Every patch is acquired anew through k-space"
            " (`enhancement/core/noise.py`); the target is the mean magnitude at the same resolution.",
            *_changes(run.earlier),
            "All settings: `training_config.json`. All validation figures: `training_log.csv`, and as a curve"
            " `training_curve.svg`. What it does to images: `EVALUATION.md`.",
            "",
            "## Validation",
            "Simulated acquisitions of subjects that were not trained on, strength 1:",
            f"{last.validation_gain_db:+.2f} dB PSNR over the input; error of the noise estimate"
            f" {last.validation_log_sigma_error:.3f} (mean absolute, natural logarithm).",
            "",
            "## Data",
            "| volume | subject | slices | use | licence |",
            "|---|---|---|---|---|",
            *_rows(run.training, "training"),
            *_rows(run.validation, "validation"),
            "",
        ]
    )


def _stopped(step: int, planned: int) -> list[str]:
    return [f"Its time was over there; {planned} steps were planned."] if step < planned else []


def _changes(earlier: Sequence[Mapping[str, Any]]) -> list[str]:
    """A run that was resumed with other settings says so."""
    return [
        f"Until step {item['until_step']} other settings held (`earlier` in `training_config.json`)."
        for item in earlier
    ]


def _rows(volumes: Sequence[SourceVolume], use: str) -> list[str]:
    return [
        f"| {volume.name} | {volume.subject} | {len(volume.slices)} | {use} | {volume.licence.replace('|', '/')} |"
        for volume in volumes
    ]
