"""The enhanced arms: made once by the shipped weights, as derived DICOM, and never over an uploaded series."""

import numpy as np
import pytest

from enhancement.core.denoise import load_denoiser
from enhancement.models import Enhancement
from enhancement.services import enhance as service
from enhancement.services.enhance import enhance
from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import DisplayState, Series, Study, Task
from readerstudy.services import archive, cases, display
from tests.readerstudy.services.sending import bodies, sagittal_series, scanned_soc_and_fast, silent, take


@pytest.fixture(scope="module")
def denoiser():
    return load_denoiser()


@pytest.fixture
def taken(study):
    take(study, scanned_soc_and_fast())
    return study


def series_of(study, code):
    return study.series.get(arm__code=code, removed_at=None)


def run(study, code, denoiser):
    return enhance(series_of(study, code), denoiser=denoiser, progress=silent)


class TestEnhance:
    def test_fast_gives_fast_dl_in_its_image_set(self, taken, denoiser):
        (made,) = run(taken, "FAST", denoiser)

        source = series_of(taken, "FAST")
        assert (made.arm.code, made.image_set, made.participant) == ("FAST-DL", source.image_set, source.participant)
        assert (made.origin, made.derived_from) == (Series.Origin.GENERATED, source)
        assert (made.slices, made.rows, made.columns) == (source.slices, source.rows, source.columns)
        assert made.pixel_sha256 != source.pixel_sha256

    def test_soc_gives_soc_dl(self, taken, denoiser):
        (made,) = run(taken, "SOC", denoiser)

        assert made.arm.code == "SOC-DL"

    def test_how_it_was_made_is_recorded(self, taken, denoiser):
        (made,) = run(taken, "FAST", denoiser)

        record = Enhancement.objects.get(result=made)
        assert record.source == series_of(taken, "FAST")
        assert len(record.weights_sha256) == 64
        assert record.seconds > 0
        event = taken.audit_events.get(action="series enhanced")
        assert event.detail["weights_sha256"] == record.weights_sha256

    def test_the_result_is_a_derived_dicom_series(self, taken, denoiser):
        (made,) = run(taken, "FAST", denoiser)

        sources = archive.load_datasets(series_of(taken, "FAST"))
        derived = archive.load_datasets(made)
        assert len(derived) == len(sources) == 3
        uids = {one.SOPInstanceUID for one in [*sources, *derived]}
        assert len(uids) == 6
        for source, one in zip(sources, derived, strict=True):
            assert list(one.ImageType[:2]) == ["DERIVED", "SECONDARY"]
            assert one.SeriesInstanceUID == made.series_uid != source.SeriesInstanceUID
            assert one.SourceImageSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
            assert one.ImagePositionPatient == source.ImagePositionPatient
            assert one.ContributingEquipmentSequence
            assert one.PatientID == "P001"

    def test_the_grey_values_stay_on_the_sources_scale(self, taken, denoiser):
        (made,) = run(taken, "FAST", denoiser)

        before = archive.load_volume(series_of(taken, "FAST")).values_zyx
        assert np.mean(archive.load_volume(made).values_zyx) == pytest.approx(np.mean(before), rel=0.05)

    def test_run_twice_it_makes_one(self, taken, denoiser):
        run(taken, "FAST", denoiser)

        assert run(taken, "FAST", denoiser) == []
        assert taken.series.filter(arm__code="FAST-DL").count() == 1

    def test_an_uploaded_arm_is_not_overwritten(self, taken, denoiser):
        take(
            taken,
            sagittal_series("1.2.3.9", pixels_zyx=bodies(9), NumberOfAverages="1"),
            arm=taken.arms.get(code="FAST-DL"),
        )

        assert run(taken, "FAST", denoiser) == []
        assert series_of(taken, "FAST-DL").origin == Series.Origin.UPLOADED

    def test_the_image_set_is_then_complete_and_can_be_shown(self, taken, denoiser):
        run(taken, "FAST", denoiser)

        image_set = taken.image_sets.get()
        assert Task.objects.filter(kind="display", subject=image_set.pk).exists()
        display.build(image_set)
        assert image_set.display_state == DisplayState.READY


class TestMeanwhile:
    """Somebody acts while the denoiser works."""

    @pytest.fixture
    def during(self, monkeypatch):
        def during(act):
            write = service.derive_series

            def act_and_write(*args, **options):
                act()
                return write(*args, **options)

            monkeypatch.setattr(service, "derive_series", act_and_write)

        return during

    def test_a_source_that_was_moved_leaves_nothing_behind(self, taken, denoiser, during, cast):
        fast = series_of(taken, "FAST")
        during(lambda: cases.assign(fast, actor=cast.coordinator, image_set=None, arm=None))

        with pytest.raises(WrongState, match="moved"):
            run(taken, "FAST", denoiser)
        assert taken.series.count() == 2
        assert not Enhancement.objects.exists()

    def test_a_vendors_series_that_came_stays(self, taken, denoiser, during):
        vendor = sagittal_series("1.2.3.9", pixels_zyx=bodies(9), NumberOfAverages="1")
        during(lambda: take(taken, vendor, arm=taken.arms.get(code="FAST-DL")))

        with pytest.raises(WrongState):
            run(taken, "FAST", denoiser)
        assert series_of(taken, "FAST-DL").origin == Series.Origin.UPLOADED

    def test_a_source_that_was_removed_is_refused(self, taken, denoiser, cast):
        fast = series_of(taken, "FAST")
        cases.remove(fast, actor=cast.coordinator)

        with pytest.raises(WrongState):
            enhance(fast, denoiser=denoiser, progress=silent)


class TestAfterTheSeal:
    @pytest.fixture
    def reading(self, taken):
        Study.objects.filter(pk=taken.pk).update(status=Status.READING)
        return taken

    def test_what_readers_see_is_not_made_any_more(self, reading, denoiser):
        assert run(reading, "FAST", denoiser) == []

    def test_what_they_never_see_is_made_and_changes_nothing_of_the_rest(self, reading, denoiser):
        before = reading.image_sets.get().display_state

        (made,) = run(reading, "SOC", denoiser)

        assert made.arm.code == "SOC-DL"
        assert reading.image_sets.get().display_state == before
