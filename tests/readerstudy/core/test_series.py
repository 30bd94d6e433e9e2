"""From instances to ordered volumes, on phantoms and on the vendor series."""

import json

import numpy as np
import pytest
from pydicom.dataset import Dataset

from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadPixelHeader, MixedShapes, MosaicImage
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, SeriesGeometry, build_volume, group_instances
from tests.readerstudy.core.mr_builder import (
    AXIAL,
    SAGITTAL,
    VENDOR,
    enhanced_dataset,
    instance,
    mr_dataset,
    needs_vendor_files,
    ramp,
    stack_of,
)

OBLIQUE = [0.8, 0.6, 0.0, 0.0, 0.0, -1.0]


def codes(draft):
    return {finding.code for finding in draft.findings}


def only(instances):
    drafts = group_instances(instances)
    assert len(drafts) == 1
    return drafts[0]


class TestGroupInstances:
    def test_one_series_is_one_draft(self):
        draft = only(stack_of(4))
        assert len(draft.frames) == 4
        assert draft.findings == ()

    def test_series_are_told_apart_by_their_uid(self):
        drafts = group_instances(stack_of(2, series="1.2.9") + stack_of(3, series="1.2.8"))
        assert [len(draft.frames) for draft in drafts] == [3, 2]

    @pytest.mark.parametrize(
        "other",
        [
            {"orientation": SAGITTAL},
            {"EchoTime": "20"},
            {"ImageType": ["ORIGINAL", "PRIMARY", "P"]},
            {"StackID": "2"},
            {"TemporalPositionIdentifier": 2},
        ],
    )
    def test_one_uid_with_two_stacks_gives_two_drafts(self, other):
        second = [instance(mr_dataset(number=10 + n, position=(0, 0, n), **other)) for n in range(2)]
        drafts = group_instances(stack_of(3) + second)
        assert [len(draft.frames) for draft in drafts] == [3, 2]
        assert [draft.part for draft in drafts] == [0, 1]
        assert all("split" in codes(draft) for draft in drafts)

    def test_rounding_of_the_cosines_does_not_split_a_stack(self):
        noisy = [1, 1e-4, 0, -1e-4, 1, 0]
        assert len(group_instances([*stack_of(2), instance(mr_dataset(number=3, orientation=noisy))])) == 1

    def test_mixed_shapes_are_split_and_reported(self):
        drafts = group_instances([*stack_of(2), instance(mr_dataset(ramp(4, 4), number=9))])
        assert len(drafts) == 2
        assert "mixed-shapes" in codes(drafts[0])

    def test_a_copy_of_a_file_is_left_out(self):
        draft = only([*stack_of(3), stack_of(3)[1]])
        assert len(draft.frames) == 3
        assert codes(draft) == {"duplicate-copy"}

    def test_one_instance_uid_with_other_pixels_is_flagged_and_the_first_counts(self):
        draft = only([*stack_of(3), instance(mr_dataset(ramp(start=77), number=2))])
        assert ("duplicate-instance", "warning") in {(f.code, f.severity) for f in draft.findings}
        np.testing.assert_array_equal(build_volume(draft).stored_zyx[1], ramp(start=2))

    def test_a_mosaic_is_an_error_and_never_a_volume(self):
        draft = only([instance(mr_dataset(ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"]))])
        assert ("mosaic", "error") in {(f.code, f.severity) for f in draft.findings}
        with pytest.raises(MosaicImage):
            build_volume(draft)

    def test_an_enhanced_object_with_two_stacks_gives_two_drafts(self):
        pixels = np.stack([ramp(start=n) for n in range(4)])
        dataset = enhanced_dataset(pixels, positions=[(n, 0, 0) for n in range(4)], stacks=["1", "2", "1", "2"])
        drafts = group_instances([instance(dataset)])
        assert [[frame.index for frame in draft.frames] for draft in drafts] == [[0, 2], [1, 3]]


class TestBuildVolume:
    @pytest.mark.parametrize(
        ("orientation", "step", "plane"),
        [
            (AXIAL, (0, 0, 5), "axial"),
            (SAGITTAL, (-4, 0, 0), "sagittal"),
            ([1, 0, 0, 0, 0, -1], (0, 3, 0), "coronal"),
            (OBLIQUE, (-0.6 * 4, 0.8 * 4, 0), "coronal"),
        ],
    )
    @pytest.mark.parametrize("order", [[0, 1, 2, 3], [2, 0, 3, 1]])
    def test_slices_are_ordered_along_the_normal(self, orientation, step, plane, order):
        instances = stack_of(4, step=step, orientation=orientation)
        volume = build_volume(only([instances[n] for n in order]))
        assert (np.diff(volume.distances_mm) > 0).all()
        np.testing.assert_allclose(volume.normal, np.cross(orientation[:3], orientation[3:]), atol=1e-12)
        assert volume.spacing_mm == pytest.approx((float(np.linalg.norm(step)), 0.5, 0.75))
        assert volume.geometry.plane == plane
        for pixels, uid, position in zip(volume.stored_zyx, volume.sop_instance_uids, volume.positions_mm, strict=True):
            number = int(uid.rsplit(".", 1)[1])
            np.testing.assert_array_equal(pixels, ramp(start=number))
            np.testing.assert_allclose(position, np.multiply(number - 1, step), atol=1e-9)

    def test_values_use_the_slope_and_intercept_of_each_slice(self):
        instances = [
            instance(mr_dataset(number=n + 1, position=(0, 0, n), RescaleSlope=str(n + 1), RescaleIntercept="-10"))
            for n in range(2)
        ]
        volume = build_volume(only(instances))
        np.testing.assert_array_equal(volume.slope, [1, 2])
        np.testing.assert_array_equal(volume.values_zyx[1], ramp(start=2) * 2.0 - 10)
        assert volume.values_zyx.dtype == np.float32

    def test_a_slope_of_zero_is_refused(self):
        with pytest.raises(BadPixelHeader):
            group_instances([instance(mr_dataset(RescaleSlope="0"))])

    def test_signed_and_unsigned_slices_keep_their_values(self):
        signed = np.array([[-5, 5]], np.int16)
        unsigned = np.array([[40_000, 1]], np.uint16)
        instances = [
            instance(mr_dataset(pixels, number=n + 1, position=(0, 0, n)))
            for n, pixels in enumerate((signed, unsigned))
        ]
        np.testing.assert_array_equal(build_volume(only(instances)).stored_zyx, [signed, unsigned])

    def test_an_enhanced_object_is_read_frame_by_frame(self):
        pixels = np.stack([ramp(start=10 * n) for n in range(3)])
        dataset = enhanced_dataset(pixels, positions=[(-8, 0, 0), (0, 0, 0), (-4, 0, 0)], slopes=[1.0, 2.0, 3.0])
        volume = build_volume(only([instance(dataset)]))
        assert volume.frame_indices == (1, 2, 0)  # the normal of a sagittal slice points to the right: -x
        assert volume.spacing_mm == (4.0, 0.5, 0.75)
        np.testing.assert_array_equal(volume.slope, [2, 3, 1])
        np.testing.assert_array_equal(volume.intercept, [1, 2, 0])
        np.testing.assert_array_equal(volume.stored_zyx, pixels[[1, 2, 0]])

    def test_the_frame_s_own_groups_win_over_the_shared_ones(self):
        dataset = enhanced_dataset(ramp()[None], positions=[(0, 0, 0)], slopes=[2.0])
        dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence = [Dataset()]
        dataset.SharedFunctionalGroupsSequence[0].PixelValueTransformationSequence[0].RescaleSlope = 7
        np.testing.assert_array_equal(build_volume(only([instance(dataset)])).slope, [2])

    def test_a_multi_frame_object_without_geometry_keeps_the_order_of_the_file(self):
        pixels = np.stack([ramp(start=10 * n) for n in range(3)])
        bare = mr_dataset(pixels, ImageOrientationPatient=None, ImagePositionPatient=None, PixelSpacing=None)
        volume = build_volume(only([instance(bare)]))
        assert not volume.has_geometry
        assert volume.geometry.plane == "unknown"
        np.testing.assert_array_equal(volume.stored_zyx, pixels)

    def test_one_position_for_many_frames_places_none_of_them(self):
        assert not build_volume(only([instance(mr_dataset(np.stack([ramp(), ramp()])))])).has_geometry

    def test_one_slice_takes_its_spacing_from_the_header(self):
        volume = build_volume(only([instance(mr_dataset(SpacingBetweenSlices="4.5"))]))
        assert volume.spacing_mm[0] == 4.5

    def test_a_damaged_orientation_is_refused(self):
        with pytest.raises(MixedShapes):
            build_volume(only([instance(mr_dataset(orientation=[1, 0, 0, 1, 0, 0]))]))

    def test_a_draft_without_frames_is_no_volume(self):
        draft = only(stack_of(1))
        empty = type(draft)(draft.series_instance_uid, 0, (), (), ())
        with pytest.raises(MixedShapes):
            build_volume(empty)


class TestSeriesGeometry:
    def test_it_survives_json(self):
        geometry = build_volume(only(stack_of(3, orientation=OBLIQUE, step=(-0.6, 0.8, 0)))).geometry
        assert SeriesGeometry.from_json(json.loads(json.dumps(geometry.to_json()))) == geometry

    def test_between_two_axes_the_plane_is_oblique(self):
        tilted = [1 / np.sqrt(2), -1 / np.sqrt(2), 0, 1 / np.sqrt(6), 1 / np.sqrt(6), -2 / np.sqrt(6)]
        volume = build_volume(only(stack_of(2, orientation=tilted, step=tuple(np.cross(tilted[:3], tilted[3:])))))
        assert volume.geometry.plane == "oblique"


def vendor_instances(folder):
    for path in sorted((VENDOR / "dicom" / folder).iterdir()):
        dataset: Dataset = read_instance(path.read_bytes())
        yield Instance(path.name, dataset, decode_stored(dataset))


@needs_vendor_files
class TestVendorSeries:
    @pytest.mark.parametrize(
        ("folder", "shape", "spacing_mm", "plane"),
        [
            ("ge_artist_acr_t2", (11, 256, 256), (10.0, 0.9766, 0.9766), "axial"),
            ("ge_genesis_wrist", (16, 256, 256), (2.0, 0.2344, 0.2344), "coronal"),
            ("ge_signa_fse_pd_ax", (19, 256, 256), (6.9717, 0.8594, 0.8594), "axial"),
            ("siemens_j2k_phantom", (12, 128, 128), (2.0, 2.0, 2.0), "sagittal"),
            ("siemens_jpegll_phantom", (12, 128, 128), (2.0, 2.0, 2.0), "sagittal"),
            ("siemens_prisma_t1_fl2d_sag", (18, 256, 256), (4.8, 1.0156, 1.0156), "sagittal"),
            ("siemens_xa30_enhanced_t1", (96, 128, 128), (2.0, 2.0, 2.0), "sagittal"),
            ("uih_umr770_t1_gre_sag", (6, 512, 460), (1.0, 0.5, 0.5), "sagittal"),
        ],
    )
    def test_each_becomes_one_volume(self, folder, shape, spacing_mm, plane):
        volume = build_volume(only(list(vendor_instances(folder))))
        assert volume.stored_zyx.shape == shape
        assert volume.spacing_mm == pytest.approx(spacing_mm, abs=1e-4)
        assert (volume.geometry.plane, volume.has_geometry) == (plane, True)

    def test_the_mosaic_is_held(self):
        with pytest.raises(MosaicImage):
            build_volume(only(list(vendor_instances("siemens_trio_mosaic_bold"))))

    def test_the_copy_with_other_pixels_is_flagged(self):
        paths = ("siemens_prisma_t1_fl2d_sag/0010.dcm", "synthetic_malformed/same_uid_other_pixels.dcm")
        datasets = [read_instance((VENDOR / "dicom" / path).read_bytes()) for path in paths]
        draft = only([Instance(path, d, decode_stored(d)) for path, d in zip(paths, datasets, strict=True)])
        assert "duplicate-instance" in codes(draft)
