import pytest

from enhancement.core.device import Fallback, chosen_device
from readerstudy.core.errors import BadSetting


class TestChosenDevice:
    def test_the_cpu_is_always_there(self):
        assert chosen_device("cpu") == "cpu"

    @pytest.mark.parametrize(("is_there", "device"), [(True, "cuda"), (False, "cpu")])
    def test_auto_is_a_gpu_where_there_is_one(self, monkeypatch, is_there, device):
        monkeypatch.setattr("torch.cuda.is_available", lambda: is_there)

        assert chosen_device("auto") == device

    def test_a_named_gpu_that_is_not_there_is_told(self, monkeypatch):
        monkeypatch.setattr("torch.cuda.is_available", lambda: False)

        with pytest.raises(BadSetting, match="no GPU"):
            chosen_device("cuda:1")

    def test_another_word_is_refused(self):
        with pytest.raises(BadSetting, match="tpu"):
            chosen_device("tpu")


class TestFallback:
    def test_after_a_failure_the_device_is_not_asked_again(self):
        asked = []

        def compute(device):
            asked.append(device)
            if device != "cpu":
                raise RuntimeError("out of memory\nand a page of advice")
            return 7

        fallback = Fallback("cuda")

        assert [fallback.run(compute), fallback.run(compute)] == [7, 7]
        assert asked == ["cuda", "cpu", "cpu"]
        assert (fallback.device, fallback.fallen_because) == ("cpu", "RuntimeError: out of memory")

    def test_another_kind_of_error_is_not_swallowed(self):
        with pytest.raises(KeyError):
            Fallback("cuda").run(lambda device: {}[device])
