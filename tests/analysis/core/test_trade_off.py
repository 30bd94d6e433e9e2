import json

from analysis.core import trade_off
from analysis.core.planning import Design
from analysis.core.power_plot import power_svg

DESIGN = Design(
    shares=(0.02, 0.15, 0.5, 0.28, 0.05), rho_patient=0.25, rho_set=0.15, rho_reader=0.0, sets=(1, 2) * 10, readers=3,
    margin=0.2, n_simulations=100, seed=1,
)  # fmt: skip


def quiet(done, total, step):
    """Progress that nobody watches."""


class TestGridDesigns:
    def test_the_design_itself_is_among_them(self):
        assert DESIGN in [design for *_, design in trade_off.grid_designs(DESIGN)]

    def test_more_patients_keep_the_mix_of_sets(self):
        bigger = next(d for p, r, t, d in trade_off.grid_designs(DESIGN) if (p, r, t) == (40, 3, 1))

        assert (bigger.sets.count(1), bigger.sets.count(2)) == (20, 20)

    def test_what_is_too_large_is_left_out(self):
        large = Design(**{**DESIGN.to_json(), "shares": DESIGN.shares, "sets": (10,) * 60, "readers": 8})

        assert all(design.n_readings <= 5000 for *_, design in trade_off.grid_designs(large))
        assert len(trade_off.grid_designs(large)) < 24


class TestPlanPower:
    def test_it_is_json_and_more_patients_bring_power(self):
        results = json.loads(json.dumps(trade_off.plan_power(DESIGN, told=quiet)))

        power = {(r["patients"], r["readers"], r["sets_factor"]): r["power"] for r in results["trade_off"]}
        assert len(power) == 24
        assert power[40, 3, 1] > power[10, 3, 1]
        assert results["zero_event_patients"] == {"0.01": 299, "0.02": 149, "0.05": 59}

    def test_the_plot_is_the_same_text_each_time_and_names_its_lines(self):
        grid = [
            {"patients": p, "readers": r, "sets_factor": t, "power": 0.5, "error": 0.1}
            for p in (10, 20) for r in (2, 3) for t in (1, 2)
        ]  # fmt: skip

        svg = power_svg(grid, title="t")

        assert svg == power_svg(grid, title="t")
        assert "3 readers, twice the image sets" in svg
        assert "<dc:date>" not in svg
