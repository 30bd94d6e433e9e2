"""Studies of odd shapes, drawn anew from a seed: tidy files in the layout that `manage.py analyse` reads."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.csv_text import to_csv
from analysis.core.layouts import ALLOCATION, MISSING_REASONS, score_columns

ARMS = {"SOC_FAST": ("SOC", "FAST"), "FASTDL_SOC": ("FASTDL", "SOC"), "FASTDL_FAST": ("FASTDL", "FAST")}
REGIONS, SEQUENCES, VENDORS = ("lumbar", "cervical", "thoracic"), ("SAG_T2", "SAG_T1", "AX_T2"), ("GE", "SIEMENS")


@dataclass(frozen=True)
class Shape:
    """What is odd about a study; `reads` is the share of the image sets that each reader has read."""

    name: str
    sets_of_patients: tuple[int, ...] = (1, 2, 1, 3, 1, 1, 2, 1, 4, 1, 2, 1)
    reads: tuple[float, ...] = (1.0, 1.0, 1.0)
    comparisons: tuple[str, ...] = ("SOC_FAST", "FASTDL_SOC", "FASTDL_FAST")
    features: tuple[str, ...] = ("snr", "sharpness")
    ties: float = 0.5
    effect: float = 0.2
    missing: float = 0.0
    repeats: float = 0.0
    regions: int = 3
    extreme: bool = False


SHAPES = (
    Shape("three readers"),
    Shape("one reader", reads=(1.0,)),
    Shape("two readers, one comparison", reads=(1.0, 1.0), comparisons=("SOC_FAST",)),
    Shape("one patient", sets_of_patients=(9,)),
    Shape("two patients", sets_of_patients=(5, 2)),
    Shape("one image set a patient, five readers", sets_of_patients=(1,) * 25, reads=(1.0,) * 5),
    Shape("readers who read unequal parts", reads=(1.0, 0.6, 0.3, 0.9), sets_of_patients=(2, 1) * 12),
    Shape("many scores missing", missing=0.4, sets_of_patients=(1, 2) * 12),
    Shape("nearly all ties", ties=0.97, sets_of_patients=(1, 2) * 15),
    Shape("only ties", ties=1.0),
    Shape("no ties", ties=0.0),
    Shape("one patient with most image sets", sets_of_patients=(20, 1, 1, 1, 1, 1, 2)),
    Shape("repeats", repeats=0.5),
    Shape("one region", regions=1, features=("snr",)),
    Shape("always better", effect=4.0, ties=0.05),
    Shape("only the ends of the scale", extreme=True, ties=0.3),
    Shape("many features", features=tuple(f"f{k}" for k in range(7)), sets_of_patients=(1, 2, 3)),
)


@dataclass(frozen=True)
class Files:
    scores: bytes
    allocation: bytes


def study(shape: Shape, *, seed: int) -> Files:
    """The files of one study; the same for the same seed."""
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(len(shape.sets_of_patients)), shape.sets_of_patients)
    latent = {key: rng.normal(0, 0.6) for key in ((p, c, f) for p in set(patients.tolist()) for c in shape.comparisons
              for f in shape.features)}  # fmt: skip
    rows = []
    for reader, share in enumerate(shape.reads, start=1):
        kept = rng.permutation(patients.size)[: max(1, round(share * patients.size))]
        shown = [(int(i), c, 1) for i in kept for c in shape.comparisons]
        shown += [(i, c, 2) for i, c, _ in shown if rng.random() < shape.repeats]
        for order, at in enumerate(rng.permutation(len(shown)).tolist(), start=1):
            i, comparison, replicate = shown[at]
            rows += _display(shape, rng, latent, reader, order, i, int(patients[i]), comparison, replicate)
    frame = pd.DataFrame(rows, columns=[column.name for column in score_columns()])
    places = frame[[column.name for column in ALLOCATION]].drop_duplicates("presentation_id")
    return Files(to_csv(frame).encode(), to_csv(places).encode())


def _display(shape, rng, latent, reader, order, i, patient, comparison, replicate):
    a, b = ARMS[comparison]
    a_right = bool(rng.random() < 0.5)
    seconds = round(math.exp(rng.normal(3, 0.4)), 1)
    for feature in shape.features:
        z = shape.effect + latent[patient, comparison, feature] + rng.normal(0, 1)
        d = 0 if rng.random() < shape.ties else int(np.sign(z)) * (1 + int(abs(z) > 1 or shape.extreme))
        absent = rng.random() < shape.missing
        yield {
            "study_id": "ODD",
            "reader_id": f"R{reader}",
            "presentation_id": f"R{reader}-{order:04d}",
            "presentation_order": order,
            "session": 1 + (order > 20),
            "replicate": replicate,
            "patient_id": f"P{patient:03d}",
            "image_set_id": f"S{i:03d}",
            "region": REGIONS[patient % shape.regions],
            "plane": "sagittal",
            "sequence": SEQUENCES[i % 3],
            "scanner_id": f"SC{patient % 4}",
            "vendor": VENDORS[patient % 2],
            "field_t": 1.5,
            "site_id": "SITE",
            "comparison_id": comparison,
            "left_arm": b if a_right else a,
            "right_arm": a if a_right else b,
            "feature_id": feature,
            "raw_score": "" if absent else 3 + (d if a_right else -d),
            "missing_reason": rng.choice(MISSING_REASONS) if absent else "",
            "duration_s": seconds,
        }
