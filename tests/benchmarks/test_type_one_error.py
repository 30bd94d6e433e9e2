import json

import numpy as np
import pytest

from benchmarks.type_one_error import (
    LEVEL,
    PRIMARY,
    SCENARIOS,
    TESTS,
    Rate,
    agreement_within,
    design,
    draw,
    rates,
    read_reference,
)

INDEPENDENT, CLUSTERED, *_, READERS_DIFFER = SCENARIOS


class TestDraw:
    def test_the_design_is_that_of_the_paper(self):
        readings = design()

        assert [np.unique(codes).size for codes in (readings.patient, readings.image_set, readings.reader)] == [
            61,
            111,
            3,
        ]
        assert readings.patient.size == 333

    @pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
    def test_no_arm_is_better_and_the_shares_are_those_of_the_scenario(self, scenario):
        rng = np.random.default_rng(1)
        d = np.concatenate([draw(scenario, design(), rng) for _ in range(600)])

        for step, share in zip(range(-2, 3), scenario.shares, strict=True):
            assert np.mean(d == step) == pytest.approx(share, abs=0.02)

    def test_readings_of_a_patient_resemble_only_where_the_scenario_says_so(self):
        rng, readings = np.random.default_rng(2), design()

        def between_patients(scenario):
            sums = [np.bincount(readings.patient, draw(scenario, readings, rng)) for _ in range(300)]
            return np.var(sums) / np.mean(np.bincount(readings.patient))

        assert between_patients(CLUSTERED) > 1.6 * between_patients(INDEPENDENT)


class TestRate:
    def test_three_standard_errors_are_the_bar(self):
        # p = .05 in both: sqrt(.05 * .95 * (1/2000 + 1/2000)) = .006892.
        assert agreement_within(0.05, 0.05, 2000, 2000) == pytest.approx(3 * 0.006892, abs=1e-5)

    @pytest.mark.parametrize(("rejected", "agrees"), [(250, True), (350, True), (500, False), (100, False)])
    def test_a_rate_that_is_not_that_of_r_is_told(self, rejected, agrees):
        reach = agreement_within(rejected / 5000, 0.056, 5000, 2000)
        assert Rate(CLUSTERED, PRIMARY, rejected, 5000, 0.056, reach).agrees is agrees

    def test_without_r_the_primary_test_is_held_to_its_level(self):
        assert Rate(CLUSTERED, PRIMARY, 260, 5000).agrees is True
        assert Rate(CLUSTERED, PRIMARY, 350, 5000).agrees is False
        assert Rate(CLUSTERED, "pooled_signed_rank", 1300, 5000).agrees is None
        assert Rate(READERS_DIFFER, PRIMARY, 1200, 5000).agrees is None


class TestRates:
    def test_the_primary_test_holds_its_level_where_the_pooled_one_does_not(self):
        found = {rate.test: rate.value for rate in rates(CLUSTERED, 150, 3, None)}

        assert found.keys() == TESTS.keys()
        assert found[PRIMARY] <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / 150) ** 0.5
        assert found["pooled_signed_rank"] > 0.12


class TestReadReference:
    @pytest.mark.parametrize(
        ("text", "says"),
        [("{", "no rates of R"), ("{}", "no rates of R"), ('{"nsim": 9, "type1": {}}', "no rate for independent")],
    )
    def test_a_file_without_rates_is_named(self, tmp_path, text, says):
        (tmp_path / "sim.json").write_text(text, encoding="utf-8")

        with pytest.raises(SystemExit, match=f"sim.json: .*{says}"):
            read_reference(tmp_path / "sim.json")

    def test_it_reads_what_it_needs(self, tmp_path):
        whole = {"nsim": 2000, "type1": {s.name: dict.fromkeys(TESTS, 0.05) for s in SCENARIOS}}
        (tmp_path / "sim.json").write_text(json.dumps(whole), encoding="utf-8")

        assert read_reference(tmp_path / "sim.json") == whole
