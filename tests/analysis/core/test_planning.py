"""What the planning page tells, around the simulation that test_power.py checks against the reference."""

import json

import pytest

from analysis.core import planning
from analysis.core.power import PowerInputs
from analysis.core.power_plot import power_svg
from readerstudy.core.errors import BadSetting

INPUTS = PowerInputs(
    shares=(0.02, 0.15, 0.5, 0.28, 0.05), sets_per_patient=(1, 2) * 10, readers=3, rho_patient=0.25, rho_set=0.15,
    margin=0.2, simulations=100, seed=1,
)  # fmt: skip


def changed(**changes):
    return PowerInputs(**{**planning.inputs_to_json(INPUTS), "shares": INPUTS.shares, **changes})


def quiet(done, total, step):
    """Progress that nobody watches."""


class TestSetsOf:
    def test_the_published_study_is_fifty_patients_with_two_and_eleven_with_one(self):
        sets = planning.sets_of(61, 111)

        assert (sets.count(2), sets.count(1), sum(sets)) == (50, 11, 111)

    def test_fewer_sets_than_patients_are_refused(self):
        with pytest.raises(BadSetting, match="each needs one"):
            planning.sets_of(61, 60)


class TestCheckSize:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"shares": (0.0, 0.0, 1.0, 0.0, 0.0)}, "without spread"),
            ({"sets_per_patient": (100,) * 100}, "5000 at most"),
            ({"simulations": 10}, "100 to 20000"),
        ],
    )
    def test_what_says_nothing_or_never_ends_is_refused(self, change, says):
        with pytest.raises(BadSetting, match=says):
            planning.check_size(changed(**change))


class TestJson:
    def test_inputs_come_back(self):
        assert planning.inputs_from_json(json.loads(json.dumps(planning.inputs_to_json(INPUTS)))) == INPUTS


class TestGrid:
    def test_the_design_itself_is_among_them(self):
        assert INPUTS in [other for _, other in planning.grid(INPUTS)]

    def test_more_and_fewer_patients_keep_the_mix_of_sets(self):
        found = {len(o.sets_per_patient): o.sets_per_patient for times, o in planning.grid(INPUTS) if times == 1}
        uneven = changed(sets_per_patient=planning.sets_of(61, 111))
        half = next(o for times, o in planning.grid(uneven) if len(o.sets_per_patient) == 30)

        assert (found[40].count(1), found[40].count(2)) == (20, 20)
        assert sum(half.sets_per_patient) / 30 == pytest.approx(111 / 61, abs=0.05)

    def test_what_is_too_large_is_left_out(self):
        large = changed(sets_per_patient=(10,) * 60, readers=8)

        found = planning.grid(large)

        assert 0 < len(found) < 16
        assert all(planning.readings_of(other) <= 5000 for _, other in found)


class TestPlanPower:
    def test_it_is_json_the_same_each_time_and_more_patients_bring_power(self):
        told = []
        results = planning.plan_power(INPUTS, told=lambda *step: told.append(step))

        assert json.loads(json.dumps(results)) == planning.plan_power(INPUTS, told=quiet)
        power = {(r["patients"], r["readers"], r["sets_factor"]): r["power"] for r in results["trade_off"]}
        assert len(power) == 16
        assert power[40, 3, 1] > power[10, 3, 1]
        assert results["zero_event_patients"] == {"0.01": 299, "0.02": 149, "0.05": 59}
        assert told[-1] == (15, 16, "trade-off: 40 patients, 3 readers")


class TestPowerSvg:
    def test_it_is_the_same_text_each_time_and_names_its_lines(self):
        rows = [
            {"patients": p, "readers": r, "sets_factor": t, "power": 0.5, "error": 0.1}
            for p in (10, 20) for r in (2, 3) for t in (1, 2)
        ]  # fmt: skip

        svg = power_svg(rows, title="t")

        assert svg == power_svg(rows, title="t")
        assert "3 readers, twice the image sets" in svg
        assert "<dc:date>" not in svg
