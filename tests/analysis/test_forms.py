"""The form of the plan asks for whatever the plan has to choose, as its values' kinds want it."""

import pytest

from analysis import forms
from analysis.core.plan import default_plan
from analysis.forms import PlanForm

MORE = {
    "margins": {"points": 0.2, "net_benefit": None},
    "deltas": [0.2, 0.5],
    "secondary": ["SOC_FAST"],
    "guess": True,
}


@pytest.fixture
def richer(monkeypatch):
    """A plan with choices of every kind."""
    plan = default_plan() | MORE
    monkeypatch.setattr(forms, "default_plan", lambda: plan)
    return plan


class TestPlanForm:
    def test_what_is_not_in_the_plan_is_not_asked(self):
        form = PlanForm(plan=default_plan())

        assert list(form.fields) == [
            "primary_comparison", "family", "primary_features", "multiplicity", "image_registration", "alpha",
            "ni_margin",
            "net_benefit_margin", "sensitivity",
            "bootstrap", "seed",
        ]  # fmt: skip

    def test_every_kind_of_value_comes_back_as_it_went_in(self, richer):
        form = PlanForm(plan=richer)
        sent = {field.html_name: field.value() for field in form if field.value() not in (None, False)}

        again = PlanForm(sent, plan=richer)

        assert again.is_valid(), again.errors
        assert again.choices() == {name: richer[name] for name in again.choices()}
        assert set(MORE) <= set(again.choices())

    def test_numbers_in_a_list_are_numbers_or_it_says_so(self, richer):
        form = PlanForm(plan=richer)
        sent = {field.html_name: field.value() for field in form if field.value() is not None}

        assert PlanForm({**sent, "deltas": "0.1, 0.3"}, plan=richer).is_valid()
        assert "Give numbers" in str(PlanForm({**sent, "deltas": "0.1, much"}, plan=richer).errors["deltas"])
