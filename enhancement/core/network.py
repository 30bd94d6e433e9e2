"""The network: a bias-free UNet that is told the local noise level by a small estimator of its own.

Bias-free (no additive constants), so that it scales with its input and generalises over noise levels
(Mohan et al. 2020). The image enters pixel-unshuffled by 2 (FFDNet: Zhang, Zuo & Zhang 2018), which quarters the
cost; the noise level enters as a second input, because it varies over an MR image.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from readerstudy.core.errors import BadSetting

GRID = 8  # image sides must be multiples of this: the coarsest level is /8
_LOG_SIGMA_CENTRE, _LOG_SIGMA_SPREAD = -3.5, 0.5  # of images scaled to 1 at their 99.5th percentile


@dataclass(frozen=True)
class NetworkConfig:
    """Widths at /2, /4, /8; residual blocks per level; first width of the noise estimator."""

    channels: tuple[int, int, int] = (64, 96, 160)
    blocks: tuple[int, int, int] = (1, 2, 4)
    estimator_channels: int = 32

    def to_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "NetworkConfig":
        unknown = set(stored) - {field.name for field in fields(cls)}
        if unknown:
            raise BadSetting(f"The network configuration has unknown keys: {', '.join(sorted(unknown))}.")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**values)

    @property
    def reach_px(self) -> int:
        """How far one input pixel can influence the output; a tile with this margin gives the whole image's result."""
        fine, middle, coarse = self.blocks
        unet = 2 * (1 + 2 * fine) + 4 * 2 * middle + 8 * 2 * coarse + 4 * 2 * middle + 2 * (2 * fine + 1)
        estimator = 4 * 2 + 4 + 8 + 8 * 2 + GRID  # last: bilinear interpolation from its coarse grid
        reach = unet + estimator + GRID  # the strided levels add less than one cell of the coarsest grid
        return -(-reach // GRID) * GRID


def _conv(n_in: int, n_out: int) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)


class ResidualBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = _conv(channels, channels)
        nn.init.normal_(self.second.weight, std=0.01)  # starts near the identity

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.relu(self.first(x)))


class NoiseEstimator(nn.Module):
    """log(sigma) on a grid of /8 from the image alone. It has biases: a noise level is an absolute quantity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        c = channels
        self.layers = nn.Sequential(
            *(nn.Conv2d(16, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(c, 2 * c, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(2 * c, 2 * c, 3, padding=1), nn.ReLU()),
            *(nn.Conv2d(2 * c, 2 * c, 5, padding=2), nn.ReLU()),
            nn.Conv2d(2 * c, 1, 1),
        )

    def forward(self, image: Tensor) -> Tensor:
        features = functional.pixel_unshuffle(image * 4, 4)
        return self.layers(features) * _LOG_SIGMA_SPREAD + _LOG_SIGMA_CENTRE


class DenoisingNetwork(nn.Module):
    """(N, 1, Y, X) images scaled to 1 at their 99.5th percentile, Y and X multiples of 8 -> the same, denoised."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        a, b, c = config.channels
        fine, middle, coarse = config.blocks
        self.estimator = NoiseEstimator(config.estimator_channels)
        self.entry = _conv(8, a)
        self.encode_fine = nn.Sequential(*(ResidualBlock(a) for _ in range(fine)))
        self.down_middle = nn.Conv2d(a, b, 2, stride=2, bias=False)
        self.encode_middle = nn.Sequential(*(ResidualBlock(b) for _ in range(middle)))
        self.down_coarse = nn.Conv2d(b, c, 2, stride=2, bias=False)
        self.encode_coarse = nn.Sequential(*(ResidualBlock(c) for _ in range(coarse)))
        self.up_middle = nn.ConvTranspose2d(c, b, 2, stride=2, bias=False)
        self.decode_middle = nn.Sequential(*(ResidualBlock(b) for _ in range(middle)))
        self.up_fine = nn.ConvTranspose2d(b, a, 2, stride=2, bias=False)
        self.decode_fine = nn.Sequential(*(ResidualBlock(a) for _ in range(fine)))
        self.leave = _conv(a, 4)
        with torch.no_grad():
            self.leave.weight.mul_(0.1)  # the first steps remove almost nothing

    def estimate_log_sigma(self, image: Tensor) -> Tensor:
        """(N, 1, Y/8, X/8) logarithm of the noise of one real channel, in the image's scale."""
        return self.estimator(image).float()

    def denoise(self, image: Tensor, log_sigma: Tensor) -> Tensor:
        """The image less the noise that belongs to the given noise level."""
        sigma = torch.exp(functional.interpolate(log_sigma, scale_factor=4.0, mode="bilinear", align_corners=False))
        levels = torch.cat([functional.pixel_unshuffle(image, 2), sigma.expand(-1, 4, -1, -1)], 1)
        fine = self.entry(levels.contiguous(memory_format=torch.channels_last))  # the layout that measured best
        fine = self.encode_fine(fine)
        middle = self.encode_middle(self.down_middle(fine))
        coarse = self.encode_coarse(self.down_coarse(middle))
        middle = self.decode_middle(self.up_middle(coarse) + middle)
        fine = self.decode_fine(self.up_fine(middle) + fine)
        return image - functional.pixel_shuffle(self.leave(fine).float(), 2)

    def forward(self, image: Tensor) -> Tensor:
        return self.denoise(image, self.estimate_log_sigma(image))


def build_network(config: NetworkConfig) -> DenoisingNetwork:
    """A fresh network with random weights from torch's seed, for training."""
    return DenoisingNetwork(config)


@torch.no_grad()
def log_sigma_shifted(network: DenoisingNetwork, shift: float) -> DenoisingNetwork:
    """The same network, its own estimate of log(sigma) moved by `shift`: to see what it does when told more noise."""
    last = network.estimator.layers[-1]
    assert isinstance(last, nn.Conv2d)
    assert last.bias is not None
    last.bias.add_(shift / _LOG_SIGMA_SPREAD)
    return network
