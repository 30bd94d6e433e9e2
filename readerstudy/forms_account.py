"""Forms of a person's own account."""

from django import forms
from django.utils.translation import gettext_lazy as _

PASSWORD = {"autocomplete": "current-password"}
CODE = {"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "none"}


class CodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        label=_("Code"),
        help_text=_("The six digits that your authenticator app shows now, or one of your recovery codes."),
        widget=forms.TextInput(attrs={**CODE, "autofocus": True}),
    )


class FirstCodeForm(forms.Form):
    code = forms.CharField(
        max_length=40,
        label=_("The six digits that the app shows now"),
        widget=forms.TextInput(attrs={**CODE, "inputmode": "numeric"}),
    )


class PasswordAgainForm(forms.Form):
    password = forms.CharField(label=_("Your password again"), strip=False, widget=forms.PasswordInput(attrs=PASSWORD))


class PasswordAndCodeForm(PasswordAgainForm):
    code = forms.CharField(
        max_length=40, label=_("A code of the app, or a recovery code"), widget=forms.TextInput(attrs=CODE)
    )
