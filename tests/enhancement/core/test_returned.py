"""What a node made is recognised: by references wherever a header may have them, else by study, frame and places."""

import pytest
from pydicom.dataset import Dataset

from enhancement.core.returned import Sent, is_of_a_sent_study, positions_of, sent_of, sources_of, uids_and_dates
from tests.readerstudy.core.mr_builder import SAGITTAL, mr_dataset


def series(uid, *, study="1.2.3", frame="1.2.9", first_mm=0.0, **changes):
    return [
        mr_dataset(
            number=z + 1, position=(first_mm + 5.0 * z, 0, 0), orientation=SAGITTAL, series=uid,
            StudyInstanceUID=study, FrameOfReferenceUID=frame, **changes,
        )
        for z in range(3)
    ]  # fmt: skip


SENT = {1: sent_of(series("1.5.1")), 2: sent_of(series("1.5.2", first_mm=40.0)), 3: sent_of(series("1.5.3"))}


def item(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def returned(**changes):
    return series("1.7.1", **changes)


class TestReferences:
    @pytest.mark.parametrize(
        "reference",
        [
            {"SourceImageSequence": [item(ReferencedSOPInstanceUID="1.5.3.2")]},
            {"ReferencedSeriesSequence": [item(SeriesInstanceUID="1.5.3")]},
            {"ReferencedSeriesSequence": [item(ReferencedInstanceSequence=[item(ReferencedSOPInstanceUID="1.5.3.1")])]},
            {
                "SharedFunctionalGroupsSequence": [
                    item(DerivationImageSequence=[item(SourceImageSequence=[item(ReferencedSOPInstanceUID="1.5.3.1")])])
                ]
            },
            {"SourceImageEvidenceSequence": [item(ReferencedSeriesSequence=[item(SeriesInstanceUID="1.5.3")])]},
        ],
    )
    def test_one_decides_wherever_it_stands(self, reference):
        assert sources_of(returned(study="9.9", frame="9.8", first_mm=7.0, **reference), SENT) == (3,)

    def test_those_of_others_say_nothing(self):
        made = returned(SourceImageSequence=[item(ReferencedSOPInstanceUID="8.8.8")])

        assert sources_of(made, {2: SENT[2], 1: SENT[1]}) == (1,)


class TestPlaces:
    def test_without_references_the_place_decides(self):
        assert sources_of(returned(first_mm=40.0), SENT) == (2,)

    def test_two_that_lie_alike_cannot_be_told_apart(self):
        assert sources_of(returned(), SENT) == (1, 3)

    @pytest.mark.parametrize("changes", [{"study": "9.9"}, {"frame": "9.8"}, {"first_mm": 5.0}, {"frame": None}])
    def test_another_study_frame_or_place_is_none_of_them(self, changes):
        assert sources_of(returned(**changes), SENT) == ()

    def test_numbers_that_were_written_anew_are_the_same(self):
        made = returned(first_mm=40.0)
        made[0].ImagePositionPatient = ["40.0000001", "-0.0", "0"]

        assert sources_of(made, SENT) == (2,)

    def test_frames_of_an_enhanced_object_have_theirs(self):
        groups = [item(PlanePositionSequence=[item(ImagePositionPatient=[z, 0, 0])]) for z in (0, 5)]

        assert positions_of([item(PerFrameFunctionalGroupsSequence=groups)]) == (
            "0.000 0.000 0.000", "5.000 0.000 0.000",
        )  # fmt: skip


class TestSent:
    def test_it_is_kept_as_json(self):
        assert Sent.from_json(SENT[1].to_json()) == SENT[1]

    def test_a_study_of_ours_is_known(self):
        assert is_of_a_sent_study(returned(), SENT.values())
        assert not is_of_a_sent_study(returned(study="9.9"), SENT.values())

    def test_uids_and_dates_are_found_however_deep(self):
        made = item(
            StudyDate="20200101", SOPInstanceUID="1.2.3", PatientName="A",
            SourceImageSequence=[item(ReferencedSOPInstanceUID="1.2.4", ContentDate="20200102")],
        )  # fmt: skip

        assert uids_and_dates(made) == {"20200101", "1.2.3", "1.2.4", "20200102"}
