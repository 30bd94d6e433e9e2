"""The words of a descriptor that say something about the sequence, and never about a person.

PS3.15 E.3.5 (Clean Descriptors): free text is reduced to this list; everything else in it is dropped.
"""

import re

from pydicom.dataset import Dataset

from readerstudy.core.elements import items, text

VOCABULARY = (
    "T1 T1W T2 T2W T2STAR PD PDW STIR TIRM FLAIR DWI ADC IR SE FSE TSE GRE FFE MPRAGE SPGR VIBE SPACE CISS CUBE",
    "HASTE SSFSE TFE TFL FL2D FL3D MEDIC BLADE PROPELLER FRFSE FS FATSAT SPAIR WATER FAT IN OPP 2D 3D ISO LOC",
    "LOCALIZER SCOUT SURVEY SAG SAGITTAL AX AXIAL TRA TRANSVERSE COR CORONAL OBL OBLIQUE",
    "CSPINE TSPINE LSPINE CERVICAL THORACIC LUMBAR SPINE LUMBOSACRAL SACRUM WHOLESPINE NECK HWS BWS LWS",
    "BRAIN HEAD KNEE WRIST SHOULDER HIP ABDOMEN PELVIS PHANTOM PRE POST CONTRAST GD WO WITH WITHOUT",
    "SOC FAST STANDARD ACCELERATED DL AI DENOISED ENHANCED RECON DEEP LEARNING",
)
WORDS = frozenset(word for line in VOCABULARY for word in line.split())
REGION_OF_WORD = {
    "CSPINE": "cervical",
    "CERVICAL": "cervical",
    "HWS": "cervical",
    "TSPINE": "thoracic",
    "THORACIC": "thoracic",
    "BWS": "thoracic",
    "LSPINE": "lumbar",
    "LUMBAR": "lumbar",
    "LUMBOSACRAL": "lumbar",
    "LWS": "lumbar",
}
SEQUENCE_OF_WORD = {
    "T1": "T1",
    "T1W": "T1",
    "MPRAGE": "T1",
    "T2": "T2",
    "T2W": "T2",
    "PD": "PD",
    "PDW": "PD",
    "STIR": "STIR",
    "TIRM": "STIR",
    "FLAIR": "FLAIR",
    "DWI": "DWI",
    "ADC": "DWI",
}
INDISPENSABLE = REGION_OF_WORD.keys() | SEQUENCE_OF_WORD.keys()
# PS3.16 CID 4031 codes of the spine, in SNOMED CT and in the retired SRT notation.
REGION_OF_CODE = {
    "122494005": "cervical",
    "T-11501": "cervical",
    "122495006": "thoracic",
    "T-11502": "thoracic",
    "122496007": "lumbar",
    "T-11503": "lumbar",
}
ENHANCEMENT_WORDS = frozenset({"DL", "AI", "DENOISED", "ENHANCED", "DEEP", "LEARNING"})
SPLIT = re.compile(r"[^A-Z0-9]+")


def tokens(phrase: str) -> tuple[str, ...]:
    """Return the upper-case runs of letters and digits of a text."""
    return tuple(token for token in SPLIT.split(phrase.upper()) if token)


def clean_words(descriptor: str, *, forbidden: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the known words of a descriptor in order, without those that also belong to the person.

    `forbidden` holds the words of the patient's name and identifiers: a Mrs Cube keeps her name to herself.
    Regions and weightings pass even then, for a study cannot do without them. "C SPINE" and "L-SPINE" become
    one word.
    """
    joined = re.sub(r"\b([CTL])[\s_-]*(SP|SPINE)\b", r" \1SPINE ", descriptor.upper().replace("_", " "))
    return tuple(word for word in tokens(joined) if word in WORDS - (forbidden - INDISPENSABLE))


def region_of(words: tuple[str, ...]) -> str | None:
    """Return the one spine region that the words name; None for none or for several."""
    regions = {REGION_OF_WORD[word] for word in words if word in REGION_OF_WORD}
    return regions.pop() if len(regions) == 1 else None


def sequence_of(words: tuple[str, ...]) -> str | None:
    """Return the one weighting that the words name; STIR and FLAIR win over the T1 or T2 beside them."""
    named = {SEQUENCE_OF_WORD[word] for word in words if word in SEQUENCE_OF_WORD}
    special = named & {"STIR", "FLAIR", "DWI"} or named
    return special.pop() if len(special) == 1 else None


def coded_region(dataset: Dataset) -> str | None:
    """Return the spine region of the anatomic region code, of the object or of its first frames."""
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    anatomy = [item for group in shared for item in items(group, "FrameAnatomySequence")]
    codes = [code for holder in (dataset, *anatomy) for code in items(holder, "AnatomicRegionSequence")]
    return next((REGION_OF_CODE[v] for code in codes if (v := text(code, "CodeValue")) in REGION_OF_CODE), None)
