"""Batches made beside the training, in processes of their own; the batch of a step depends on seed and step only.

Simulating an acquisition costs a processor as much as learning from it, and a GPU learns a hundred times faster. Each
example is therefore used several times, turned and mirrored, at growing distances: with 4 uses at the steps n, n + 1,
n + 4 and n + 9.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import fields
from itertools import islice

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from enhancement.core.device import CPU
from enhancement.core.training_examples import Batch, ExampleMaker


class _NewExamples(Dataset[Batch]):
    """Those of each step."""

    def __init__(self, examples: ExampleMaker, *, size: int, seed: int, first: int, steps: int) -> None:
        self.examples, self.size, self.seed = examples, size, seed
        self.first, self.steps = first, steps

    def __len__(self) -> int:
        return max(0, self.steps - self.first)

    def __getitem__(self, index: int) -> Batch:
        return self.examples.batch(self.size, np.random.default_rng([self.seed, 4, self.first + index]))


def batches(
    examples: ExampleMaker,
    *,
    batch_size: int,
    uses: int = 2,
    seed: int,
    first: int,
    steps: int,
    processes: int,
    device: str = CPU,
) -> Iterator[Batch]:
    """The batches of the steps from `first` on, in order; a resumed training sees what it would have seen.

    uses : of each example, at least 1; a batch holds that many parts, one of them new.
    processes : how many make examples ahead; 0 makes each when it is asked for.
    device : where the batches are, and are turned and put together.
    """
    reach = (uses - 1) ** 2
    # counted on by the reach, so that the first step has steps before it
    new = _NewExamples(examples, size=-(-batch_size // uses), seed=seed, first=first, steps=steps + reach)
    loader = (_placed(batch, device) for batch in DataLoader(new, batch_size=None, num_workers=processes))
    recent = deque(islice(loader, reach), maxlen=reach + 1)
    for step, fresh in enumerate(loader, first):
        recent.append(fresh)
        rng = np.random.default_rng([seed, 5, step])
        joined = _joined([fresh, *(_turned(recent[-1 - use**2], rng) for use in range(1, uses))])
        yield Batch(*(getattr(joined, field.name)[:batch_size] for field in fields(Batch)))


def _placed(batch: Batch, device: str) -> Batch:
    """A copy on the device: what comes from another process would hold open files for as long as it is used."""
    return Batch(*(getattr(batch, field.name).to(device, copy=True) for field in fields(Batch)))


def _turned(batch: Batch, rng: np.random.Generator) -> Batch:
    quarters, mirrored = int(rng.integers(4)), bool(rng.random() < 0.5)

    def turn(images: torch.Tensor) -> torch.Tensor:
        images = torch.rot90(images, quarters, (-2, -1))
        return images.flip(-1) if mirrored else images

    return Batch(*(turn(getattr(batch, field.name)) for field in fields(Batch)))


def _joined(parts: Sequence[Batch]) -> Batch:
    return Batch(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(Batch)))
