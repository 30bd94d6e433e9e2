import json

import pytest

from analysis.core.planning import Design, approximate_power, design_effect, patients_without_event, sets_of
from readerstudy.core.errors import BadSetting

GOOD = {
    "shares": (0.02, 0.15, 0.5, 0.28, 0.05), "rho_patient": 0.25, "rho_set": 0.15, "rho_reader": 0.05,
    "sets": (1, 2) * 15, "readers": 3, "margin": 0.3,
}  # fmt: skip


@pytest.fixture
def reference(reference_folder):
    return json.loads((reference_folder / "power.json").read_text("utf-8"))


class TestDesign:
    def test_mean_and_spread_are_those_of_the_reference(self, reference):
        for scenario in reference["scenarios"].values():
            design = Design(**{**GOOD, "shares": tuple(scenario["pi"])})
            assert design.mean == pytest.approx(scenario["mu"], abs=1e-12)
            assert design.sd == pytest.approx(scenario["sigma"], rel=1e-9)

    def test_it_comes_back_from_json(self):
        design = Design(**GOOD)

        assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"shares": (0.1, 0.1, 0.1, 0.1, 0.1)}, "add up to 1"),
            ({"shares": (-0.1, 0.3, 0.5, 0.2, 0.1)}, "from 0"),
            ({"shares": (0.0, 0.0, 1.0, 0.0, 0.0)}, "without spread"),
            ({"rho_patient": 0.9, "rho_set": 0.2}, "less than 1 together"),
            ({"rho_set": -0.1}, "0 or more"),
            ({"sets": (1,)}, "2 patients"),
            ({"readers": 0}, "1 or more"),
            ({"margin": 0.0}, "above 0"),
            ({"n_simulations": 10}, "100 to 20000"),
            ({"sets": (100,) * 100}, "5000 at most"),
        ],
    )
    def test_it_refuses_what_contradicts_itself_and_says_the_rule(self, change, says):
        with pytest.raises(BadSetting, match=says):
            Design(**{**GOOD, **change})


class TestSetsOf:
    def test_the_published_study_is_fifty_patients_with_two_and_eleven_with_one(self):
        sets = sets_of(61, 111)

        assert (sets.count(2), sets.count(1), sum(sets)) == (50, 11, 111)

    def test_fewer_sets_than_patients_are_refused(self):
        with pytest.raises(BadSetting, match="each needs one"):
            sets_of(61, 60)


class TestClosedForms:
    def test_approximate_power_is_that_of_the_reference(self, reference):
        for one in reference["approx_power"]:
            found = approximate_power(mean=one["mu"], sd=one["sigma"], n=one["N"], deff=one["deff"])
            assert found == pytest.approx(one["power"], rel=1e-9)

    def test_patients_without_an_event_are_those_of_the_reference(self, reference):
        for one in reference["zero_event_n"]:
            assert patients_without_event(one["p0"], confidence=one["conf"]) == one["n"]

    def test_one_reading_a_patient_has_no_design_effect(self):
        assert design_effect(Design(**{**GOOD, "sets": (1,) * 20, "readers": 1})) == 1

    def test_three_readers_of_one_set_by_hand(self):
        # 1 + (3 - 1) (.25 + .15)
        assert design_effect(Design(**{**GOOD, "sets": (1,) * 20})) == pytest.approx(1.8)
