"""Series find their image set and arm; what a coordinator did by hand stays."""

import pytest
from pydicom.dataset import Dataset

from readerstudy.core.errors import WrongState
from readerstudy.core.lifecycle import Status
from readerstudy.core.pairing import ImageSetKey, Proposal
from readerstudy.models import ImageSet, Series, Study, Task
from readerstudy.services import cases, place
from readerstudy.services.place import place_series
from tests.cast import add_series, texture
from tests.readerstudy.services.sending import sagittal_series, silent, soc_and_fast, take


def enhanced_elsewhere(series, source, *, seed=9, **changes):
    """A vendor's enhanced series whose header names the series it was made from."""
    named = Dataset()
    named.SeriesInstanceUID = source
    header = {
        "ImageType": ["DERIVED", "SECONDARY", "M"],
        "SeriesDescription": "SAG T2 LSPINE DL RECON",
        "ReferencedSeriesSequence": [named],
    }
    return sagittal_series(series, seed=seed, folder=series, **(header | changes))


class TestSourceNamedInTheHeader:
    """Without a declared arm: the UID of the source decides image set and arm."""

    def test_it_becomes_the_enhanced_arm_of_its_source(self, study):
        take(study, soc_and_fast())
        take(study, enhanced_elsewhere("1.2.3.8", "1.2.3.4"))
        take(study, enhanced_elsewhere("1.2.3.9", "1.2.3.5", seed=10))

        made = {one.arm.code: one for one in study.series.filter(origin=Series.Origin.UPLOADED)}
        assert set(made) == {"SOC-DL", "FAST-DL"}
        fast = study.series.get(arm__code="FAST")
        assert made["FAST-DL"].image_set == fast.image_set
        assert made["FAST-DL"].parameters["source_series_uids"] == [fast.series_uid]

    def test_words_that_tell_another_kind_do_not_part_them(self, study):
        take(study, soc_and_fast())
        take(study, enhanced_elsewhere("1.2.3.9", "1.2.3.5", SeriesDescription="DL RECON", ProtocolName="DL"))

        assert study.series.get(arm__code="FAST-DL").image_set == study.series.get(arm__code="FAST").image_set

    def test_a_source_that_is_not_there_decides_nothing(self, study):
        take(study, soc_and_fast())
        take(study, enhanced_elsewhere("1.2.3.9", "1.2.3.77"))

        assert study.series.order_by("pk").last().arm is None


class TestPlaceSeries:
    def test_the_image_set_is_described_by_the_header(self, study):
        take(study, soc_and_fast())

        image_set = study.image_sets.get()
        assert (image_set.region, image_set.plane, image_set.sequence) == ("lumbar", "sagittal", "T2")
        assert str(image_set.scanner) == "GE MEDICAL SYSTEMS Signa HDxt"

    def test_the_enhanced_arms_are_asked_for(self, study):
        take(study, soc_and_fast())

        wanted = set(Task.objects.filter(kind="enhance").values_list("subject", flat=True))
        assert wanted == set(study.series.values_list("pk", flat=True))

    def test_two_patients_do_not_share_an_image_set(self, study):
        take(study, soc_and_fast())
        take(study, {**sagittal_series("1.2.4.1", PatientID="OTHER"), **sagittal_series("1.2.4.2", PatientID="OTHER")})

        assert study.image_sets.count() == 2

    def test_one_scanner_is_one_row(self, study):
        take(study, soc_and_fast())
        take(study, sagittal_series("1.2.4.1", PatientID="OTHER"))

        assert study.scanners.count() == 1

    def test_a_series_placed_by_hand_stays(self, study, cast):
        take(study, soc_and_fast())
        soc = study.series.get(arm__code="SOC")
        cases.assign(soc, actor=cast.coordinator, image_set=cases.new_image_set(soc, actor=cast.coordinator), arm=None)
        cases.assign(soc, actor=cast.coordinator, image_set=ImageSet.objects.last(), arm=study.arms.get(code="FAST"))

        place_series(study, silent)

        soc.refresh_from_db()
        assert (soc.image_set, soc.arm.code) == (ImageSet.objects.last(), "FAST")

    def test_two_image_sets_of_one_kind_and_ordinal_are_no_obstacle(self, study, cast):
        take(study, soc_and_fast())
        twin = cases.new_image_set(study.series.first(), actor=cast.coordinator)
        ImageSet.objects.filter(pk=twin.pk).update(ordinal=1)

        take(study, sagittal_series("1.2.3.9", seed=9, NumberOfAverages="3"))

        assert study.series.order_by("pk").last().image_set == study.image_sets.order_by("pk").first()

    def test_a_vendors_series_takes_the_place_of_a_generated_one(self, study):
        take(study, soc_and_fast())
        fast, arm = study.series.get(arm__code="FAST"), study.arms.get(code="FAST-DL")
        generated = Series.objects.get(pk=fast.pk)
        generated.pk, generated.uuid, generated.series_uid = None, study.uuid, "1.2.9"
        generated.arm, generated.derived_from, generated.origin = arm, fast, Series.Origin.GENERATED
        generated.save()

        take(study, sagittal_series("1.2.3.9", seed=9, NumberOfAverages="1"), arm=arm)

        placed = study.series.get(arm=arm, removed_at=None)
        assert placed.origin == Series.Origin.UPLOADED
        assert placed.image_set == fast.image_set

    def test_it_is_refused_once_the_study_is_sealed(self, study):
        take(study, soc_and_fast())
        Study.objects.filter(pk=study.pk).update(status=Status.READING)
        study.series.update(image_set=None)

        with pytest.raises(WrongState):
            place_series(study, silent)
        assert not study.series.exclude(image_set=None).exists()


class TestApply:
    def test_a_taken_arm_is_left_open_with_the_reason(self, study):
        take(study, sagittal_series("1.2.3.4", seed=1), arm=study.arms.get(code="SOC"))
        first = study.series.get()
        late = add_series(study, first.participant, texture(9))
        key = ImageSetKey(first.participant.code, "lumbar", "sagittal", "T2", 1)

        place._apply(study, late, Proposal(late.pk, key, "SOC", "It has more averages."))

        late.refresh_from_db()
        assert (late.image_set, late.arm) == (first.image_set, None)
        assert late.proposal.startswith("S001 has a series for SOC already.")
