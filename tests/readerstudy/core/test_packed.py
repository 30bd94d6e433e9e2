import io
import tracemalloc

import numpy as np
import pytest

from readerstudy.core.dicom import read_instance
from readerstudy.core.packed import PackedInstances, pack, volumes_in
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, build_volume, group_instances
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset


def scanned(slices=4, shape=(6, 8), **elements):
    """A series whose files are not in the order of their positions."""
    rng = np.random.default_rng(1)
    order = rng.permutation(slices)
    made = [
        mr_dataset(
            rng.integers(0, 4000, shape).astype(np.uint16),
            number=int(z) + 1,
            position=(0, 0, 4.0 * int(z)),
            RescaleSlope=1 + int(z),
            RescaleIntercept=5,
            **elements,
        )
        for z in order
    ]
    return [read_instance(file_bytes(dataset)) for dataset in made]


def packed(datasets):
    stream = io.BytesIO()
    pack(datasets, stream)
    return PackedInstances(stream)


class TestPackedInstances:
    def test_what_was_packed_comes_back_in_its_order(self):
        sources = scanned()

        instances = packed(sources)

        assert [one.SOPInstanceUID for one in instances] == [one.SOPInstanceUID for one in sources]
        assert instances[1].PixelData == sources[1].PixelData
        assert [one.InstanceNumber for one in instances[1:3]] == [one.InstanceNumber for one in sources[1:3]]

    def test_equal_series_give_equal_bytes(self):
        sources = scanned()

        assert packed(sources).stream.getvalue() == packed(iter(sources)).stream.getvalue()

    def test_more_than_9999_instances_keep_their_order(self):
        """0001.dcm to 9999.dcm, then 10000.dcm: as text that would come before 2000.dcm."""
        (one,) = scanned(1, (1, 1))
        instances = packed(one for _ in range(10_001))

        assert instances._names[9998:] == ["9999.dcm", "10000.dcm", "10001.dcm"]


class TestVolumesIn:
    def test_the_stack_is_the_one_that_is_built_in_memory(self):
        sources = scanned()
        (draft,) = group_instances([Instance("", one, decode_stored(one)) for one in sources])
        expected = build_volume(draft)

        (volume,) = volumes_in(packed(sources))

        whole = volume.in_memory()
        assert np.array_equal(whole.stored_zyx, expected.stored_zyx)
        assert whole.stored_zyx.dtype == expected.stored_zyx.dtype
        assert np.array_equal(np.stack([volume.value_slices[z] for z in range(4)]), expected.values_zyx)
        assert whole.geometry == expected.geometry
        assert whole.sop_instance_uids == expected.sop_instance_uids
        assert (volume.spacing_mm, volume.photometric) == (expected.spacing_mm, expected.photometric)

    def test_two_stacks_of_one_series_are_told_apart(self):
        early, late = scanned(2, EchoTime=10), scanned(3, EchoTime=90)
        for dataset in late:
            dataset.SOPInstanceUID += ".9"

        volumes = volumes_in([*early, *late])

        assert [volume.stored_slices.shape for volume in volumes] == [(2, 6, 8), (3, 6, 8)]

    def test_damage_in_an_instance_is_told(self):
        sources = scanned()
        sources[2].PixelData = sources[2].PixelData[:-2]

        (volume,) = volumes_in(sources)

        with pytest.raises(Exception, match="cut short"):
            volume.in_memory()

    def test_pixels_are_held_once(self):
        """16 slices of 256 x 256 as uint16 are 2 MB; beside them there is one slice's worth of working memory."""
        instances = packed(scanned(16, (256, 256)))
        tracemalloc.start()

        (volume,) = volumes_in(instances)
        outlined = tracemalloc.get_traced_memory()[1]
        whole = volume.in_memory()

        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert outlined < 1.2e6
        assert whole.stored_zyx.nbytes < peak < 1.5 * whole.stored_zyx.nbytes
