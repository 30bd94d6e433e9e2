"""The reference protocol: Bash et al. 2021, as the data a new study starts from.

Everything here becomes rows that a coordinator edits while the study is a draft; nothing else in the
product knows these words.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class ArmDefinition:
    code: str
    label: str
    source: str | None  # the arm from which the denoiser makes this one; None when acquired
    shown: bool  # whether readers ever see it


@dataclass(frozen=True)
class ComparisonDefinition:
    """An ordered pair: results above the mid-point favour arm_a."""

    code: str
    arm_a: str
    arm_b: str


@dataclass(frozen=True)
class ItemDefinition:
    code: str
    label: str


@dataclass(frozen=True)
class FindingDefinition:
    """A consistency box; `subject` is anatomy, pathology or nothing."""

    code: str
    label: str
    category: str
    subject: str


@dataclass(frozen=True)
class ChoiceDefinition:
    value: int
    label: str


@dataclass(frozen=True)
class ProtocolDefinition:
    arms: tuple[ArmDefinition, ...]
    comparisons: tuple[ComparisonDefinition, ...]
    features: tuple[ItemDefinition, ...]
    scale: tuple[ChoiceDefinition, ...]
    consistency: tuple[FindingDefinition, ...]
    diagnostic_quality: bool


CONSISTENCY_KINDS = ("loss", "corruption", "alteration", "creation", "exaggeration")
CONSISTENCY_SUBJECTS = ("anatomy", "pathology")

REFERENCE_PROTOCOL = ProtocolDefinition(
    arms=(
        ArmDefinition("SOC", "Standard of care", None, True),
        ArmDefinition("FAST", "Accelerated", None, True),
        ArmDefinition("FAST-DL", "Accelerated, enhanced", "FAST", True),
        ArmDefinition("SOC-DL", "Standard of care, enhanced", "SOC", False),
    ),
    # The reporting orientation of Table 2: SOC vs FAST, FAST-DL vs SOC, FAST-DL vs FAST.
    comparisons=(
        ComparisonDefinition("SOC_FAST", "SOC", "FAST"),
        ComparisonDefinition("FASTDL_SOC", "FAST-DL", "SOC"),
        ComparisonDefinition("FASTDL_FAST", "FAST-DL", "FAST"),
    ),
    features=(
        ItemDefinition("snr", "Perceived SNR"),
        ItemDefinition("resolution", "Perceived spatial resolution"),
        ItemDefinition("artifacts", "Imaging artifacts"),
        ItemDefinition("cord_delineation", "Cord delineation"),
        ItemDefinition("cord_csf_contrast", "Cord/CSF contrast"),
        ItemDefinition("disc_pathology", "Disc related pathology"),
        ItemDefinition("bone_lesions", "Bone lesions"),
        ItemDefinition("facet_ligament", "Facet/ligamentous pathology"),
    ),
    scale=(
        ChoiceDefinition(1, "Left pronouncedly superior"),
        ChoiceDefinition(2, "Left mildly superior"),
        ChoiceDefinition(3, "No difference"),
        ChoiceDefinition(4, "Right mildly superior"),
        ChoiceDefinition(5, "Right significantly superior"),
    ),
    consistency=tuple(
        FindingDefinition(f"{kind}_{subject}", f"{kind.capitalize()} of {subject}", kind.capitalize(), subject)
        for kind in CONSISTENCY_KINDS
        for subject in CONSISTENCY_SUBJECTS
    ),
    diagnostic_quality=True,
)
