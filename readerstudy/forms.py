"""Forms: what a person types becomes typed values for a service; nothing is written here."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.forms import BaseModelFormSet, ModelForm, modelformset_factory
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from readerstudy.core.errors import BadInput
from readerstudy.models import ReadingConditions, ReadingRules, Role, Study
from readerstudy.services import lockout, sign_in
from readerstudy.services.conditions import CONDITIONS
from readerstudy.services.protocol import PARTS
from readerstudy.services.rules import RULES
from readerstudy.services.studies import DETAILS
from readerstudy.views.errors import in_words
from readerstudy.views.visitor import address_of


class SignInForm(AuthenticationForm):
    """Django's own, with the word that this product uses for the name, and with tries that are counted."""

    waits = False  # whether it was refused because of the tries before

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Sign-in name")

    def clean(self) -> dict[str, Any]:
        """Sets the user of `get_user`. All refusals but waiting are one and the same: they do not tell who exists."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name and password:
            try:
                self.user_cache = sign_in.prove_password(name, password, address=address_of(self.request))
            except (sign_in.WrongPassword, lockout.TooManyTries) as refusal:
                self.waits = isinstance(refusal, lockout.TooManyTries)
                raise forms.ValidationError(in_words(refusal)) from refusal
        return self.cleaned_data


class NewStudyForm(forms.Form):
    title = forms.CharField(max_length=200, help_text="As it will stand on reports. You can change it while in draft.")


class StudyDetailsForm(ModelForm):
    class Meta:
        model = Study
        fields = DETAILS
        widgets: ClassVar = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "instructions": forms.Textarea(attrs={"rows": 4}),
        }

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class ReadingRulesForm(ModelForm):
    class Meta:
        model = ReadingRules
        fields = RULES

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class ReadingConditionsForm(ModelForm):
    class Meta:
        model = ReadingConditions
        fields = CONDITIONS
        labels: ClassVar = {"display_check": "Readers check the display"}
        help_texts: ClassVar = {
            "minimum_width_px": "Of the whole screen; empty: any. Two images of 512 × 512 at full detail need about "
            "1920 × 1080.",
        }


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address")
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in (Role.READER, Role.STATISTICIAN, Role.COORDINATOR)]
    )

    def require_valid(self) -> None:
        if not self.is_valid():
            raise BadInput("Give a complete e-mail address and a role.")


class NewAccountForm(forms.Form):
    full_name = forms.CharField(max_length=150, label=_("Your name"))
    username = forms.CharField(max_length=150, label=_("Sign-in name"))
    email = forms.EmailField(label=_("E-mail address"))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=format_lazy(
            _("At least {length} characters. A sentence of your own is best."), length=settings.PASSWORD_LENGTH
        ),
    )
    password_again = forms.CharField(
        label=_("Password again"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("password") != cleaned.get("password_again"):
            self.add_error("password_again", _("The two passwords are not the same."))
        return cleaned

    def account(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("username", "password", "email", "full_name")}


class PartFormSet(BaseModelFormSet):
    """The rows of one part of the protocol; choices are limited to the study's own rows."""

    def __init__(self, *args: Any, study: Study, **kwargs: Any) -> None:
        self.study = study
        super().__init__(*args, **kwargs)

    def add_fields(self, form: ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, siblings in (("source", "arms"), ("arm_a", "arms"), ("arm_b", "arms"), ("site", "sites")):
            if name in form.fields:
                form.fields[name].queryset = getattr(self.study, siblings).all()
        if "position" in form.fields:
            form.fields["position"].widget = forms.NumberInput(attrs={"min": 0})
            if index is not None and form.instance.pk is None:
                form.initial["position"] = index  # a new row comes last


def part_formset(study: Study, part: str, data: QueryDict | None) -> PartFormSet:
    model, fields = PARTS[part]
    labels = {"arm_a": "Arm A", "arm_b": "Arm B"}
    factory = modelformset_factory(model, fields=fields, labels=labels, formset=PartFormSet, extra=1, can_delete=True)
    others = [name for name in fields if model._meta.get_field(name).is_relation]
    queryset = model._default_manager.filter(study=study).select_related(*others or (None,))
    return factory(data, queryset=queryset, prefix=part, study=study)


def rows_of(formset: PartFormSet) -> list[dict[str, Any]]:
    """The rows of a valid formset for `services.protocol.save_part`; an untouched blank row is left out."""
    rows = []
    for form in formset.forms:
        if form.instance.pk is None and not form.has_changed():
            continue
        row = dict(form.cleaned_data)
        rows.append({**row, "id": form.instance.pk, "delete": bool(row.get("DELETE"))})
    return rows
