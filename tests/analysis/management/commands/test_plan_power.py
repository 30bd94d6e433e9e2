import io
import json

import pytest
from django.core.management import CommandError, call_command


def run(*words):
    out = io.StringIO()
    call_command("plan_power", "--patients", "12", "--image-sets", "14", "--simulations", "100", *words, stdout=out)
    return out.getvalue()


class TestPlanPower:
    def test_it_prints_every_test_with_its_error_and_the_trade_off(self):
        text = run()

        assert text.startswith("12 patients, 14 image sets, 3 readers: mean preference +0.190, SD 0.821; 100 simulated")
        assert text.count(" ± ") == 5 + 16

    def test_json_has_all_digits_and_two_runs_agree(self):
        first = json.loads(run("--json"))

        assert first["inputs"]["sets_per_patient"] == [2, 2, *[1] * 10]
        assert set(first["tests"]) == {"flip", "cr2", "ni", "tost", "random_reader"}
        assert json.loads(run("--json")) == first

    def test_sets_can_be_given_one_by_one(self):
        assert json.loads(run("--json", "--sets", "3", "1", "1"))["patients"] == 3

    def test_it_writes_the_plot(self, tmp_path):
        run("--plot", str(tmp_path / "power.svg"))

        assert "<svg" in (tmp_path / "power.svg").read_text("utf-8")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["--shares", "0.5", "0.5", "0.5", "0", "0"], "sum to 1"),
            (["--image-sets", "3"], "each needs one or more"),
            (["--rho-patient", "1"], "sum to at most 1"),
            (["--plot", "/nonexistent/p.svg"], "cannot be written"),
        ],
    )
    def test_bad_input_is_one_line_that_says_the_rule(self, words, says):
        with pytest.raises(CommandError, match=says) as caught:
            run(*words)
        assert "\n" not in str(caught.value)
