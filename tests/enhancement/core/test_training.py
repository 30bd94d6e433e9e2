import itertools

import numpy as np
import pytest
import torch

from enhancement.core.network import NetworkConfig
from enhancement.core.training import TrainingConfig, TrainingState, learning_rate, train, validate
from enhancement.core.training_batches import batches
from enhancement.core.training_examples import Recipe, make_examples
from enhancement.core.training_loss import LossWeights
from enhancement.core.training_volumes import CleanSlice, SourceVolume
from readerstudy.core.errors import BadSetting

TINY = NetworkConfig(channels=(8, 8, 8), blocks=(1, 1, 1), estimator_channels=8)


def config(**settings):
    plain = {"steps": 4, "batch_size": 2, "validate_every": 2, "bfloat16": False, "network": TINY}
    return TrainingConfig(**(plain | {"recipe": Recipe(patch_px=32, dead_leaves=4, spine_scenes=1)} | settings))


def examples():
    pixels = np.random.default_rng(1).uniform(0.5, 1, (80, 80)).astype(np.float32)
    volume = SourceVolume("v", "s", "CC0", True, (CleanSlice(pixels, 0.01),))
    return make_examples([volume], Recipe(patch_px=32, dead_leaves=4, spine_scenes=1), rng=np.random.default_rng(1))


def stream(state):
    settings = state.config
    return batches(
        examples(),
        batch_size=settings.batch_size,
        seed=settings.seed,
        first=state.step,
        steps=settings.steps,
        processes=0,
    )


def ignore(state):
    pass


class Interrupted(Exception):
    pass


class TestTrain:
    def test_it_learns_to_remove_noise(self):
        batch = examples().batch(8, np.random.default_rng(2))
        # without the rewards for contrast, of which a few fixed examples with hardly any would give too much
        only_error = LossWeights(strong_edges=0, weak_edges=0, lesions=0)
        settings = config(steps=150, validate_every=150, learning_rate=3e-3, loss=only_error)
        state = TrainingState(settings, device="cpu")
        before, _ = validate(state.averaged, batch, device="cpu")

        # the same examples at every step: a loop that learns must fit them
        train(state, itertools.repeat(batch), validation=batch, on_step=ignore, on_log=ignore)

        assert state.log[-1].validation_gain_db > before + 1

    def test_a_resumed_run_ends_with_the_same_weights(self):
        batch = examples().batch(2, np.random.default_rng(2))
        whole = TrainingState(config(), device="cpu")
        train(whole, stream(whole), validation=batch, on_step=ignore, on_log=ignore)

        stopped = TrainingState(config(), device="cpu")
        with pytest.raises(Interrupted):
            train(stopped, stream(stopped), validation=batch, on_step=ignore, on_log=interrupt)
        resumed = TrainingState.from_checkpoint(stopped.to_checkpoint(), device="cpu")
        train(resumed, stream(resumed), validation=batch, on_step=ignore, on_log=ignore)

        assert resumed.step == whole.step == 4
        assert resumed.log == whole.log
        for name, value in whole.averaged.state_dict().items():
            assert torch.equal(value, resumed.averaged.state_dict()[name])

    def test_a_resumed_run_may_go_on_with_other_settings_and_keeps_the_old_ones(self):
        state = TrainingState(config(), device="cpu")
        state.step = 2
        other = config(steps=8, loss=LossWeights(lesions=0.5))

        state.change_settings(other)

        resumed = TrainingState.from_checkpoint(state.to_checkpoint(), device="cpu")
        assert resumed.config == other
        assert resumed.earlier == [{"until_step": 2, "config": config().to_json()}]

    @pytest.mark.parametrize("other", [{"network": NetworkConfig()}, {"steps": 2}])
    def test_another_network_or_no_step_left_is_refused(self, other):
        state = TrainingState(config(), device="cpu")
        state.step = 2

        with pytest.raises(BadSetting):
            state.change_settings(config(**other))

    def test_another_seed_gives_other_weights(self):
        one, two = (TrainingState(config(seed=s), device="cpu").network.state_dict() for s in (1, 2))

        assert not torch.equal(one["entry.weight"], two["entry.weight"])


def interrupt(state):
    raise Interrupted


class TestLearningRate:
    def test_it_warms_up_and_falls_to_a_fiftieth(self):
        long = TrainingConfig(steps=1000)

        rates = [learning_rate(step, long) for step in (0, 50, 500, 1000)]

        assert rates[0] < rates[1] > rates[2] > rates[3]
        assert rates[3] == pytest.approx(long.learning_rate / 50)


class TestTrainingConfig:
    def test_it_survives_json(self):
        assert TrainingConfig.from_json(config().to_json()) == config()

    @pytest.mark.parametrize(
        "stored", [{"step": 5}, {"recipe": {"patch": 5}}, {"network": {"width": 5}}, {"loss": {"edges": 1}}]
    )
    def test_a_misspelt_setting_is_refused(self, stored):
        with pytest.raises(BadSetting):
            TrainingConfig.from_json(stored)
