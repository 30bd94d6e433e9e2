"""How the sequences of the reference study are acquired, standard and accelerated: Table 1 of Bash 2021."""

from dataclasses import dataclass

from readerstudy.core.errors import BadVolume


@dataclass(frozen=True)
class ScanProtocol:
    """One sequence in one plane; times in ms and s, matrix as frequency x phase."""

    sequence: str
    plane: str
    tr_ms: float
    te_ms: float
    ti_ms: float | None
    thickness_mm: float
    matrix: tuple[int, int]
    echo_train: int
    soc_nex: float
    fast_nex: float
    soc_seconds: float
    fast_seconds: float
    bandwidth_hz_px: float = 195.0

    def describe(self, region: str, *, accelerated: bool) -> str:
        """The series description that a technologist would see."""
        plane = {"sagittal": "Sag", "axial": "Ax"}[self.plane]
        return f"{plane} {self.sequence} {region[:1].upper()}-spine{' fast' if accelerated else ''}"


# Sagittal T1 has a TR of 1550 ms in the table: with 10 ms of TE that is the inversion-prepared T1 of GE spine
# protocols, so the usual inversion time of 780 ms is added; without it the timing would be one of proton density.
_TABLE_1_5T = (
    ScanProtocol("T1", "sagittal", 1550, 10, 780, 4, (320, 192), 8, 4, 2, 177, 92),
    ScanProtocol("T2", "sagittal", 2584, 110, None, 4, (320, 224), 21, 2, 1, 91, 36),
    ScanProtocol("PD", "sagittal", 1367, 35, None, 4, (320, 224), 8, 2, 1, 85, 47),
    ScanProtocol("STIR", "sagittal", 4850, 33, 140, 4, (320, 224), 8, 2, 1, 121, 73),
    ScanProtocol("T2", "axial", 4459, 102, None, 4, (320, 224), 32, 3, 2, 98, 30),
    ScanProtocol("T1", "axial", 634, 13, None, 4, (320, 224), 3, 2, 1, 195, 107),
)
# At 3 T the table of the paper is silent: usual turbo spin echoes of the same resolution and saving.
_TABLE_3T = (
    ScanProtocol("T1", "sagittal", 650, 10, None, 4, (320, 224), 3, 2, 1, 162, 86, 240),
    ScanProtocol("T2", "sagittal", 3500, 98, None, 4, (320, 240), 17, 2, 1, 118, 66, 260),
    ScanProtocol("PD", "sagittal", 2200, 32, None, 4, (320, 240), 7, 2, 1, 104, 60, 240),
    ScanProtocol("STIR", "sagittal", 4200, 42, 200, 4, (320, 224), 11, 2, 1, 142, 88, 240),
    ScanProtocol("T2", "axial", 4200, 96, None, 4, (320, 224), 16, 2, 1, 139, 79, 240),
    ScanProtocol("T1", "axial", 640, 11, None, 4, (320, 224), 3, 2, 1, 170, 98, 240),
)
_TABLES = {1.5: _TABLE_1_5T, 3.0: _TABLE_3T}


def scan_protocol(sequence: str, plane: str, *, field_t: float) -> ScanProtocol:
    """The protocol of one sequence. Raises BadVolume where the reference study has none."""
    for protocol in _TABLES.get(field_t, ()):
        if (protocol.sequence, protocol.plane) == (sequence, plane):
            return protocol
    raise BadVolume(f"There is no protocol for {plane} {sequence} at {field_t:g} T.")
