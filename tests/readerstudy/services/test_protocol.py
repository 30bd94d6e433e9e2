"""The protocol of a draft is edited part by part; nothing of it changes once the study is sealed."""

import pytest

from readerstudy.core.errors import WrongState
from readerstudy.models import Comparison, Task
from readerstudy.services.protocol import PARTS, save_part
from readerstudy.services.studies import BadProtocol
from tests.cast import add_image_set
from tests.readerstudy.services.protocol_rows import rows_of_part

FRESH = {
    "arms": {"code": "NEW", "label": "A new arm", "source": None, "shown": True, "position": 9},
    "comparisons": {"code": "NEW", "position": 9},
    "features": {"code": "new", "label": "A new feature", "position": 9},
    "scale": {"value": 6, "label": "a word"},
    "reasons": {"code": "new", "label": "A new reason", "position": 9},
    "consistency": {"code": "new", "label": "A new box", "category": "Loss", "subject": "anatomy", "position": 99},
    "sites": {"code": "NEW", "name": "A new site", "location": ""},
    "scanners": {"code": "NEW", "manufacturer": "GE", "model": "HDxt", "field_strength_t": 1.5, "site": None},
}
CHANGED = {"scale": {"label": "other words"}, "comparisons": {"position": 7}, "sites": {"name": "other words"},
           "scanners": {"model": "other words"}}  # fmt: skip


def fresh_row(study, part):
    row = {"id": None, "delete": False, **FRESH[part]}
    if part == "comparisons":
        row |= {"arm_a": study.arms.get(code="FAST"), "arm_b": study.arms.get(code="SOC")}
    return row


@pytest.fixture
def save(cast):
    def save(part, rows):
        save_part(cast.study, actor=cast.coordinator, part=part, rows=rows)

    return save


@pytest.mark.parametrize("part", PARTS)
class TestEveryPart:
    def test_a_row_can_be_added_changed_and_deleted(self, study, save, part):
        before = rows_of_part(study, part)
        change = CHANGED.get(part, {"label": "other words"})

        save(part, [*before, fresh_row(study, part)])
        added = rows_of_part(study, part)[-1]
        save(part, [{**added, **change}])
        changed = next(row for row in rows_of_part(study, part) if row["id"] == added["id"])
        save(part, [{**added, "delete": True}])

        assert {name: changed[name] for name in change} == change
        assert rows_of_part(study, part) == before

    def test_each_change_is_one_audit_event_with_the_rows(self, study, save, part):
        save(part, [fresh_row(study, part)])

        event = study.audit_events.last()
        assert event.action == f"{part} changed"
        assert len(event.detail["rows"]) == len(rows_of_part(study, part))

    def test_a_code_that_is_there_twice_is_refused_and_nothing_is_kept(self, study, save, part):
        before = rows_of_part(study, part)

        with pytest.raises(BadProtocol, match="same code"):
            save(part, [fresh_row(study, part), fresh_row(study, part)])
        assert rows_of_part(study, part) == before

    def test_a_blank_row_that_is_marked_for_deletion_is_nothing(self, study, save, part):
        before = rows_of_part(study, part)

        save(part, [{**fresh_row(study, part), "delete": True}])

        assert rows_of_part(study, part) == before

    def test_it_is_refused_after_the_seal(self, sealed, cast, save, part):
        with pytest.raises(WrongState, match="DRAFT"):
            save(part, [fresh_row(cast.study, part)])

    def test_a_row_of_another_study_is_not_touched(self, cast, save, part):
        other = type(cast.study).objects.exclude(pk=cast.study.pk).get()
        before = rows_of_part(other, part)

        save(part, [{**row, "delete": True} for row in before])

        assert rows_of_part(other, part) == before


class TestSavePart:
    def test_an_arm_that_a_comparison_uses_is_not_deleted(self, study, save):
        row = next(row for row in rows_of_part(study, "arms") if row["code"] == "SOC")

        with pytest.raises(BadProtocol, match="used elsewhere"):
            save("arms", [{**row, "delete": True}])
        assert study.arms.filter(code="SOC").exists()

    def test_an_arm_that_is_the_source_of_another_is_not_deleted(self, study, save):
        Comparison.objects.filter(study=study).delete()
        row = next(row for row in rows_of_part(study, "arms") if row["code"] == "FAST")

        with pytest.raises(BadProtocol):
            save("arms", [{**row, "delete": True}])

    def test_a_comparison_of_an_arm_with_itself_is_refused(self, study, save):
        row = fresh_row(study, "comparisons")

        with pytest.raises(BadProtocol, match="one arm twice"):
            save("comparisons", [{**row, "arm_b": row["arm_a"]}])

    @pytest.mark.parametrize("code", ["", "with space", "ä", "-x", "x" * 33, "=cmd()"])
    def test_a_code_that_files_could_not_hold_is_refused(self, study, save, code):
        with pytest.raises(BadProtocol):
            save("features", [{**fresh_row(study, "features"), "code": code}])

    def test_saving_without_a_change_makes_no_work(self, study, save):
        add_image_set(study, 1)

        save("arms", rows_of_part(study, "arms"))

        assert not Task.objects.exists()
