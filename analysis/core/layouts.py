"""The columns of the tables that come from outside, in their order."""

from analysis.core.columns import Column, amount, code, count, flag, key, one_of, score, text

SCALE_POINTS = 5
MISSING_REASONS = ("skipped", "not_assessable", "not_reached", "technical")

# A blinded table has no arms: the allocation alone holds the key.
_ARMS = (Column("left_arm", code, may_be_absent=True), Column("right_arm", code, may_be_absent=True))

ALLOCATION = (
    Column("presentation_id", key),
    Column("reader_id", code),
    Column("image_set_id", code),
    Column("comparison_id", code),
    Column("replicate", count),
    Column("left_arm", code),
    Column("right_arm", code),
)

CONSISTENCY = (
    Column("study_id", text),
    Column("reader_id", code),
    Column("presentation_id", key),
    Column("patient_id", code),
    Column("image_set_id", code),
    Column("comparison_id", code),
    Column("replicate", count, may_be_absent=True),  # the allocation has it too
    *_ARMS,
    Column("item", code),
    Column("flag_left", flag),
    Column("flag_right", flag),
)

GUESSES = (
    Column("study_id", text),
    Column("reader_id", code),
    Column("presentation_id", key),
    Column("replicate", count),
    Column("patient_id", code),
    Column("image_set_id", code),
    Column("comparison_id", code),
    *_ARMS,
    Column("enhanced_side", one_of(("", "left", "right"))),
    Column("guess", one_of(("", "left", "right", "unsure"))),
)


def score_columns(scale_points: int = SCALE_POINTS) -> tuple[Column, ...]:
    """The long table of scores: one row a presentation and feature."""
    return (
        Column("study_id", text),
        Column("reader_id", code),
        Column("presentation_id", key),
        Column("presentation_order", count),
        Column("session", count),
        Column("replicate", count),
        Column("patient_id", code),
        Column("image_set_id", code),
        Column("region", text),
        Column("plane", text),
        Column("sequence", text),
        Column("scanner_id", text),
        Column("vendor", text),
        Column("field_t", amount),
        Column("site_id", text),
        Column("comparison_id", code),
        *_ARMS,
        Column("feature_id", code),
        Column("raw_score", score(scale_points)),
        Column("missing_reason", one_of(("", *MISSING_REASONS))),
        Column("not_assessable_reason", text, may_be_absent=True),
        Column("by_rest", flag, may_be_absent=True),
        Column("duration_s", amount),
    )
