"""What each tissue of the phantom looks like to a spin-echo sequence."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from readerstudy.core.errors import BadVolume

FIELDS_T = (1.5, 3.0)


class Tissue(IntEnum):
    """A label of the phantom; the value stands in the label map."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    SKIN = 3
    CORTEX = 4
    MARROW = 5
    LIGAMENT = 6
    ANNULUS = 7
    NUCLEUS = 8
    NUCLEUS_MILD = 9
    NUCLEUS_DRY = 10
    CSF = 11
    CORD = 12
    GREY_MATTER = 13
    NERVE = 14
    ARTERY = 15
    VEIN = 16
    VISCERA = 17
    FLAVUM = 18
    OEDEMA = 19
    FATTY_MARROW = 20
    HAEMANGIOMA = 21
    CORD_LESION = 22


@dataclass(frozen=True)
class Relaxation:
    """Proton density relative to water, T1 and T2 in ms at 1.5 T and 3 T, and the part of it that is fat."""

    density: float
    t1_ms: tuple[float, float]
    t2_ms: tuple[float, float]
    fat: float = 0.0


# Marrow and muscle: de Bazelaire 2004, Radiology 230:652. Fat and muscle: Gold 2004, AJR 183:343; the T2 of fat is
# the longer one of a fast spin echo and its T1 that of the methylene peak, which a TI of 140 ms nulls at 1.5 T.
# CSF, cord: Smith 2008, MRM 60:213; Stanisz 2005, MRM 54:507. Discs by degeneration: Marinelli 2009, Spine 34:520;
# Chiu 2001, JMRI 13:515. Cortex and ligaments have a T2 far below any echo time here: only their low density counts.
# Lesions: T1 and T2 chosen to give the signal by which they are known (Modic 1988, Radiology 166:193).
RELAXATION: dict[Tissue, Relaxation] = {
    Tissue.AIR: Relaxation(0.0, (1000, 1000), (10, 10)),
    Tissue.FAT: Relaxation(0.95, (220, 300), (88, 80), fat=1.0),
    Tissue.MUSCLE: Relaxation(0.80, (950, 1100), (34, 31)),
    Tissue.SKIN: Relaxation(0.70, (800, 950), (35, 32)),
    Tissue.CORTEX: Relaxation(0.12, (500, 550), (12, 10)),
    Tissue.MARROW: Relaxation(0.72, (549, 586), (62, 58), fat=0.45),
    Tissue.LIGAMENT: Relaxation(0.18, (700, 800), (16, 14)),
    Tissue.ANNULUS: Relaxation(0.55, (900, 1000), (36, 34)),
    Tissue.NUCLEUS: Relaxation(0.85, (1100, 1250), (135, 120)),
    Tissue.NUCLEUS_MILD: Relaxation(0.78, (1000, 1100), (85, 78)),
    Tissue.NUCLEUS_DRY: Relaxation(0.62, (900, 1000), (46, 43)),
    Tissue.CSF: Relaxation(1.0, (3600, 4000), (1800, 1600)),
    Tissue.CORD: Relaxation(0.76, (760, 870), (78, 73)),
    Tissue.GREY_MATTER: Relaxation(0.83, (900, 990), (84, 78)),
    Tissue.NERVE: Relaxation(0.78, (850, 950), (72, 68)),
    Tissue.ARTERY: Relaxation(0.06, (1400, 1600), (60, 50)),
    Tissue.VEIN: Relaxation(0.70, (1300, 1500), (110, 80)),
    Tissue.VISCERA: Relaxation(0.75, (800, 900), (55, 48)),
    Tissue.FLAVUM: Relaxation(0.45, (750, 850), (28, 26)),
    Tissue.OEDEMA: Relaxation(0.88, (1000, 1100), (105, 95)),
    Tissue.FATTY_MARROW: Relaxation(0.88, (290, 350), (84, 76), fat=0.8),
    Tissue.HAEMANGIOMA: Relaxation(0.92, (380, 430), (140, 125), fat=0.5),
    Tissue.CORD_LESION: Relaxation(0.88, (1050, 1150), (130, 118)),
}


@dataclass(frozen=True)
class Sequence:
    """A spin echo; with `ti_ms` an inversion recovery. Times in ms."""

    tr_ms: float
    te_ms: float
    ti_ms: float | None = None

    def signal(self, density: float, t1_ms: float, t2_ms: float) -> float:
        """Magnitude of one tissue. Source: Bernstein, Handbook of MRI Pulse Sequences, 2004, 14.2 and 14.3."""
        recovery = 1 - np.exp(-self.tr_ms / t1_ms)
        if self.ti_ms is not None:
            recovery = 1 - 2 * np.exp(-self.ti_ms / t1_ms) + np.exp(-self.tr_ms / t1_ms)
        return float(density * abs(recovery) * np.exp(-self.te_ms / t2_ms))


def signal_tables(sequence: Sequence, *, field_t: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The signal of the water and of the fat in every tissue, each (tissues,) float32, indexed by label.

    Raises BadVolume for a field strength without relaxation times.
    """
    if field_t not in FIELDS_T:
        raise BadVolume(f"Relaxation times are known at 1.5 and 3 T, not at {field_t} T.")
    column = FIELDS_T.index(field_t)
    water = np.zeros(len(Tissue), np.float32)
    fat = np.zeros(len(Tissue), np.float32)
    pure_fat = RELAXATION[Tissue.FAT]
    for tissue, relaxation in RELAXATION.items():
        t1, t2 = relaxation.t1_ms[column], relaxation.t2_ms[column]
        if sequence.ti_ms is not None and relaxation.fat:
            # An inversion pulse nulls the fat of a mixture by the T1 of fat, not by a mean of both.
            t1_water = RELAXATION[Tissue.MUSCLE].t1_ms[column]
            water[tissue] = sequence.signal(relaxation.density * (1 - relaxation.fat), t1_water, t2)
            fat_t1 = pure_fat.t1_ms[column]
            fat[tissue] = sequence.signal(relaxation.density * relaxation.fat, fat_t1, t2)
            continue
        whole = sequence.signal(relaxation.density, t1, t2)
        water[tissue], fat[tissue] = whole * (1 - relaxation.fat), whole * relaxation.fat
    return water, fat
