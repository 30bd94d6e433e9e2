"""Tidy files of a simulated study of any size, for benchmarks of the analysis: the latent model of SPEC section 12."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEATURES = (
    "snr", "resolution", "artifacts", "cord_delineation", "cord_csf_contrast", "disc_pathology", "bone_lesions",
    "facet_ligament",
)  # fmt: skip
COMPARISONS = {"SOC_FAST": ("SOC", "FAST"), "FASTDL_SOC": ("FASTDL", "SOC"), "FASTDL_FAST": ("FASTDL", "FAST")}
READERS = ("R1", "R2", "R3")
REGIONS, SEQUENCES, VENDORS = ("lumbar", "cervical", "thoracic"), ("SAG_T2", "SAG_T1", "AX_T2"), ("GE", "SIEMENS")
CUTS = (-2.3, -1.3, 1.0, 2.0)


@dataclass(frozen=True)
class SimulatedFiles:
    scores: bytes
    allocation: bytes
    n_sets: int
    n_scores: int


def simulate(n_sets: int, *, seed: int) -> SimulatedFiles:
    """111 image sets of 61 patients as in the paper, or any number in the same proportion."""
    rng = np.random.default_rng(seed)
    patient = np.sort(np.concatenate([np.arange(n_patients := max(2, n_sets * 61 // 111)),
                                      rng.integers(0, n_patients, n_sets - n_patients)]))  # fmt: skip
    pairs = [(i, name) for i in range(n_sets) for name in COMPARISONS]
    frames = [_reader(reader, pairs, patient, rng) for reader in READERS]
    shown = pd.concat(frames, ignore_index=True)
    allocation = shown[["presentation_id", "reader_id", "image_set_id", "comparison_id", "replicate", "left_arm",
                        "right_arm"]]  # fmt: skip
    latent = _latent(shown, n_patients, n_sets, rng)
    d = np.searchsorted(CUTS, latent) - 2
    long = shown.loc[shown.index.repeat(len(FEATURES))].drop(columns=["a_right", "set_number", "patient_number"])
    sign = np.repeat(np.where(shown["a_right"], 1, -1), len(FEATURES))
    long = long.assign(feature_id=np.tile(FEATURES, len(shown)), raw_score=3 + sign * d.ravel(), missing_reason="")
    duration = long.pop("duration_s")
    long["duration_s"] = duration
    return SimulatedFiles(long.to_csv(index=False).encode(), allocation.to_csv(index=False).encode(), n_sets, len(long))


def _reader(reader: str, pairs: list[tuple[int, str]], patient: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    order = rng.permutation(len(pairs))
    sets = np.array([pairs[k][0] for k in order])
    names = [pairs[k][1] for k in order]
    a_right = rng.random(len(pairs)) < 0.5
    arms = [COMPARISONS[name] for name in names]
    number, p = np.arange(1, len(pairs) + 1), patient[sets]
    return pd.DataFrame(
        {
            "study_id": "SIM",
            "reader_id": reader,
            "presentation_id": [f"{reader}-{k:06d}" for k in number],
            "presentation_order": number,
            "session": 1,
            "replicate": 1,
            "patient_id": [f"P{k:05d}" for k in p],
            "image_set_id": [f"S{k:05d}" for k in sets],
            "region": np.take(REGIONS, sets % 3),
            "plane": "sagittal",
            "sequence": np.take(SEQUENCES, sets // 3 % 3),
            "scanner_id": [f"SC{k % 5}" for k in p],
            "vendor": np.take(VENDORS, p % 2),
            "field_t": 1.5,
            "site_id": [f"NY{k % 5}" for k in p],
            "comparison_id": names,
            "left_arm": [b if right else a for (a, b), right in zip(arms, a_right, strict=True)],
            "right_arm": [a if right else b for (a, b), right in zip(arms, a_right, strict=True)],
            "duration_s": np.round(np.exp(rng.normal(3.4, 0.4, len(pairs))), 1),
            "a_right": a_right,
            "set_number": sets,
            "patient_number": p,
        }
    )


def _latent(shown: pd.DataFrame, n_patients: int, n_sets: int, rng: np.random.Generator) -> np.ndarray:
    """(presentations, features): patient .3, image set .2, the rest noise."""
    k, F = shown["comparison_id"].map({name: i for i, name in enumerate(COMPARISONS)}).to_numpy(), len(FEATURES)
    U, V = rng.standard_normal((n_patients, 3, F)), rng.standard_normal((n_sets, 3, F))
    U, V = U[shown["patient_number"], k], V[shown["set_number"], k]
    return np.sqrt(0.3) * U + np.sqrt(0.2) * V + np.sqrt(0.5) * rng.standard_normal((len(shown), F))
