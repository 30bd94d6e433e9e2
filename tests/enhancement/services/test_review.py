"""A held series is nobody's until a coordinator accepts it; every decision stands in the audit trail."""

import numpy as np
import pytest

from enhancement import queries
from enhancement.core.denoise import DenoisedSlices, load_denoiser
from enhancement.models import Enhancement
from enhancement.services import enhance as enhancing
from enhancement.services import review
from readerstudy.core.errors import BadInput, BadSetting, BadVolume, Unsuitable, WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.models import DisplayState, Series, Study, Task
from readerstudy.queries import case_counts, pairs_to_read
from readerstudy.services import allocate, archive, display
from tests.readerstudy.services.sending import sagittal_series, scanned_soc_and_fast, silent, take

REASON = "looked at every slice"


@pytest.fixture(scope="module")
def denoiser():
    return load_denoiser()


@pytest.fixture
def taken(study):
    take(study, scanned_soc_and_fast())
    return study


@pytest.fixture
def harmful(monkeypatch):
    """A denoiser that also draws something: it stands in for a network that went wrong."""

    class Drawing(DenoisedSlices):
        def __iter__(self):
            for z, plane in enumerate(super().__iter__()):
                if z == 1:
                    plane[30:38, 30:38] += 400
                yield plane

    monkeypatch.setattr(enhancing, "DenoisedSlices", Drawing)


def series_of(study, code):
    return study.series.get(arm__code=code, removed_at=None)


def run(study, denoiser, code="FAST"):
    (made,) = enhancing.enhance(series_of(study, code), denoiser=denoiser, progress=silent)
    return made


def image_set_of(study):
    return study.image_sets.get()


class TestHeld:
    def test_what_looks_wrong_is_held_with_its_figures_and_a_picture_of_every_slice(self, taken, denoiser, harmful):
        made = run(taken, denoiser)

        record = Enhancement.objects.get(result=made)
        assert made.review == Series.Review.HELD
        assert not record.verdict["ok"]
        assert "hill" in {figure["name"] for figure in record.verdict["figures"] if not figure["ok"]}
        assert record.pictures.size > 1000
        assert "hill" in taken.audit_events.get(action="series enhanced").detail["held_for"]

    def test_a_good_one_is_not(self, taken, denoiser):
        made = run(taken, denoiser)

        assert made.review == ""
        assert Enhancement.objects.get(result=made).verdict["ok"]

    def test_it_is_neither_displayed_nor_allocated(self, taken, denoiser, harmful, cast):
        run(taken, denoiser)

        image_set = image_set_of(taken)
        assert not Task.objects.filter(kind="display").exists()
        display.build(image_set)
        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.INCOMPLETE
        assert not pairs_to_read(taken).exists()
        assert case_counts(taken).held == 1
        assert any("held for review" in words for words in allocate.readiness(taken).warnings)

    def test_it_is_not_made_over_and_over_again(self, taken, denoiser, harmful):
        run(taken, denoiser)
        Task.objects.all().delete()

        display.cases.refresh(image_set_of(taken))

        wanted = set(Task.objects.filter(kind="enhance").values_list("subject", flat=True))
        assert series_of(taken, "FAST").pk not in wanted

    def test_what_holds_no_numbers_is_not_stored_at_all(self, taken, denoiser, monkeypatch):
        class Spoiling(DenoisedSlices):
            def __iter__(self):
                return (np.where(plane > 300, np.nan, plane) for plane in super().__iter__())

        monkeypatch.setattr(enhancing, "DenoisedSlices", Spoiling)

        with pytest.raises(BadVolume, match="no numbers"):
            run(taken, denoiser)
        assert not taken.series.filter(arm__code="FAST-DL").exists()

    def test_an_input_of_another_kind_is_refused(self, study, denoiser):
        take(study, sagittal_series("1.2.3.9", NumberOfAverages="1"), arm=study.arms.get(code="FAST"))

        with pytest.raises(Unsuitable, match="16 × 16"):
            run(study, denoiser)


class TestAccept:
    def test_it_is_then_displayed_and_the_reason_is_kept(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser)

        review.accept(made.enhancement, actor=cast.coordinator, reason=REASON)

        made.refresh_from_db()
        assert made.review == Series.Review.ACCEPTED
        display.build(image_set_of(taken))
        assert image_set_of(taken).display_state == DisplayState.READY
        record = Enhancement.objects.get(result=made)
        assert (record.decided_by, record.decision_reason) == (cast.coordinator, REASON)
        event = taken.audit_events.get(action="enhanced series accepted")
        assert (event.actor, event.detail["reason"], event.detail["series"]) == (cast.coordinator, REASON, made.pk)
        assert "hill" in event.detail["outside"]

    def test_it_needs_a_reason(self, taken, denoiser, harmful, cast):
        with pytest.raises(BadInput, match="reason"):
            review.accept(run(taken, denoiser).enhancement, actor=cast.coordinator, reason="  ")

    def test_what_was_not_held_needs_none(self, taken, denoiser, cast):
        with pytest.raises(WrongState, match="not held"):
            review.accept(run(taken, denoiser).enhancement, actor=cast.coordinator, reason=REASON)

    def test_after_the_seal_what_readers_see_is_fixed(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser)
        Study.objects.filter(pk=taken.pk).update(status=Status.READING)

        with pytest.raises(WrongState, match="READING"):
            review.accept(made.enhancement, actor=cast.coordinator, reason=REASON)

    def test_what_is_only_measured_can_be_decided_until_unblinding(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser, "SOC")
        Study.objects.filter(pk=taken.pk).update(status=Status.LOCKED)
        review.accept(made.enhancement, actor=cast.coordinator, reason=REASON)
        Study.objects.filter(pk=taken.pk).update(status=Status.UNBLINDED)

        with pytest.raises(WrongState, match="unblinded"):
            review.reject(made.enhancement, actor=cast.coordinator, reason=REASON)


class TestReject:
    def test_a_series_that_was_shown_already_is_taken_off_again(self, taken, denoiser, cast):
        made = run(taken, denoiser)
        display.build(image_set_of(taken))

        review.reject(made.enhancement, actor=cast.coordinator, reason=REASON)

        assert image_set_of(taken).display_state == DisplayState.INCOMPLETE
        assert series_of(taken, "FAST-DL").review == Series.Review.REJECTED
        assert taken.audit_events.filter(action="enhanced series rejected").count() == 1

    def test_it_stays_rejected_and_can_still_be_accepted(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser)
        review.reject(made.enhancement, actor=cast.coordinator, reason=REASON)

        with pytest.raises(WrongState, match="already"):
            review.reject(made.enhancement, actor=cast.coordinator, reason=REASON)
        review.accept(made.enhancement, actor=cast.coordinator, reason="looked again")

    def test_a_vendors_series_takes_its_place(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser)
        review.reject(made.enhancement, actor=cast.coordinator, reason=REASON)

        vendor = sagittal_series("1.2.3.9", NumberOfAverages="1")
        take(taken, vendor, arm=taken.arms.get(code="FAST-DL"))

        assert series_of(taken, "FAST-DL").origin == Series.Origin.UPLOADED


class TestMakeAgain:
    def test_the_old_one_is_removed_and_a_new_one_wanted(self, taken, denoiser, harmful, cast):
        made = run(taken, denoiser)
        Task.objects.all().delete()

        review.make_again(made.enhancement, actor=cast.coordinator, reason=REASON)

        made.refresh_from_db()
        assert made.removed_at is not None
        assert Task.objects.filter(kind="enhance", subject=series_of(taken, "FAST").pk).exists()

    def test_the_same_settings_give_the_same_uids_and_pixels(self, taken, denoiser, cast):
        first = run(taken, denoiser)
        review.make_again(first.enhancement, actor=cast.coordinator, reason=REASON)

        second = run(taken, denoiser)

        assert second.pk != first.pk
        assert (second.series_uid, second.pixel_sha256) == (first.series_uid, first.pixel_sha256)


class TestSetStrength:
    def test_the_default_is_one(self, study):
        assert queries.strength_of(study) == 1

    def test_it_holds_for_what_is_made_next_and_stands_in_the_dicom(self, taken, denoiser, cast):
        review.set_strength(taken, actor=cast.coordinator, strength=0.5)

        made = run(taken, denoiser)

        assert Enhancement.objects.get(result=made).settings == {"strength": 0.5}
        header = archive.load_datasets(made)[0]
        assert "strength 0.5" in header.DerivationDescription
        assert "strength 0.5" in header.DerivationAlgorithmSequence[0].AlgorithmParameters
        assert taken.audit_events.get(action="denoiser strength changed").detail["after"] == 0.5

    def test_what_was_made_with_another_is_made_again(self, taken, denoiser, cast):
        made = run(taken, denoiser)

        assert review.set_strength(taken, actor=cast.coordinator, strength=0.5) == 1

        made.refresh_from_db()
        assert made.removed_at is not None
        assert run(taken, denoiser).series_uid != made.series_uid

    def test_the_same_again_changes_nothing(self, taken, denoiser, cast):
        run(taken, denoiser)

        assert review.set_strength(taken, actor=cast.coordinator, strength=1) == 0
        assert not taken.audit_events.filter(action="denoiser strength changed").exists()

    def test_a_series_that_was_on_its_way_meanwhile_is_not_stored(self, taken, denoiser, cast, monkeypatch):
        write = enhancing.derive_series

        def change_and_write(*args, **options):
            review.set_strength(taken, actor=cast.coordinator, strength=0.5)
            return write(*args, **options)

        monkeypatch.setattr(enhancing, "derive_series", change_and_write)

        with pytest.raises(WrongState, match="strength"):
            run(taken, denoiser)

    @pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan")])
    def test_it_must_be_within_its_range(self, study, cast, strength):
        with pytest.raises(BadSetting):
            review.set_strength(study, actor=cast.coordinator, strength=strength)

    def test_after_the_seal_it_is_fixed(self, study, cast):
        Study.objects.filter(pk=study.pk).update(status=Status.READING)

        with pytest.raises(WrongState):
            review.set_strength(study, actor=cast.coordinator, strength=0.5)
