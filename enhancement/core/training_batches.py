"""Batches made beside the training, in processes of their own; the batch of a step depends on seed and step only.

Simulating acquisitions costs as much as learning from them. Half of a batch is therefore new, and half are the new
examples of the step before, turned and mirrored.
"""

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from enhancement.core.training_examples import Batch, ExampleMaker


class _Halves(Dataset[Batch]):
    """The new examples of each step."""

    def __init__(self, examples: ExampleMaker, *, size: int, seed: int, first: int, steps: int) -> None:
        self.examples, self.size, self.seed = examples, size, seed
        self.first, self.steps = first, steps

    def __len__(self) -> int:
        return max(0, self.steps - self.first)

    def __getitem__(self, index: int) -> Batch:
        return self.examples.batch(self.size, np.random.default_rng([self.seed, 4, self.first + index]))


def batches(
    examples: ExampleMaker, *, batch_size: int, seed: int, first: int, steps: int, processes: int
) -> Iterator[Batch]:
    """The batches of the steps from `first` on, in order; a resumed training sees what it would have seen.

    processes : how many make examples ahead; 0 makes each when it is asked for.
    """
    # counted from one, so that the first step has a step before it
    halves = _Halves(examples, size=-(-batch_size // 2), seed=seed, first=first, steps=steps + 1)
    loader = iter(DataLoader(halves, batch_size=None, num_workers=processes))
    before = next(loader)
    for step, fresh in enumerate(loader, first):
        joined = _joined(fresh, _turned(before, np.random.default_rng([seed, 5, step])))
        yield Batch(*(getattr(joined, field.name)[:batch_size] for field in fields(Batch)))
        before = fresh


def _turned(batch: Batch, rng: np.random.Generator) -> Batch:
    quarters, mirrored = int(rng.integers(4)), bool(rng.random() < 0.5)

    def turn(images: torch.Tensor) -> torch.Tensor:
        images = torch.rot90(images, quarters, (-2, -1))
        return images.flip(-1) if mirrored else images

    return Batch(*(turn(getattr(batch, field.name)) for field in fields(Batch)))


def _joined(one: Batch, other: Batch) -> Batch:
    return Batch(*(torch.cat([getattr(one, field.name), getattr(other, field.name)]) for field in fields(Batch)))
