"""What a coordinator types to search in an archive, and ticks to have fetched."""

from typing import Any

from django import forms

from readerstudy.core.archives import Archive
from readerstudy.core.errors import BadInput
from readerstudy.core.found import LONGEST_TEXT, Question, SeriesPlace, parse_place
from readerstudy.models import Arm, Study

MODALITIES = (("MR", "MR"), ("", "any"))


class ArchiveForm(forms.Form):
    archive = forms.ChoiceField()

    def __init__(self, archives: tuple[Archive, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["archive"].choices = [(one.name, one.name) for one in archives]


class SearchForm(ArchiveForm):
    patient_id = forms.CharField(required=False, max_length=LONGEST_TEXT, label="Patient ID")
    accession = forms.CharField(required=False, max_length=LONGEST_TEXT, label="Accession number")
    since = forms.DateField(
        required=False, label="Examined from", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        required=False, label="Examined until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    description = forms.CharField(required=False, max_length=LONGEST_TEXT, label="Study description")
    modality = forms.ChoiceField(required=False, choices=MODALITIES, initial="MR")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "search_%s", **kwargs})
        for field in self.fields.values():  # what was typed names patients: a browser is not to remember it
            field.widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            self.question()
        return values

    def question(self) -> Question:
        """Raises ValidationError where it would ask for everything."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "archive"}
        try:
            return Question(
                **{name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
            )
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error


class FetchForm(ArchiveForm):
    arm = forms.ModelChoiceField(
        queryset=Arm.objects.none(), required=False, empty_label="Find out from the images", label="They are"
    )

    def __init__(self, study: Study, archives: tuple[Archive, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(archives, *args, **{"auto_id": "fetch_%s", **kwargs})
        self.fields["arm"].queryset = study.arms.all()
        self.fields["archive"].widget = forms.HiddenInput()

    def places(self) -> list[SeriesPlace]:
        """What was ticked. Raises BadInput for anything that is no name of a series."""
        return [parse_place(text) for text in self.data.getlist("series")]
