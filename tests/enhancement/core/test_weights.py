import hashlib

import pytest
import torch

from enhancement.core.network import NetworkConfig, build_network
from enhancement.core.weights import SHIPPED_WEIGHTS, load_weights, save_weights
from readerstudy.core.errors import IntegrityFailure


def network():
    torch.manual_seed(1)
    return build_network(NetworkConfig(channels=(4, 4, 4), blocks=(1, 1, 1), estimator_channels=4)).eval()


class TestLoadWeights:
    def test_a_saved_network_comes_back_with_the_same_output(self, tmp_path):
        saved, image = network(), torch.rand(1, 1, 16, 16)
        digest = save_weights(saved, tmp_path / "w.pt")

        loaded = load_weights(tmp_path / "w.pt")

        assert loaded.sha256 == digest == hashlib.sha256((tmp_path / "w.pt").read_bytes()).hexdigest()
        with torch.inference_mode():
            assert torch.allclose(loaded.network(image), saved(image), atol=1e-3)  # half precision is stored
        assert {tensor.dtype for tensor in loaded.network.state_dict().values()} == {torch.float32}

    def test_without_their_checksum_weights_are_refused(self, tmp_path):
        save_weights(network(), tmp_path / "w.pt")
        (tmp_path / "w.pt.sha256").unlink()

        with pytest.raises(IntegrityFailure, match="restore both"):
            load_weights(tmp_path / "w.pt")

    def test_a_file_of_something_else_is_refused_though_its_checksum_matches(self, tmp_path):
        (tmp_path / "w.pt").write_bytes(b"hello")
        (tmp_path / "w.pt.sha256").write_text(hashlib.sha256(b"hello").hexdigest() + "  w.pt\n")

        with pytest.raises(IntegrityFailure, match="no weights"):
            load_weights(tmp_path / "w.pt")

    def test_the_shipped_weights_are_whole_and_small(self):
        assert load_weights(SHIPPED_WEIGHTS).network.config == NetworkConfig()
        assert SHIPPED_WEIGHTS.stat().st_size <= 10_000_000

    def test_the_model_card_names_the_shipped_weights(self):
        assert load_weights(SHIPPED_WEIGHTS).sha256 in (SHIPPED_WEIGHTS.parent / "MODEL_CARD.md").read_text()
