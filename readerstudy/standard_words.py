"""The product's own words in a study's data, as readers see them in their language.

A label that is letter by letter one of ours (the reference protocol's features, scale and findings, a region of the
spine, a plane) is translated where it is shown. Whatever a coordinator typed otherwise is shown as it was typed, and
what is stored, exported and analysed never changes.
"""

from django.utils.translation import pgettext

CONTEXT = "protocol"  # of these words in the catalogue, apart from the same words on buttons
# Why a feature may be left without a score: of the demo study.
REASONS = {"motion": "Motion", "not_shown": "Not in the field of view", "metal": "Metal artifact"}


def standard_words() -> list[str]:
    """All of them, for the catalogue."""
    from readerstudy.core.protocol import REFERENCE_PROTOCOL  # DICOM and arrays, which no page needs for its words
    from readerstudy.core.vocabulary import REGION_OF_WORD
    from readerstudy.core.volume import AXES

    protocol = REFERENCE_PROTOCOL
    labels = [
        *(item.label for item in protocol.features),
        *(choice.label for choice in protocol.scale),
        *(finding.label for finding in protocol.consistency),
        *(finding.category for finding in protocol.consistency),
        *REASONS.values(),
        *(region.capitalize() for region in REGION_OF_WORD.values()),
        *AXES,
    ]
    return list(dict.fromkeys(labels))


def shown(label: str) -> str:
    """A label in the language of the page where it is one of ours; else as it is."""
    return pgettext(CONTEXT, label) if label else ""
