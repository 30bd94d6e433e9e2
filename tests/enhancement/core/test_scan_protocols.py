import pytest

from enhancement.core.case_mix import SEQUENCES
from enhancement.core.scan_protocols import scan_protocol
from readerstudy.core.errors import BadVolume
from readerstudy.core.weighting import weighting

EVERY = [(sequence, plane, field_t) for plane, sequence in SEQUENCES for field_t in (1.5, 3.0)]


class TestScanProtocol:
    @pytest.mark.parametrize(("sequence", "plane", "field_t"), EVERY)
    def test_its_timing_has_the_weighting_of_its_name(self, sequence: str, plane: str, field_t: float):
        found = scan_protocol(sequence, plane, field_t=field_t)

        timing = {"tr_ms": found.tr_ms, "te_ms": found.te_ms, "ti_ms": found.ti_ms}
        assert weighting(**timing, scanning_sequence=("SE",), words=()) == sequence

    @pytest.mark.parametrize(("sequence", "plane", "field_t"), EVERY)
    def test_the_accelerated_scan_is_shorter_with_fewer_averages(self, sequence: str, plane: str, field_t: float):
        found = scan_protocol(sequence, plane, field_t=field_t)

        assert 0.3 <= found.fast_seconds / found.soc_seconds <= 0.9
        assert found.fast_nex < found.soc_nex

    def test_a_sequence_that_the_study_lacks_is_refused(self):
        with pytest.raises(BadVolume, match="axial STIR"):
            scan_protocol("STIR", "axial", field_t=1.5)
