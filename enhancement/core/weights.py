"""The weights file: the network's configuration and its numbers, identified everywhere by its SHA-256.

The numbers are stored in half precision, which halves the file (5e-4 of a weight at most is lost); the network
computes in single precision.
"""

import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from enhancement.core.network import DenoisingNetwork, NetworkConfig
from readerstudy.core.errors import IntegrityFailure

SHIPPED_WEIGHTS = Path(__file__).resolve().parent.parent / "weights" / "denoiser.pt"
ALGORITHM_NAME = "readerstudy denoiser"
ALGORITHM_VERSION = "1"  # of the network and its use; the weights are told by their SHA-256
CHECKSUM_SUFFIX = ".sha256"


@dataclass(frozen=True)
class Weights:
    network: DenoisingNetwork
    sha256: str


def save_weights(network: DenoisingNetwork, path: Path) -> str:
    """Write `path` and beside it its checksum in the form of `sha256sum`; returns the SHA-256."""
    buffer = io.BytesIO()
    state = {name: tensor.cpu().half().contiguous() for name, tensor in network.state_dict().items()}
    torch.save({"network": network.config.to_json(), "state": state}, buffer)
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    _replace(path, buffer.getvalue())
    _replace(path.with_name(path.name + CHECKSUM_SUFFIX), f"{digest}  {path.name}\n".encode())
    return digest


def load_weights(path: Path) -> Weights:
    """Read weights after checking them against the checksum beside them.

    Raises
    ------
    IntegrityFailure
        The file or its checksum is missing, they do not match, or the file holds something else.
    """
    try:
        content = path.read_bytes()
        expected = path.with_name(path.name + CHECKSUM_SUFFIX).read_text().split()[0]
    except (OSError, IndexError) as error:
        raise IntegrityFailure(
            f"The weights {path.name!r} or their {CHECKSUM_SUFFIX} file cannot be read; restore both."
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != expected:
        raise IntegrityFailure(
            f"The weights {path.name!r} have SHA-256 {digest[:12]}…, not the recorded {expected[:12]}…; restore both."
        )
    return Weights(_network_from(content, path.name), digest)


def _network_from(content: bytes, name: str) -> DenoisingNetwork:
    try:
        # weights_only: a weights file must not be able to run code
        stored = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        with torch.device("meta"):
            network = DenoisingNetwork(NetworkConfig.from_json(stored["network"]))
        # numpy widens the numbers, and assign copies nothing, so no thread of OpenMP starts; a worker that loads and
        # then forks would otherwise hang in its child (libgomp does not survive a fork).
        state = {name: torch.from_numpy(half.numpy().astype(np.float32)) for name, half in stored["state"].items()}
        network.load_state_dict(state, assign=True)
    except Exception as error:  # torch raises many classes for a file that is not its own
        raise IntegrityFailure(f"{name!r} holds no weights of this denoiser: {type(error).__name__}.") from error
    return network.eval()


def _replace(path: Path, content: bytes) -> None:
    """All of the file or none of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    os.replace(fresh, path)
