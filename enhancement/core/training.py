"""The training loop: one readable function around a state that can be saved and resumed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from enhancement.core.network import GRID, DenoisingNetwork, NetworkConfig, build_network
from enhancement.core.training_examples import Batch, Recipe
from enhancement.core.training_loss import LossWeights, denoising_loss
from readerstudy.core.errors import BadSetting

WARM_UP_STEPS = 50
FINAL_RATE = 0.02  # of the learning rate, at the end of the cosine
EMA_DECAY = 0.999


@dataclass(frozen=True)
class TrainingConfig:
    """All that determines the weights, apart from the data; stored with them."""

    steps: int = 4000
    batch_size: int = 16
    uses: int = 2  # of every example, in as many batches
    learning_rate: float = 1e-3
    seed: int = 1
    validation_share: float = 0.1
    validate_every: int = 200
    bfloat16: bool = True
    loss: LossWeights = field(default_factory=LossWeights)
    network: NetworkConfig = field(default_factory=NetworkConfig)
    recipe: Recipe = field(default_factory=Recipe)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"network": self.network.to_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "TrainingConfig":
        """Raises BadSetting on unknown keys: a misspelt setting must not be ignored for hours."""
        values = dict(stored)
        recipe, network, loss = (values.pop(part, {}) for part in ("recipe", "network", "loss"))
        values.pop("earlier", None)  # of a resumed run: what was replaced, for the record
        for given, owner in ((values, cls), (recipe, Recipe), (loss, LossWeights)):
            _refuse_unknown(given, owner)
        built: dict[str, Any] = {
            "recipe": Recipe(**recipe),
            "network": NetworkConfig.from_json(network),
            "loss": LossWeights(**loss),
        }
        return cls(**values, **built)


def _refuse_unknown(values: Mapping[str, Any], owner: type) -> None:
    unknown = set(values) - {f.name for f in fields(owner)}
    if unknown:
        raise BadSetting(f"The training configuration has unknown keys: {', '.join(sorted(unknown))}.")


@dataclass(frozen=True)
class LogRow:
    """loss: mean since the last row; validation_gain_db: PSNR of the averaged weights over the noisy input."""

    step: int
    loss: float
    learning_rate: float
    validation_gain_db: float
    validation_log_sigma_error: float


class TrainingState:
    """Everything that changes while training."""

    def __init__(self, config: TrainingConfig, *, device: str) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.device = device
        self.network = build_network(config.network).to(device)
        self.averaged = build_network(config.network).to(device)
        self.averaged.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=config.learning_rate, betas=(0.9, 0.99))
        self.noise_level_rng = torch.Generator().manual_seed(config.seed)
        self.step = 0
        self.earlier: list[dict[str, Any]] = []  # settings that were replaced: {"until_step", "config"}
        self.log: list[LogRow] = []

    def to_checkpoint(self) -> dict[str, Any]:
        return {
            "config": self.config.to_json(),
            "step": self.step,
            "earlier": self.earlier,
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "noise_level_rng": self.noise_level_rng.get_state(),
            "log": [asdict(row) for row in self.log],
        }

    @classmethod
    def from_checkpoint(cls, stored: Mapping[str, Any], *, device: str) -> "TrainingState":
        state = cls(TrainingConfig.from_json(stored["config"]), device=device)
        state.step = stored["step"]
        state.earlier = stored["earlier"]
        state.network.load_state_dict(stored["network"])
        state.averaged.load_state_dict(stored["averaged"])
        state.optimiser.load_state_dict(stored["optimiser"])
        state.noise_level_rng.set_state(stored["noise_level_rng"])
        state.log = [LogRow(**row) for row in stored["log"]]
        return state

    def change_settings(self, config: TrainingConfig) -> None:
        """Go on with other settings; the replaced ones are kept. Raises BadSetting when the network differs."""
        if config == self.config:
            return
        if config.network != self.config.network:
            raise BadSetting("A training can be resumed with other settings, but not with another network.")
        if config.steps <= self.step:
            raise BadSetting(f"{self.step} steps are done already; the settings ask for {config.steps}.")
        self.earlier.append({"until_step": self.step, "config": self.config.to_json()})
        self.config = config


def train(
    state: TrainingState,
    batches: Iterator[Batch],
    *,
    validation: Batch,
    on_step: Callable[[TrainingState], None],
    on_log: Callable[[TrainingState], None],
    is_over: Callable[[], bool] = lambda: False,
) -> None:
    """Train `state` until its configured number of steps, or until `is_over`; `on_log` follows each validation."""
    losses: list[Tensor] = []  # not read before they are needed: a GPU would be waited for at every step
    stopped = False
    while state.step < state.config.steps and not stopped:
        losses.append(_train_step(state, next(batches)))
        state.step += 1
        on_step(state)
        stopped = is_over()
        if state.step % state.config.validate_every == 0 or state.step == state.config.steps or stopped:
            state.log.append(_log_row(state, float(torch.stack(losses).mean()), validation))
            losses.clear()
            on_log(state)


def learning_rate(step: int, config: TrainingConfig) -> float:
    """A short warm-up, then a cosine to a fiftieth (Loshchilov & Hutter 2017)."""
    cosine = 0.5 * (1 + np.cos(np.pi * step / config.steps))
    return float(config.learning_rate * min(1, (step + 1) / WARM_UP_STEPS) * (cosine * (1 - FINAL_RATE) + FINAL_RATE))


def _train_step(state: TrainingState, batch: Batch) -> Tensor:
    for group in state.optimiser.param_groups:
        group["lr"] = learning_rate(state.step, state.config)
    loss = _loss(state, batch)
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimiser.step()
    _average(state)
    return loss.detach()


def _loss(state: TrainingState, batch: Batch) -> Tensor:
    noisy, target, sigma, lesions = (
        t.to(state.device) for t in (batch.noisy, batch.target, batch.sigma, batch.lesions)
    )
    noisy = noisy.contiguous(memory_format=torch.channels_last)
    true_log_sigma = torch.log(functional.avg_pool2d(sigma, GRID))
    with torch.autocast(torch.device(state.device).type, torch.bfloat16, enabled=state.config.bfloat16):
        log_sigma = state.network.estimate_log_sigma(noisy)
        told = _told_noise_level(log_sigma.detach(), true_log_sigma, state.noise_level_rng)
        denoised = state.network.denoise(noisy, told)
    noise_level = (log_sigma - true_log_sigma).abs().mean()
    weights = state.config.loss
    return denoising_loss(denoised, target, sigma, lesions, weights) + weights.noise_level * noise_level


def _told_noise_level(estimated: Tensor, true: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the examples get their own estimate, as at use; half the truth with a small error."""
    shape = (len(true), 1, 1, 1)
    error = 0.08 * torch.randn(shape, generator=generator)
    own = torch.rand(shape, generator=generator) < 0.5
    return torch.where(own.to(true.device), estimated, true + error.to(true.device))


@torch.no_grad()
def _average(state: TrainingState) -> None:
    """Exponential moving average of the weights (Polyak averaging), quicker at the start."""
    decay = min(EMA_DECAY, (state.step + 1) / (state.step + 21))
    torch._foreach_lerp_(list(state.averaged.parameters()), list(state.network.parameters()), 1 - decay)


def _log_row(state: TrainingState, loss: float, validation: Batch) -> LogRow:
    gain_db, log_sigma_error = validate(state.averaged, validation, device=state.device)
    rate = learning_rate(state.step - 1, state.config)
    return LogRow(state.step, round(loss, 5), rate, round(gain_db, 4), round(log_sigma_error, 4))


@torch.inference_mode()
def validate(network: DenoisingNetwork, batch: Batch, *, device: str) -> tuple[float, float]:
    """(mean gain in PSNR in dB over the input, mean absolute error of log sigma), in float32."""
    noisy, target, sigma = (t.to(device) for t in (batch.noisy, batch.target, batch.sigma))
    log_sigma = network.estimate_log_sigma(noisy)
    denoised = network.denoise(noisy, log_sigma)
    before, after = (((image - target) ** 2).mean((1, 2, 3)) for image in (noisy, denoised))
    gain_db = 10 * torch.log10(before / after.clamp_min(1e-12))
    return float(gain_db.mean()), float((log_sigma - torch.log(functional.avg_pool2d(sigma, GRID))).abs().mean())
