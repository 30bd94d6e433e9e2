"""Reading conditions are part of the protocol: edited in a draft, in the trail, frozen with the seal."""

import pytest

from readerstudy.core.errors import WrongState
from readerstudy.models import ReadingConditions
from readerstudy.queries import conditions_of
from readerstudy.services.conditions import save_conditions
from readerstudy.services.studies import BadProtocol


class TestSaveConditions:
    def test_they_are_stored_once_a_study_and_told_in_the_trail(self, study, cast):
        for width in (1920, 2560):
            values = {"display_check": "day", "minimum_width_px": width, "minimum_height_px": None}
            save_conditions(study, actor=cast.coordinator, values=values)

        assert ReadingConditions.objects.get().minimum_px == (2560, 0)
        assert study.audit_events.filter(action="reading conditions changed").count() == 2

    @pytest.mark.parametrize(
        "values",
        [
            {"display_check": "sometimes"},
            {"display_check": "never", "minimum_width_px": 1920},
            {"display_check": "day", "minimum_width_px": -1},
            {"colour": "red"},
        ],
        ids=str,
    )
    def test_what_contradicts_itself_is_refused(self, study, cast, values):
        with pytest.raises(BadProtocol):
            save_conditions(study, actor=cast.coordinator, values=values)
        assert not ReadingConditions.objects.exists()

    def test_a_sealed_protocol_is_frozen(self, sealed, cast):
        with pytest.raises(WrongState):
            save_conditions(sealed, actor=cast.coordinator, values={"display_check": "day"})


class TestConditionsOf:
    def test_a_study_without_a_row_demands_nothing(self, study):
        conditions = conditions_of(study)

        assert (conditions.display_check, conditions.minimum_px) == ("never", (0, 0))
        assert not ReadingConditions.objects.exists()
