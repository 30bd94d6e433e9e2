"""What a coordinator types to let scanners and archives send."""

from typing import Any

from django import forms

from readerstudy.core.peers import LONGEST_TITLE
from readerstudy.models import Arm, Study
from readerstudy.services.sending_tokens import LONGEST_DAYS


class _ArmForm(forms.Form):
    arm = forms.ModelChoiceField(
        queryset=Arm.objects.none(),
        required=False,
        empty_label="Find out from the images",
        help_text="Where all that is sent this way is one arm.",
    )

    def __init__(self, study: Study, *args: Any, **kwargs: Any) -> None:
        # Two such forms stand on one page.
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kwargs})
        self.fields["arm"].queryset = study.arms.all()


class TitleForm(_ArmForm):
    title = forms.CharField(
        max_length=LONGEST_TITLE,
        label="AE title",
        help_text="1 to 16 capital letters, digits, '-' or '_'. No other study of this server can have it.",
    )
    field_order = ("title", "arm")

    def clean_title(self) -> str:
        return str(self.cleaned_data["title"]).strip().upper()


class SendingTokenForm(_ArmForm):
    name = forms.CharField(max_length=40, label="What sends with it", help_text="For example: the archive of site 2.")
    days = forms.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, initial=90, label="Valid for (days)", help_text=f"At most {LONGEST_DAYS}."
    )
    field_order = ("name", "days", "arm")
