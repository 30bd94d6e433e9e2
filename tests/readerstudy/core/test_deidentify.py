"""No value of an identifying element survives, wherever it was put; what the study needs does."""

import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import dictionary_VM, dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, RLELossless

from readerstudy.core.deid_table import OPTIONS, PROFILE, Action, action_for
from readerstudy.core.deidentify import (
    Change,
    burned_in_suspicion,
    deidentify,
    instance_bytes,
    replacement_uid,
    with_native_pixels,
)
from readerstudy.core.dicom import read_instance
from readerstudy.core.elements import quiet_headers
from readerstudy.core.parameters import extract_parameters
from readerstudy.core.pixels import decode_stored
from tests.readerstudy.core.mr_builder import (
    KEY,
    VENDOR,
    enhanced_dataset,
    file_bytes,
    instance,
    mr_dataset,
    needs_vendor_files,
    ramp,
    vendor_bytes,
)

SECRET = "XQZVKJW"
SECRET_OF_VR = {
    "PN": f"{SECRET}^{SECRET}",
    "LO": SECRET,
    "SH": SECRET,
    "LT": f"known as {SECRET}",
    "ST": SECRET,
    "UT": SECRET,
    "UC": SECRET,
    "AE": SECRET,
    "CS": SECRET,
    "UR": f"https://{SECRET}",
    "UI": "1.2.987654.321",
    "DA": "19770707",
    "DT": "19770707121314",
    "TM": "121314",
    "OB": SECRET.encode() + b"0",
    "UN": SECRET.encode() + b"0",
}
TRACES = (SECRET.encode(), b"1.2.987654.321", b"19770707", b"121314")
# Kept by their action whatever they say: what the study is about, or the structure of the file.
STRUCTURE = {"SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SpecificCharacterSet"}
IDENTIFYING = sorted(
    tag
    for tag, action in (PROFILE | OPTIONS).items()
    if action not in (Action.KEEP, Action.SEARCH)
    and keyword_for_tag(tag) not in STRUCTURE
    and dictionary_VR(tag) in SECRET_OF_VR
    and tag >> 16 not in (0, 2)  # of messages and of the file header: tested by themselves
)


def cleaned(dataset, *, code="P001", key=KEY):
    return deidentify(read_instance(file_bytes(dataset)), key=key, participant_code=code)


def secret_value(tag):
    value = SECRET_OF_VR[dictionary_VR(tag)]
    return [value, value] if dictionary_VM(tag) in ("2", "2-2n") else value


def add_secret(dataset, tag):
    with quiet_headers():
        dataset.add_new(tag, dictionary_VR(tag), secret_value(tag))


def nested(tag, depth):
    item = Dataset()
    add_secret(item, tag)
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedImageSequence = [item]
        item = outer
    return item


def assert_no_trace(dataset):
    written = instance_bytes(cleaned(dataset).dataset)
    assert [trace for trace in TRACES if trace in written] == []


class TestWhatIsOurs:
    """A series that left us de-identified and was made into another one elsewhere."""

    def test_uids_and_dates_that_we_put_in_stay_and_all_others_go_their_way(self):
        dataset = mr_dataset(StudyInstanceUID="2.25.77", StudyDate="20190203", SeriesDate="20260131")
        ours = frozenset({"2.25.77", "20190203"})
        clean = deidentify(read_instance(file_bytes(dataset)), key=KEY, participant_code="P001", ours=ours).dataset

        assert (clean.StudyInstanceUID, clean.StudyDate) == ("2.25.77", "20190203")
        assert clean.SeriesInstanceUID == replacement_uid(dataset.SeriesInstanceUID, key=KEY)
        assert clean.SeriesDate not in ("20260131", "20190203")


class TestNothingIdentifyingSurvives:
    @pytest.mark.parametrize("place", ["top", "sequence", "functional groups"])
    def test_of_any_attribute_that_the_standard_lists(self, place):
        dataset = mr_dataset()
        target = dataset
        if place == "sequence":
            target = Dataset()
            dataset.SourceImageSequence = [target]
        elif place == "functional groups":
            dataset = enhanced_dataset(ramp()[None], positions=[(0, 0, 0)])
            target = dataset.PerFrameFunctionalGroupsSequence[0]
        for tag in IDENTIFYING:
            add_secret(target, tag)
        assert len(IDENTIFYING) > 400
        assert_no_trace(dataset)

    @settings(max_examples=60, deadline=None)
    @given(
        tags=st.lists(st.sampled_from(IDENTIFYING), min_size=1, max_size=6),
        depth=st.integers(0, 4),
        group=st.integers(0, 0x7F).map(lambda n: 0x0009 + 2 * n),
    )
    def test_wherever_it_is_put(self, tags, depth, group):
        dataset = mr_dataset(ReferencedImageSequence=[nested(tag, depth) for tag in tags])
        for tag in tags:
            add_secret(dataset, tag)
        block = dataset.private_block(group, SECRET, create=True)
        block.add_new(1, "LO", SECRET)
        block.add_new(2, "SQ", [nested(tags[0], depth)])
        assert_no_trace(dataset)

    @settings(max_examples=60, deadline=None)
    @given(name=st.from_regex(r"[A-Z][a-z]{5,12}", fullmatch=True), number=st.integers(10**7, 10**9))
    def test_of_any_name_or_number_in_names_ids_and_descriptors(self, name, number):
        words = f"T2 SAG {name} {number} L-SPINE"
        dataset = mr_dataset(
            PatientName=f"{name}^Ann",
            PatientID=str(number),
            SeriesDescription=words,
            StudyDescription=words,
            ProtocolName=words,
            PatientComments=words,
            ImageComments=words,
            InstitutionName=name,
            AccessionNumber=str(number),
            BodyPartExamined=name.upper()[:16],
            StackID=name,
        )
        written = instance_bytes(cleaned(dataset).dataset)
        assert name.encode() not in written
        assert name.upper().encode() not in written
        assert str(number).encode() not in written
        assert b"LSPINE" in written

    def test_of_unlisted_texts_overlays_curves_and_unknown_elements(self):
        dataset = mr_dataset()
        for tag, vr in ((0x00080000 + 0x0FFE, "LO"), (0x00189999, "LO"), (0x60000022, "LO"), (0x50000022, "LO")):
            dataset.add_new(tag, vr, SECRET)
        dataset.add_new(0x60003000, "OW", SECRET.encode() + b"0")
        dataset.ReceiveCoilName = SECRET
        dataset.DimensionIndexSequence = [Dataset()]
        dataset.DimensionIndexSequence[0].DimensionDescriptionLabel = SECRET
        assert_no_trace(dataset)
        assert not any(element.tag.group in (0x5000, 0x6000) for element in cleaned(dataset).dataset)

    def test_of_the_preamble_and_the_file_meta_information(self):
        data = bytearray(file_bytes(mr_dataset()))
        data[: len(SECRET)] = SECRET.encode()
        read = read_instance(bytes(data))
        read.file_meta.SourceApplicationEntityTitle = SECRET
        read.file_meta.ImplementationVersionName = SECRET
        written = instance_bytes(deidentify(read, key=KEY, participant_code="P001").dataset)
        assert SECRET.encode() not in written

    def test_of_an_element_whose_vr_is_not_that_of_its_tag(self):
        dataset = mr_dataset()
        dataset.add_new(0x00180080, "LO", SECRET)  # Repetition Time as text
        with quiet_headers():
            assert_no_trace(dataset)

    def test_of_comments_hidden_in_a_codestream_once_pixels_are_native(self):
        dataset = read_instance(file_bytes(mr_dataset(ramp(), PixelData=ramp().tobytes() + SECRET.encode() + b"0")))
        clean = deidentify(dataset, key=KEY, participant_code="P001").dataset
        assert SECRET.encode() in instance_bytes(clean)
        assert SECRET.encode() not in instance_bytes(with_native_pixels(clean, decode_stored(dataset)))


class TestDeidentify:
    def test_what_the_study_needs_stays(self):
        dataset = mr_dataset(AcquisitionDuration=149.0, SoftwareVersions=["24", "LX"], ScanOptions=["FS"])
        before = extract_parameters([read_instance(file_bytes(dataset))])
        after = extract_parameters([cleaned(dataset).dataset])
        assert after == before

    def test_an_enhanced_object_keeps_its_parameters_and_pixels(self):
        pixels = np.stack([ramp(), ramp(start=9)])
        one = instance(enhanced_dataset(pixels, positions=[(0, 0, 0), (4, 0, 0)], stacks=["1", "1"]))
        clean = deidentify(one.dataset, key=KEY, participant_code="P001").dataset
        assert extract_parameters([clean]) == extract_parameters([one.dataset])
        np.testing.assert_array_equal(decode_stored(read_instance(instance_bytes(clean))), pixels)

    def test_name_and_id_become_the_participant_code(self):
        clean = cleaned(mr_dataset(), code="P017").dataset
        assert (clean.PatientName, clean.PatientID, clean.PatientBirthDate) == ("P017", "P017", "")

    def test_the_age_is_kept_in_years_and_capped(self):
        assert cleaned(mr_dataset(PatientAge="101Y")).dataset.PatientAge == "090Y"
        assert cleaned(mr_dataset()).dataset.PatientAge == "069Y"

    def test_dates_keep_their_distance_and_lose_the_day(self):
        first = cleaned(mr_dataset(StudyDate="20200614")).dataset.StudyDate
        second = cleaned(mr_dataset(StudyDate="20200704")).dataset.StudyDate
        days = [date(int(d[:4]), int(d[4:6]), int(d[6:])) for d in (first, second)]
        assert (days[1] - days[0]).days == 20
        assert first != "20200614"

    def test_participants_are_shifted_differently(self):
        shifted = {cleaned(mr_dataset(), code=f"P{n:03d}").dataset.StudyDate for n in range(20)}
        assert len(shifted) > 15

    def test_times_of_day_go(self):
        clean = cleaned(mr_dataset(StudyTime="101530", AcquisitionDateTime="20200614101530.5")).dataset
        assert clean.StudyTime == ""
        assert len(clean.AcquisitionDateTime) == 8

    def test_references_between_files_still_hold(self):
        source = mr_dataset(number=1)
        reference = Dataset()
        reference.ReferencedSOPClassUID = source.SOPClassUID
        reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
        derived = cleaned(mr_dataset(number=2, SourceImageSequence=[reference])).dataset
        assert derived.SourceImageSequence[0].ReferencedSOPInstanceUID == cleaned(source).dataset.SOPInstanceUID
        assert derived.SourceImageSequence[0].ReferencedSOPClassUID == source.SOPClassUID

    def test_one_scanner_stays_one_without_its_serial_number(self):
        tokens = {
            cleaned(mr_dataset(number=n, DeviceSerialNumber="SN-4711")).dataset.DeviceSerialNumber for n in (1, 2)
        }
        assert len(tokens) == 1
        assert "4711" not in tokens.pop()

    def test_it_says_what_was_done(self):
        clean = cleaned(mr_dataset()).dataset
        assert clean.PatientIdentityRemoved == "YES"
        assert all(len(words) <= 64 for words in clean.DeidentificationMethod)  # PS3.5 6.2, LO
        codes = [item.CodeValue for item in clean.DeidentificationMethodCodeSequence]
        assert codes == ["113100", "113107", "113108", "113109", "113105"]
        assert clean.LongitudinalTemporalInformationModified == "MODIFIED"

    def test_the_report_has_tags_and_actions_only(self):
        found = cleaned(mr_dataset(ReferencedImageSequence=[nested(0x00080050, 1)], PatientComments=SECRET))
        assert Change("(0010,4000)", "removed") in found.changes
        assert Change("(0010,0020)", "replaced by the participant code") in found.changes
        assert Change("(0008,1140)>(0008,1140)>(0008,0050)", "emptied") in found.changes
        actions = {action.value for action in Action}
        for change in found.changes:
            assert change.action in actions
            assert re.fullmatch(r"(\([0-9A-F]{4},[0-9A-F]{4}\)>?)+", change.tag)

    def test_the_argument_is_not_changed(self):
        dataset = read_instance(file_bytes(mr_dataset()))
        before = dataset.to_json()
        deidentify(dataset, key=KEY, participant_code="P001")
        assert dataset.to_json() == before

    def test_a_short_key_is_refused(self):
        with pytest.raises(ValueError, match="16 bytes"):
            cleaned(mr_dataset(), key=b"short")

    def test_known_regions_stay_as_codes_without_their_text(self):
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-11503", "SRT", SECRET
        clean = cleaned(mr_dataset(AnatomicRegionSequence=[code])).dataset
        assert clean.AnatomicRegionSequence[0].CodeMeaning == "Lumbar spine"

    @needs_vendor_files
    @pytest.mark.parametrize(
        "path", sorted(str(p.relative_to(VENDOR)) for p in (VENDOR / "dicom").glob("*/0001.dcm")) or ["none"]
    )
    def test_vendor_files_keep_parameters_and_pixels(self, path):
        dataset = read_instance(vendor_bytes(path))
        clean = read_instance(instance_bytes(deidentify(dataset, key=KEY, participant_code="P001").dataset))
        assert extract_parameters([clean]) == extract_parameters([dataset])
        np.testing.assert_array_equal(decode_stored(clean), decode_stored(dataset))
        assert str(dataset.PatientID).encode() not in instance_bytes(clean)


class TestReplacementUid:
    def test_it_is_keyed_stable_and_valid(self):
        new = replacement_uid("1.2.3", key=KEY)
        assert new == replacement_uid("1.2.3", key=KEY)
        assert new != replacement_uid("1.2.3", key=KEY[::-1])
        assert re.fullmatch(r"2\.25\.[1-9][0-9]{1,38}", new)

    def test_identifiers_of_the_standard_stay(self):
        assert replacement_uid("1.2.840.10008.5.1.4.1.1.4", key=KEY) == "1.2.840.10008.5.1.4.1.1.4"

    def test_a_number_under_the_root_of_the_standard_is_no_hiding_place(self):
        assert replacement_uid("1.2.840.10008.778899", key=KEY).startswith("2.25.")


class TestActionFor:
    @pytest.mark.parametrize(
        ("tag", "vr", "expected"),
        [
            (0x00291010, "LO", Action.REMOVE),  # private
            (0x00180081, "DS", Action.KEEP),  # Echo Time
            (0x00180081, "LO", Action.REMOVE),  # what its tag is not
            (0x00181250, "IS", Action.REMOVE),  # a number where the tag has a text
            (0x00181250, "SH", Action.REMOVE),  # Receive Coil Name: free text, not listed
            (0x00400275, "SQ", Action.REMOVE),  # Request Attributes: listed
            (0x00401012, "SQ", Action.REMOVE),  # not listed, of a group that describes no image
            (0x52009230, "SQ", Action.SEARCH),  # Per-frame Functional Groups
            (0x00081140, "SQ", Action.SEARCH),  # Referenced Image
            (0x00100010, "PN", Action.PARTICIPANT),
            (0x00001001, "UI", Action.REMOVE),  # Requested SOP Instance UID: of a message
        ],
    )
    def test_it_follows_table_options_and_rule(self, tag, vr, expected):
        assert action_for(tag, vr) is expected


class TestBurnedInSuspicion:
    @pytest.mark.parametrize(
        "changes",
        [
            {"BurnedInAnnotation": "YES"},
            {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
            {"ConversionType": "WSD"},
            {"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]},
        ],
    )
    def test_it_gives_a_reason(self, changes):
        assert burned_in_suspicion(mr_dataset(**changes))

    def test_an_acquired_image_is_not_suspicious(self):
        assert burned_in_suspicion(mr_dataset(BurnedInAnnotation="NO")) is None


class TestWithNativePixels:
    @pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless])
    def test_the_values_stay_exact(self, syntax):
        dataset = mr_dataset(ramp(40, 33))
        dataset.file_meta = None
        read = read_instance(file_bytes(dataset))
        read.compress(syntax)
        stored = decode_stored(read_instance(instance_bytes(read)))
        native = read_instance(instance_bytes(with_native_pixels(read, stored)))
        assert not native.file_meta.TransferSyntaxUID.is_compressed
        np.testing.assert_array_equal(decode_stored(native)[0], ramp(40, 33))

    def test_an_odd_number_of_bytes_is_padded(self):
        pixels = np.arange(9, dtype=np.uint8).reshape(1, 3, 3)
        read = read_instance(file_bytes(mr_dataset(pixels[0], PixelData=pixels.tobytes() + b"\0")))
        native = read_instance(instance_bytes(with_native_pixels(read, pixels)))
        np.testing.assert_array_equal(decode_stored(native), pixels)
