import pytest
import torch

from enhancement.core.training_loss import LossWeights, denoising_loss

ONLY_EDGES = LossWeights(gradient=0, strong_edges=0, weak_edges=1, lesions=0)
ONLY_LESIONS = LossWeights(gradient=0, strong_edges=0, weak_edges=0, lesions=1)
NEITHER = LossWeights(gradient=0, strong_edges=0, weak_edges=0, lesions=0)


def scene(contrast=0.2):
    """A disc on a ramp, and the disc alone."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 48), torch.linspace(-1, 1, 48), indexing="ij")
    disc = contrast * torch.exp(-(y**2 + x**2) / 0.02)
    return (0.5 + 0.2 * x + disc)[None, None], disc[None, None]


def loss(denoised, target, lesions, weights):
    return float(denoising_loss(denoised, target, torch.full_like(target, 0.05), lesions, weights))


class TestDenoisingLoss:
    def test_the_truth_costs_nothing(self):
        target, disc = scene()

        assert loss(target, target, disc, LossWeights()) == pytest.approx(0.01, abs=1e-4)  # sqrt of the 1e-4 inside

    def test_error_is_counted_in_units_of_the_noise(self):
        target, disc = scene()

        off = target + 0.05 + 0.003  # one noise level, and the slack that is added to it

        assert loss(off, target, disc, NEITHER) == pytest.approx(1, abs=1e-3)

    def test_a_faded_lesion_costs_and_a_kept_one_earns(self):
        target, disc = scene()
        faded, raised = target - 0.3 * disc, target + 0.3 * disc

        reward = [loss(d, target, disc, ONLY_LESIONS) - loss(d, target, disc, NEITHER) for d in (faded, raised)]

        assert reward[0] > 0.1 > -0.1 > reward[1]

    def test_a_faded_edge_costs_and_a_kept_one_earns(self):
        target, disc = scene()
        faded, raised = 0.5 + 0.8 * (target - 0.5), 0.5 + 1.2 * (target - 0.5)

        reward = [loss(d, target, disc, ONLY_EDGES) - loss(d, target, disc, NEITHER) for d in (faded, raised)]

        assert reward[0] > 0.1 > -0.1 > reward[1]

    @pytest.mark.parametrize("weights", [ONLY_EDGES, ONLY_LESIONS])
    def test_one_patch_cannot_earn_more_than_its_contrast_once_more(self, weights):
        target, disc = scene()
        faint, lesion = 0.5 + 0.01 * (target - 0.5), 0.01 * disc
        amplified = 0.5 + 1000 * (faint - 0.5)

        earned = loss(amplified, faint, lesion, NEITHER) - loss(amplified, faint, lesion, weights)

        assert earned == pytest.approx(1, abs=1e-4)

    def test_air_alone_costs_a_number(self):
        """No edge at all: the weak and the strong ones are then an empty set."""
        air = torch.zeros(1, 1, 48, 48)

        assert loss(air + 0.01, air, air, LossWeights()) == pytest.approx(0.01 / 0.053, abs=1e-2)

    def test_contrast_where_the_truth_has_none_earns_nothing(self):
        flat, nothing = torch.full((1, 1, 48, 48), 0.5), torch.zeros(1, 1, 48, 48)
        invented = flat + scene()[1]

        assert loss(invented, flat, nothing, LossWeights()) >= loss(invented, flat, nothing, NEITHER)
