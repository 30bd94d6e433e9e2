"""The bundle: no file replaces another, equal data give equal bytes."""

import io
import zipfile

import pytest

from analysis.services.bundle import bundle_files, bundle_zip
from analysis.services.compute import compute
from readerstudy.core.errors import IntegrityFailure, WrongState
from tests.readerstudy.services.sending import silent


@pytest.fixture
def analysis(unblinded):
    return compute(unblinded, silent)


class TestBundleFiles:
    def test_a_printed_table_never_replaces_the_data(self, unblinded, analysis):
        analysis.results["tables"][0]["name"] = "scores"
        analysis.save()

        with pytest.raises(IntegrityFailure, match=r"would replace the data in scores\.csv"):
            bundle_files(unblinded)

    def test_it_is_refused_until_the_results_are_computed(self, unblinded):
        with pytest.raises(WrongState, match="not computed"):
            bundle_files(unblinded)

    def test_asked_for_again_it_has_the_same_bytes(self, unblinded, analysis):
        assert bundle_files(unblinded) == bundle_files(unblinded)


class TestBundleZip:
    def test_it_holds_the_same_files(self, unblinded, analysis):
        with zipfile.ZipFile(io.BytesIO(bundle_zip(unblinded))) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == bundle_files(unblinded)
