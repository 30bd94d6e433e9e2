"""What the network is asked for: little error, and as much contrast of edges and small lesions as there was.

The least error alone is reached by fading what is near the noise. The reward for contrast moves the optimum towards
the unbiased estimate: the network then amplifies what it is sure of, and cannot gain by inventing, since contrast
that the truth does not have is an error and earns nothing. One patch earns at most its own contrast once more: where
the truth has next to none, amplifying it manyfold is a small error, and would pay for all other patches.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

WEAK, STRONG = 0.80, 0.95  # quantiles of the true gradient from where an edge is called so, as in the evaluation
_EVERY = 3  # pixel is enough to find the quantiles
_SLACK = 0.003  # added to the noise level: at the highest SNR a perfect patch must not outweigh all others
_MOST_EARNED = 1.0  # of a patch's own contrast
_LESION_FLOOR_PX = 9.0  # lesions fainter than the noise of so many pixels count less


@dataclass(frozen=True)
class LossWeights:
    """Weights beside the root mean square error in units of the noise."""

    gradient: float = 0.1
    strong_edges: float = 0.1
    weak_edges: float = 0.2
    lesions: float = 0.15
    noise_level: float = 0.3


def denoising_loss(denoised: Tensor, target: Tensor, sigma: Tensor, lesions: Tensor, weights: LossWeights) -> Tensor:
    """The loss of a batch; all tensors (N, 1, Y, X) in one scale, `lesions` as in `Batch`."""
    level = sigma.mean((1, 2, 3), keepdim=True) + _SLACK
    error = (denoised - target) / level
    rmse = torch.sqrt((error**2).mean((1, 2, 3)) + 1e-4).mean()
    gradient = error.diff(dim=-1).abs().mean() + error.diff(dim=-2).abs().mean()
    loss = rmse + weights.gradient * gradient
    true_edge, kept_edge = _edges(target, denoised)
    weak, strong, largest = _limits(true_edge)
    loss = loss + weights.strong_edges * _edge_shortfall(true_edge, kept_edge, level, strong, largest)
    loss = loss + weights.weak_edges * _edge_shortfall(true_edge, kept_edge, level, weak, strong)
    return loss + weights.lesions * _lesion_shortfall(denoised, target, lesions, level)


def _edges(target: Tensor, denoised: Tensor) -> tuple[Tensor, Tensor]:
    """(N, pixels) each: the true gradient, and what is left of it along its own direction."""
    true_y, true_x = _gradient(target)
    kept_y, kept_x = _gradient(denoised)
    size = torch.hypot(true_y, true_x)
    along = (true_y * kept_y + true_x * kept_x) / (size + 1e-6)
    return size.flatten(1), along.flatten(1)


def _gradient(image: Tensor) -> tuple[Tensor, Tensor]:
    """Central differences, without the border."""
    return (
        (image[..., 2:, 1:-1] - image[..., :-2, 1:-1]) / 2,
        (image[..., 1:-1, 2:] - image[..., 1:-1, :-2]) / 2,
    )


def _limits(true: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(N, 1) each: from where an edge is weak, from where it is strong, and beyond any edge."""
    quantiles = torch.quantile(true[:, ::_EVERY], torch.tensor([WEAK, STRONG]).to(true), dim=1, keepdim=True)
    return quantiles[0], quantiles[1], true.amax(1, keepdim=True) + 1


def _edge_shortfall(true: Tensor, kept: Tensor, level: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Mean over the batch of the lost part of the gradient, where that lies between `low` and `high`."""
    chosen = ((true >= low) & (true < high)).to(true.dtype)
    lost = ((true - kept) * chosen).sum(1)
    there = ((true + 0.1 * level.flatten(1)) * chosen).sum(1)
    part = lost / there.clamp_min(1e-6)  # a patch of air alone has no edge at all
    return part.clamp_min(-_MOST_EARNED).mean()


def _lesion_shortfall(denoised: Tensor, target: Tensor, lesions: Tensor, level: Tensor) -> Tensor:
    """Mean over the batch of the lost part of the lesions' contrast, seen through their own shape."""
    lost = (lesions * (target - denoised)).sum((1, 2, 3))
    energy = (lesions**2).sum((1, 2, 3))
    part = lost / (energy + _LESION_FLOOR_PX * level.flatten() ** 2)
    return part.clamp_min(-_MOST_EARNED).mean()
