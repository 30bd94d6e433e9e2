"""The form of who signs before a study is locked and unblinded."""

from django.forms import ModelForm

from readerstudy.models import ClosingRules
from readerstudy.services.closing_rules import CLOSING_RULES


class ClosingRulesForm(ModelForm):
    class Meta:
        model = ClosingRules
        fields = CLOSING_RULES
