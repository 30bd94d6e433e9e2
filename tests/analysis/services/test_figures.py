"""Figures are made after unblinding only; what is kept is a layout, what is given out is recorded."""

import hashlib
import io

import pytest
from PIL import Image

from analysis import queries_images as queries
from analysis.core.figures.layout import Layout, Row, layout_of
from analysis.models import FigurePlate
from analysis.services import figures
from readerstudy.core.errors import BadFigure, NotFound, VersionConflict, WrongState


@pytest.fixture
def plate(unblinded, cast):
    return figures.make_plate(unblinded, actor=cast.statistician, title="Fig. 1")


class TestBeforeUnblinding:
    """One study for all of them: to make it is what takes time."""

    def test_nothing_can_be_made_drawn_listed_or_exported(self, sealed, cast):
        layout = Layout(rows=(Row("S001", 0),), arms=("SOC",))
        plate = FigurePlate.objects.create(
            study=sealed,
            title="x",
            layout=layout.to_json(),
            changed_by=cast.coordinator,
            changed_at="2026-01-01T00:00Z",
        )
        acts = (
            lambda: figures.make_plate(sealed, actor=cast.coordinator, title="x"),
            lambda: figures.preview(sealed, layout),
            lambda: figures.save_plate(
                plate, actor=cast.coordinator, title="x", layout=layout.to_json(), base_version=1
            ),
            lambda: figures.export_plate(plate, actor=cast.coordinator, kind="png"),
            lambda: figures.remove_plate(plate, actor=cast.coordinator),
            lambda: queries.plates(sealed),
            lambda: queries.plate(sealed, plate.pk),
            lambda: queries.metric_listing(sealed),
        )
        for act in acts:
            with pytest.raises(WrongState):
                act()
        assert not sealed.audit_events.filter(action__startswith="figure").exists()


class TestMakePlate:
    def test_it_begins_with_every_arm_that_was_shown_in_the_middle_slice(self, plate, unblinded):
        layout = layout_of(plate.layout)

        assert layout.arms == ("SOC", "FAST", "FAST-DL")
        assert layout.rows == (Row("S001", 1),)
        assert unblinded.audit_events.last().action == "figure made"

    def test_it_needs_a_title(self, unblinded, cast):
        with pytest.raises(BadFigure, match="title"):
            figures.make_plate(unblinded, actor=cast.statistician, title="  ")


class TestSavePlate:
    def test_a_second_save_from_the_same_state_is_refused_and_changes_nothing(self, plate, cast):
        changed = {**plate.layout, "letters": True}
        figures.save_plate(plate, actor=cast.statistician, title="A", layout=changed, base_version=1)

        with pytest.raises(VersionConflict, match="Somebody else"):
            figures.save_plate(plate, actor=cast.coordinator, title="B", layout=plate.layout, base_version=1)

        plate.refresh_from_db()
        assert (plate.title, plate.version, plate.layout["letters"]) == ("A", 2, True)

    def test_a_figure_that_cannot_be_drawn_is_not_kept(self, plate, cast):
        with pytest.raises(BadFigure):
            figures.save_plate(
                plate, actor=cast.statistician, title="A", layout={**plate.layout, "arms": ["PET"]}, base_version=1
            )
        plate.refresh_from_db()
        assert plate.version == 1


class TestExportPlate:
    def test_the_file_is_for_print_and_recorded_by_its_checksum(self, plate, unblinded, cast):
        content = figures.export_plate(plate, actor=cast.statistician, kind="tiff")

        assert round(Image.open(io.BytesIO(content)).info["dpi"][0]) == 300
        event = unblinded.audit_events.last()
        assert (event.action, event.actor) == ("figure exported", cast.statistician)
        assert event.detail["sha256"] == hashlib.sha256(content).hexdigest()
        assert (event.detail["figure"], event.detail["format"]) == (plate.pk, "tiff")

    def test_one_figure_is_drawn_at_a_time_and_nobody_waits_for_ever(self, plate, cast, monkeypatch):
        monkeypatch.setattr(figures, "WAITS_S", 0.01)
        with figures._DRAWING, pytest.raises(WrongState, match="Try again"):
            figures.export_plate(plate, actor=cast.statistician, kind="png")


class TestPlate:
    def test_a_figure_of_another_study_is_not_found(self, plate, cast):
        other = cast.outsider.memberships.get().study
        type(other).objects.filter(pk=other.pk).update(status="unblinded")
        other.refresh_from_db()
        with pytest.raises(NotFound):
            queries.plate(other, plate.pk)
