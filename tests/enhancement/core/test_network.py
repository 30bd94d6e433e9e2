import pytest
import torch

from enhancement.core.network import NetworkConfig, build_network, log_sigma_shifted
from readerstudy.core.errors import BadSetting

SMALL = NetworkConfig(channels=(4, 6, 8), blocks=(1, 1, 1), estimator_channels=4)


def network_with(config=SMALL, seed=1):
    torch.manual_seed(seed)
    network = build_network(config).eval()
    with torch.no_grad():  # fresh networks nearly pass their input; make every path count
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


class TestDenoisingNetwork:
    @torch.inference_mode()
    def test_the_output_has_the_shape_of_the_input(self):
        assert network_with()(torch.rand(2, 1, 24, 40)).shape == (2, 1, 24, 40)

    @torch.inference_mode()
    def test_without_biases_twice_the_signal_and_noise_level_give_twice_the_output(self):
        network, image = network_with(), torch.rand(1, 1, 32, 32)
        log_sigma = torch.full((1, 1, 4, 4), -2.0)

        once = network.denoise(image, log_sigma)
        twice = network.denoise(2 * image, log_sigma + torch.log(torch.tensor(2.0)))

        assert torch.allclose(twice, 2 * once, rtol=1e-4, atol=1e-5)

    @torch.inference_mode()
    @pytest.mark.parametrize("config", [SMALL, NetworkConfig(channels=(4, 6, 8), estimator_channels=4)])
    def test_no_pixel_reaches_further_than_the_declared_reach(self, config):
        network = network_with(config)
        side, centre = 2 * config.reach_px + 64, config.reach_px + 32
        image = torch.rand(1, 1, side, side)
        changed = image.clone()
        changed[..., centre, centre] += 1

        rows = (network(changed) - network(image))[0, 0].abs().amax(1).nonzero().flatten()

        assert centre - rows.min() <= config.reach_px
        assert rows.max() - centre <= config.reach_px

    @torch.inference_mode()
    def test_a_fresh_network_passes_its_input_nearly_unchanged(self):
        torch.manual_seed(1)
        image = torch.rand(1, 1, 32, 32)

        assert (build_network(SMALL)(image) - image).abs().mean() < 0.1


class TestNetworkConfig:
    def test_it_survives_json(self):
        assert NetworkConfig.from_json(SMALL.to_json()) == SMALL

    def test_it_refuses_a_key_it_does_not_know(self):
        with pytest.raises(BadSetting, match="widths"):
            NetworkConfig.from_json({"widths": [1, 2, 3]})


class TestLogSigmaShifted:
    def test_the_estimate_moves_and_nothing_else(self):
        torch.manual_seed(1)
        network = build_network(NetworkConfig(channels=(4, 6, 8), blocks=(1, 1, 1), estimator_channels=4)).eval()
        image, level = torch.rand(1, 1, 32, 32), torch.full((1, 1, 4, 4), -3.0)
        with torch.no_grad():
            estimate, denoised = network.estimate_log_sigma(image), network.denoise(image, level)
            shifted = log_sigma_shifted(network, 0.3)

            assert torch.allclose(shifted.estimate_log_sigma(image), estimate + 0.3, atol=1e-5)
            assert torch.equal(shifted.denoise(image, level), denoised)
