"""Vendors' files, odd ones and broken ones, through the whole of ingest: taken as expected, pixel for pixel."""

import hashlib
import json

import pytest
from django.db import transaction

from readerstudy.core.dicom import read_instance
from readerstudy.core.errors import BadDicom
from readerstudy.core.pixels import decode_stored
from readerstudy.models import FileStatus
from tests.cast import make_cast
from tests.readerstudy.core.mr_builder import VENDOR, needs_vendor_files, vendor_bytes
from tests.readerstudy.services.sending import take

pytestmark = needs_vendor_files
REFUSED = frozenset({"reject", "reject-or-partial", "reject-or-force"})
# One image tiled from many slices, which the product refuses although its pixels can be decoded.
MOSAICS = "dicom/siemens_trio_mosaic_bold/"
# Lossy JPEG of 12 bits: the decoders behind the expectations could not read it, the product's fallback can.
READ_BY_THE_FALLBACK = "dicom/dwv_odd/nema-mr1_jply.dcm"


def expected():
    path = VENDOR / "dicom_expected.json"
    return json.loads(path.read_text()) if path.exists() else {}


def sha_in_the_files_own_byte_order(path):
    """Big-endian entries were hashed as they lie in the file."""
    stored = decode_stored(read_instance(vendor_bytes(path)))
    big_endian = stored.astype(stored.dtype.newbyteorder(">"))
    return hashlib.sha256(big_endian.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def outcomes(django_db_setup, django_db_blocker):
    """Every file of the folder, a folder an upload; path to its row."""
    with django_db_blocker.unblock(), transaction.atomic():
        study = make_cast().study
        rows = {}
        for folder in sorted({path.rpartition("/")[0] for path in expected()}):
            files = {path: vendor_bytes(path) for path in expected() if path.startswith(f"{folder}/")}
            # Names are masked where they hold words of the patient: the order tells the file.
            rows |= zip(files, take(study, files).files.order_by("pk"), strict=True)
        transaction.set_rollback(True)
    return rows


@pytest.mark.parametrize("path", [path for path, entry in expected().items() if entry["expect"] in REFUSED])
def test_it_is_refused_by_name_with_what_to_do(outcomes, path):
    if path == READ_BY_THE_FALLBACK:
        assert outcomes[path].status == FileStatus.TAKEN
        return
    assert outcomes[path].status == FileStatus.REFUSED
    assert outcomes[path].reason.endswith(".")


@pytest.mark.parametrize("path", [path for path, entry in expected().items() if entry["expect"].startswith("accept")])
def test_it_is_taken_or_held_with_the_expected_pixels(outcomes, path):
    if path.startswith(MOSAICS):
        assert outcomes[path].status in {FileStatus.HELD, FileStatus.REFUSED}
        return
    entry = expected()[path]
    sha = outcomes[path].pixel_sha256
    if entry["dtype"].startswith(">"):
        sha = sha_in_the_files_own_byte_order(path)

    assert outcomes[path].status in {FileStatus.TAKEN, FileStatus.HELD}
    assert sha.startswith(entry["sha256"])


@pytest.mark.parametrize("path", [path for path, entry in expected().items() if entry["expect"] == "flag-duplicate"])
def test_it_can_be_read_by_itself(path):
    assert decode_stored(read_instance(vendor_bytes(path))).size > 0


def test_what_is_refused_is_refused_by_the_core_too():
    with pytest.raises(BadDicom):
        read_instance(vendor_bytes("dicom/synthetic_malformed/text_renamed.dcm"))
