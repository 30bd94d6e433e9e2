"""Forms of this app: what a person types becomes typed values for a service."""

from collections.abc import Mapping
from typing import Any

from django import forms

from analysis.core.plan import (
    CORRECTIONS,
    FAMILIES,
    IMAGE_REGISTRATION,
    MOST_REPLICATES,
    SEED,
    SENSITIVITY,
    default_plan,
)
from analysis.core.plan_words import choice_name, choice_value
from analysis.core.planning import FEWEST_SIMULATIONS, MOST_SIMULATIONS, check_size, sets_of
from analysis.core.power import PowerInputs
from analysis.services.plans import FROM_PROTOCOL
from analysis.services.tokens import LONGEST_DAYS
from readerstudy.core.errors import BadInput


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label="What it is for", help_text="For example: mixed models in R.")
    days = forms.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, initial=90, label="Valid for (days)", help_text=f"At most {LONGEST_DAYS}."
    )
    may_read_key = forms.BooleanField(
        required=False, label="May also read the allocation key and the bundle that holds it (after unblinding)"
    )

    def values(self) -> dict[str, Any]:
        """Raises BadInput where a field cannot be used."""
        if not self.is_valid():
            raise BadInput(f"Give a name, and between 1 and {LONGEST_DAYS} days.")
        return self.cleaned_data


class PlanForm(forms.Form):
    """What a person chooses in the analysis plan. Comparisons and features are the protocol's."""

    primary_comparison = forms.ChoiceField(
        help_text="The question of the study. Above the middle the first arm is preferred."
    )
    family = forms.ChoiceField(
        label="Primary family", help_text="The tests that are corrected together; the others are secondary."
    )
    primary_features = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Primary features",
        help_text="Of the primary comparison. None ticked: all. One: a single primary endpoint.",
    )  # fmt: skip
    multiplicity = forms.ChoiceField(
        label="Correction within the primary family",
        help_text="A fixed sequence follows the order of the protocol's features and needs no other correction.",
    )
    image_registration = forms.ChoiceField(
        label="Registration of separate acquisitions",
        help_text="Whether similarity is also measured after a rigid movement in the plane, beside the plain one.",
    )
    alpha = forms.FloatField(min_value=0.0001, max_value=0.5, label="Level α", help_text="Two-sided, 0.05 as a rule.")
    ni_margin = forms.FloatField(
        required=False, min_value=0.01, max_value=2, label="Margin, in points of the scale",
        help_text="For non-inferiority and equivalence; 0.2 and 0.5 are common. Without one neither word is ever used.",
    )  # fmt: skip
    net_benefit_margin = forms.FloatField(
        required=False, min_value=0.01, max_value=1, label="Margin on the net benefit",
        help_text="Share of wins less share of losses that would not matter: 0.1 is ten in a hundred readings.",
    )  # fmt: skip
    sensitivity = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Sensitivity analyses",
        help_text="Computed beside the primary analysis, never instead of it.",
    )  # fmt: skip
    bootstrap = forms.IntegerField(
        min_value=0,
        max_value=MOST_REPLICATES,
        label="Bootstrap replicates B",
        help_text="Patients are drawn; 4 999 as a rule.",
    )
    seed = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        help_text="Fixes bootstrap and permutations: the same digits each time.",
    )

    def __init__(self, *args: Any, plan: Mapping[str, Any], post_hoc: bool = False, **kwargs: Any) -> None:
        flat = flat_choices(plan)
        super().__init__(*args, initial=flat, **kwargs)
        for name in [name for name in self.fields if name not in flat]:
            del self.fields[name]
        for name in [name for name in flat if name not in self.fields]:
            self.fields[name] = field_of(name, flat[name])
        for name, choices in choices_for(plan).items():
            if name in self.fields:
                self.fields[name].choices = choices
        if post_hoc:
            self.fields["reason"] = forms.CharField(
                max_length=400, widget=forms.Textarea(attrs={"rows": 2}), label="Why the plan is departed from",
                help_text="It is written into the audit trail and stands beside every result of this version.",
            )  # fmt: skip

    def choices(self) -> dict[str, Any]:
        """What was chosen, as the plan's values. Call on a valid form."""
        chosen: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            outer, _, inner = name.partition(".")
            if name != "reason" and inner:
                chosen.setdefault(outer, {})[inner] = value
            elif name != "reason":
                chosen[name] = value
        return chosen


class ListField(forms.CharField):
    """Values separated by commas: numbers where the plan has numbers, else words."""

    def __init__(self, *, numbers: bool, **kwargs: Any) -> None:
        super().__init__(required=False, help_text="Separated by commas.", **kwargs)
        self.numbers = numbers

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[Any]:
        words = [word.strip() for word in super().clean(value).split(",") if word.strip()]
        try:
            return [float(word) for word in words] if self.numbers else words
        except ValueError as error:
            raise forms.ValidationError("Give numbers, separated by commas.") from error


def flat_choices(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What can be chosen in a plan, one name a value: those of an inner object are `outer.inner`.

    Words have one possible value each (they name methods), so that they are shown and not asked; but the two that have
    choices here.
    """
    known = {name: plan[name] for name in default_plan() if name in plan and name not in FROM_PROTOCOL}
    flat: dict[str, Any] = {}
    for name, value in known.items():
        inner = {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, Mapping) else {name: value}
        flat |= inner
    asked = choices_for(plan)
    return {name: value for name, value in flat.items() if not isinstance(value, str) or name in asked}


def field_of(name: str, value: Any) -> forms.Field:
    """A field for a choice that this form does not know by name, by the kind of its value."""
    label = choice_name(name.replace(".", ", "))
    if isinstance(value, bool):
        return forms.BooleanField(required=False, label=label)
    if isinstance(value, int):
        return forms.IntegerField(label=label)
    if isinstance(value, list | tuple):
        return ListField(numbers=any(isinstance(part, int | float) for part in value), label=label)
    return forms.FloatField(required=value is not None, label=label)


def choices_for(plan: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The closed lists: codes of the protocol, and methods."""
    return {
        "primary_comparison": [(c["id"], f"{c['arm_a']} vs {c['arm_b']}") for c in plan["comparisons"]],
        "primary_features": [(item["id"], item["label"]) for item in plan["features"]],
        "multiplicity": [(name, choice_value(name)) for name in CORRECTIONS],
        "family": [(name, choice_value(name)) for name in FAMILIES],
        "sensitivity": [(name, choice_value(name)) for name in SENSITIVITY],
        "image_registration": [(name, choice_value(name)) for name in IMAGE_REGISTRATION],
    }


SHARES = ("b_pronounced", "b_mild", "none", "a_mild", "a_pronounced")


class PowerForm(forms.Form):
    """What is assumed for a simulation; shares in per cent, as people say them."""

    b_pronounced = forms.FloatField(min_value=0, max_value=100, initial=2, label="B pronouncedly better (%)")
    b_mild = forms.FloatField(min_value=0, max_value=100, initial=15, label="B mildly better (%)")
    none = forms.FloatField(min_value=0, max_value=100, initial=50, label="No difference (%)")
    a_mild = forms.FloatField(min_value=0, max_value=100, initial=28, label="A mildly better (%)")
    a_pronounced = forms.FloatField(min_value=0, max_value=100, initial=5, label="A pronouncedly better (%)")
    patients = forms.IntegerField(min_value=2, max_value=2000, initial=61)
    image_sets = forms.IntegerField(min_value=2, max_value=5000, initial=111, help_text="Of all patients together.")
    readers = forms.IntegerField(min_value=1, max_value=50, initial=3)
    rho_patient = forms.FloatField(
        min_value=0, max_value=0.99, initial=0.25, label="Patient", help_text="Readings of one patient resemble."
    )
    rho_set = forms.FloatField(
        min_value=0, max_value=0.99, initial=0.15, label="Image set", help_text="Readers of one image set agree."
    )
    rho_reader = forms.FloatField(
        min_value=0, max_value=0.99, initial=0.05, label="Reader", help_text="A reader leans to one arm throughout."
    )
    margin = forms.FloatField(
        min_value=0.01, max_value=2, initial=0.2, label="Margin (points)", help_text="For non-inferiority, equivalence."
    )
    alpha = forms.FloatField(min_value=0.0001, max_value=0.5, initial=0.05, label="Level α")
    simulations = forms.IntegerField(
        min_value=FEWEST_SIMULATIONS, max_value=MOST_SIMULATIONS, initial=2000, label="Simulated studies"
    )
    seed = forms.IntegerField(min_value=0, max_value=2**31 - 1, initial=SEED)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields as the page groups them."""
        names = {
            "What readers will answer": SHARES,
            "How many": ("patients", "image_sets", "readers"),
            "How much readings resemble (correlation)": ("rho_patient", "rho_set", "rho_reader"),
            "Tests and simulation": ("margin", "alpha", "simulations", "seed"),
        }
        return [(title, [self[name] for name in group]) for title, group in names.items()]

    def design(self) -> PowerInputs:
        """Raises BadInput where the numbers contradict each other. Call on a valid form."""
        values = dict(self.cleaned_data)
        shares = tuple(values.pop(name) / 100 for name in SHARES)
        sets = sets_of(values.pop("patients"), values.pop("image_sets"))
        inputs = PowerInputs(shares=shares, sets_per_patient=sets, **values)
        check_size(inputs)
        return inputs
