"""Which series is which arm: corrected by hand in a draft, with everything that follows from it."""

import pytest

from readerstudy.core.errors import WrongState
from readerstudy.models import DisplayState, ImageSet, Participant, Series, Task
from readerstudy.services import cases
from tests.cast import add_image_set, add_series, texture


@pytest.fixture
def image_set(study):
    return add_image_set(study, 1)


@pytest.fixture
def loose(study, image_set):
    """A series of the same participant without a place."""
    return add_series(study, image_set.participant, texture(77))


def arm_of(study, code):
    return study.arms.get(code=code)


def generate(source, code):
    """What the denoiser would make of a series."""
    arm = arm_of(source.study, code)
    image_set = source.image_set
    image_set.series.filter(arm=arm).delete()
    return add_series(
        source.study, source.participant, texture(78), image_set=image_set, arm=arm, derived_from=source,
        origin=Series.Origin.GENERATED,
    )  # fmt: skip


class TestAssign:
    def test_the_series_is_placed_and_the_act_recorded(self, study, cast, image_set, loose):
        image_set.series.get(arm__code="SOC").delete()

        cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=arm_of(study, "SOC"))

        loose.refresh_from_db()
        assert (loose.image_set, loose.arm.code) == (image_set, "SOC")
        assert study.audit_events.last().detail == {"series": loose.pk, "image_set": "S001", "arm": "SOC"}

    def test_the_stacks_are_made_anew(self, study, cast, image_set, loose):
        image_set.series.get(arm__code="SOC").delete()

        cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=arm_of(study, "SOC"))

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.QUEUED
        assert Task.objects.filter(kind="display", subject=image_set.pk).count() == 1

    def test_an_arm_that_is_taken_is_refused_and_nothing_moves(self, study, cast, image_set, loose):
        with pytest.raises(cases.ArmTaken, match="S001"):
            cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=arm_of(study, "SOC"))

        loose.refresh_from_db()
        assert loose.image_set is None

    def test_an_image_set_of_another_participant_is_refused(self, study, cast, loose):
        foreign = add_image_set(study, 2)

        with pytest.raises(WrongState, match="another participant"):
            cases.assign(loose, actor=cast.coordinator, image_set=foreign, arm=None)

    def test_taking_a_series_out_makes_the_image_set_incomplete(self, study, cast, image_set):
        cases.assign(image_set.series.get(arm__code="SOC"), actor=cast.coordinator, image_set=None, arm=None)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.INCOMPLETE

    def test_what_the_denoiser_made_goes_when_its_source_moves(self, study, cast, image_set):
        fast = image_set.series.get(arm__code="FAST")
        generated = generate(fast, "FAST-DL")

        cases.assign(fast, actor=cast.coordinator, image_set=None, arm=None)

        generated.refresh_from_db()
        assert generated.removed_at is not None

    def test_a_generated_series_is_not_moved_by_itself(self, study, cast, image_set):
        generated = generate(image_set.series.get(arm__code="FAST"), "FAST-DL")

        with pytest.raises(WrongState, match="follows its source"):
            cases.assign(generated, actor=cast.coordinator, image_set=None, arm=None)

    def test_a_generated_series_gives_way_to_one_from_outside(self, study, cast, image_set, loose):
        generated = generate(image_set.series.get(arm__code="FAST"), "FAST-DL")

        cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=arm_of(study, "FAST-DL"))

        generated.refresh_from_db()
        loose.refresh_from_db()
        assert generated.removed_at is not None
        assert loose.origin == Series.Origin.UPLOADED

    def test_a_removed_series_is_not_placed(self, study, cast, image_set, loose):
        cases.remove(loose, actor=cast.coordinator)

        with pytest.raises(WrongState, match="removed"):
            cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=None)

    def test_what_is_not_known_is_not_named(self):
        assert ImageSet(region="lumbar").label == "Lumbar"
        assert ImageSet(region="lumbar", sequence="T2").label == "Lumbar · T2"

    def test_it_is_refused_after_the_seal(self, sealed, cast):
        with pytest.raises(WrongState, match="DRAFT"):
            cases.assign(sealed.series.first(), actor=cast.coordinator, image_set=None, arm=None)


class TestNewImageSet:
    def test_it_takes_the_next_code_and_the_headers_words(self, study, cast, image_set, loose):
        loose.parameters = {"region": "cervical", "plane": "axial", "sequence": "T1"}

        made = cases.new_image_set(loose, actor=cast.coordinator)

        assert (made.code, made.region, made.plane, made.sequence) == ("S002", "cervical", "axial", "T1")
        assert made.participant == loose.participant


class TestDescribeImageSet:
    def test_it_corrects_and_records(self, study, cast, image_set):
        cases.describe_image_set(image_set, actor=cast.coordinator, region="thoracic", plane="axial", sequence="T1")

        image_set.refresh_from_db()
        assert image_set.label == "Thoracic · axial T1"
        assert study.audit_events.last().action == "image set described"

    def test_it_is_refused_after_the_seal(self, sealed, cast):
        with pytest.raises(WrongState):
            cases.describe_image_set(
                sealed.image_sets.first(), actor=cast.coordinator, region="thoracic", plane="axial", sequence="T1"
            )


class TestRemove:
    def test_the_image_set_waits_for_another(self, study, cast, image_set):
        series = image_set.series.get(arm__code="SOC")

        cases.remove(series, actor=cast.coordinator)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.INCOMPLETE
        assert study.audit_events.last().action == "series removed"

    def test_a_second_removal_is_refused(self, cast, loose):
        cases.remove(loose, actor=cast.coordinator)

        with pytest.raises(WrongState):
            cases.remove(loose, actor=cast.coordinator)

    def test_it_is_refused_after_the_seal(self, sealed, cast):
        with pytest.raises(WrongState):
            cases.remove(sealed.series.first(), actor=cast.coordinator)


class TestRestore:
    @pytest.fixture
    def removed(self, cast, image_set):
        series = image_set.series.get(arm__code="SOC")
        cases.remove(series, actor=cast.coordinator)
        return series

    def test_the_series_is_back_in_its_place(self, cast, image_set, removed):
        cases.restore(removed, actor=cast.coordinator)

        image_set.refresh_from_db()
        assert image_set.series.get(arm__code="SOC", removed_at=None) == removed
        assert image_set.display_state == DisplayState.QUEUED

    def test_where_its_place_was_taken_it_comes_back_without_one(self, study, cast, image_set, loose, removed):
        cases.assign(loose, actor=cast.coordinator, image_set=image_set, arm=arm_of(study, "SOC"))

        cases.restore(removed, actor=cast.coordinator)

        removed.refresh_from_db()
        assert (removed.removed_at, removed.image_set, removed.arm) == (None, None, None)

    def test_where_it_was_sent_again_it_stays_away(self, study, cast, image_set, loose, removed):
        Series.objects.filter(pk=loose.pk).update(series_uid=removed.series_uid)

        with pytest.raises(WrongState, match="again"):
            cases.restore(removed, actor=cast.coordinator)

    def test_a_series_that_is_there_cannot_come_back(self, cast, loose):
        with pytest.raises(WrongState):
            cases.restore(loose, actor=cast.coordinator)


class TestRefresh:
    def test_a_lacking_arm_is_asked_of_the_denoiser_once(self, study, image_set):
        fast = image_set.series.get(arm__code="FAST")
        image_set.series.filter(arm__code="FAST-DL").delete()

        cases.refresh(image_set)
        cases.refresh(image_set)

        task = Task.objects.get(kind="enhance")
        assert task.subject == fast.pk

    def test_an_arm_of_another_source_than_the_protocols_goes(self, study, image_set):
        generated = generate(image_set.series.get(arm__code="SOC"), "FAST-DL")

        cases.refresh(image_set)

        generated.refresh_from_db()
        assert generated.removed_at is not None

    def test_a_sealed_image_set_is_left_as_it_is(self, sealed):
        image_set = sealed.image_sets.first()

        cases.refresh(image_set)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.READY
        assert not Task.objects.exists()


class TestNextSetCode:
    def test_a_code_that_is_no_number_does_not_disturb(self, study, image_set):
        who = Participant.objects.get()
        ImageSet.objects.create(study=study, participant=who, code="left")
        ImageSet.objects.create(study=study, participant=who, code="S010")

        assert cases.next_set_code(study) == "S011"


class TestRefreshWithStacksOnDisplay:
    def test_an_arm_that_nobody_is_shown_does_not_have_the_stacks_made_again(self, study):
        image_set = add_image_set(study, 1)

        cases.refresh(image_set)

        image_set.refresh_from_db()
        assert image_set.display_state == DisplayState.READY
        assert not Task.objects.filter(kind="display", subject=image_set.pk).exists()

    def test_a_series_that_comes_back_has_them_made_again(self, study, cast):
        image_set = add_image_set(study, 1)
        series = image_set.series.get(arm__code="SOC")
        cases.remove(series, actor=cast.coordinator)

        cases.restore(series, actor=cast.coordinator)

        series.refresh_from_db()
        assert series.display is None
        assert Task.objects.filter(kind="display", subject=image_set.pk).exists()
