"""Derived series before judges that are not ours: dciodvfy (dicom3tools) and dcmdump (dcmtk)."""

import shutil
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest

from enhancement.core.case_mix import case_mix
from enhancement.core.derived import derive_series
from enhancement.core.simulated_case import Size, simulate_case
from readerstudy.core.deidentify import deidentify, with_native_pixels
from readerstudy.core.dicom import read_instance
from readerstudy.core.pixels import decode_stored
from readerstudy.core.series import Instance, build_volume, group_instances
from tests.readerstudy.core.mr_builder import KEY, VENDOR, needs_vendor_files

PROGRAMS = ("dciodvfy", "dcmdump")
missing = [program for program in PROGRAMS if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(
    bool(missing),
    reason=f"{' and '.join(missing)} not installed; on Debian and Ubuntu: apt-get install dicom3tools dcmtk",
)
SERIES = (
    "ge_artist_acr_t2", "ge_genesis_wrist", "ge_signa_fse_pd_ax", "siemens_j2k_phantom", "siemens_jpegll_phantom",
    "siemens_prisma_t1_fl2d_sag", "siemens_xa30_enhanced_t1", "uih_umr770_t1_gre_sag",
)  # fmt: skip


def errors(dataset, folder):
    """The lines in which dciodvfy finds an error, of a data set written to a file."""
    path = folder / f"{dataset.SOPInstanceUID}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    done = subprocess.run(["dciodvfy", "-new", str(path)], capture_output=True, text=True, errors="replace", timeout=60)
    return {line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")}


def derived_from(datasets):
    """(sources as written natively, derived instances, the volume): the pixels a little changed, as by a denoiser."""
    instances = [Instance(str(n), one, decode_stored(one)) for n, one in enumerate(datasets)]
    (draft,) = group_instances(instances)
    volume = build_volume(draft)
    changed = volume.values_zyx * np.float32(0.99)
    derived = derive_series(
        draft.datasets,
        changed,
        uid_key=b"test",
        description="Noise reduction by a neural network, strength 1",
        algorithm_name="readerstudy denoiser",
        algorithm_version="1",
        weights_sha256="ab" * 32,
        now=datetime(2026, 1, 2, tzinfo=UTC),
        order=list(zip(volume.sop_instance_uids, volume.frame_indices, strict=True)),
    )
    native = [with_native_pixels(instance.dataset, instance.stored) for instance in instances]
    return native, list(derived), changed


def vendor_series(name):
    return [read_instance(path.read_bytes()) for path in sorted((VENDOR / "dicom" / name).glob("*.dcm"))[:3]]


def deidentified(datasets):
    return [deidentify(one, key=KEY, participant_code="P001").dataset for one in datasets]


def simulated():
    case = case_mix(1)[0]
    return simulate_case(case, seed=1, size=Size(matrix=96, slices=3))["FAST"]


class TestDciodvfy:
    def test_a_source_without_errors_gives_a_derived_series_without_errors(self, tmp_path):
        native, derived, _ = derived_from(simulated())

        assert set().union(*(errors(one, tmp_path) for one in native)) == set()
        assert set().union(*(errors(one, tmp_path) for one in derived)) == set()

    @needs_vendor_files
    @pytest.mark.parametrize("name", SERIES)
    def test_a_vendors_series_gets_no_error_that_it_had_not(self, tmp_path, name):
        native, derived, _ = derived_from(vendor_series(name))

        assert errors(derived[0], tmp_path) - errors(native[0], tmp_path) == set()

    @needs_vendor_files
    @pytest.mark.parametrize("name", ["siemens_prisma_t1_fl2d_sag", "siemens_xa30_enhanced_t1", "ge_artist_acr_t2"])
    def test_nor_does_a_de_identified_one_as_studies_hold_it(self, tmp_path, name):
        native, derived, _ = derived_from(deidentified(vendor_series(name)))

        assert errors(derived[0], tmp_path) - errors(native[0], tmp_path) == set()


class TestDcmdump:
    @needs_vendor_files
    @pytest.mark.parametrize("name", SERIES)
    def test_it_reads_every_instance_without_a_complaint(self, tmp_path, name):
        _, derived, _ = derived_from(vendor_series(name))

        for dataset in derived:
            path = tmp_path / "one.dcm"
            dataset.save_as(path, enforce_file_format=True)
            done = subprocess.run(["dcmdump", "+E", str(path)], capture_output=True, timeout=60)
            assert (done.returncode, done.stderr) == (0, b"")


class TestCarried:
    """What makes the output a drop-in for its source, on vendors' files as they are."""

    @needs_vendor_files
    @pytest.mark.parametrize("name", SERIES)
    def test_values_geometry_and_stored_type_are_the_sources(self, name):
        native, derived, changed = derived_from(vendor_series(name))
        again = [Instance(str(n), one, decode_stored(one)) for n, one in enumerate(derived)]
        (draft,) = group_instances(again)
        before = build_volume(group_instances([Instance("x", one, decode_stored(one)) for one in native])[0])

        after = build_volume(draft)

        step = np.abs(before.slope).max()
        assert np.abs(after.values_zyx - changed).max() <= 0.5 * step + 1e-3 * np.abs(changed).max()
        assert after.stored_zyx.dtype == before.stored_zyx.dtype
        assert (after.spacing_mm, after.row_cosine) == (before.spacing_mm, before.row_cosine)
        assert np.array_equal(after.positions_mm, before.positions_mm)
        assert np.array_equal(after.slope, before.slope)
        carried = ("BitsAllocated", "BitsStored", "PixelRepresentation", "WindowCenter", "WindowWidth", "RescaleType",
                   "PixelPaddingValue", "Rows", "Columns", "PixelSpacing", "ImageOrientationPatient")  # fmt: skip
        for keyword in carried:
            # the derived stack is in order of position, the source in that of its files
            came, went = (sorted(str(one.get(keyword)) for one in many) for many in (native, derived))
            assert came == went, keyword
