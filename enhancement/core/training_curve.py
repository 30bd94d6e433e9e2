"""The course of a training as a plot: loss, gain on held-back subjects, and the error of the noise estimate."""

import io
from collections.abc import Sequence

from enhancement.core.training import LogRow

CURVE_FORMATS = ("png", "svg")


def draw_curve(log: Sequence[LogRow], picture_format: str) -> bytes:
    """ "png" or "svg"; the same log gives the same bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    steps = [row.step for row in log]
    with matplotlib.rc_context({"svg.hashsalt": "training", "font.size": 9}):
        figure = Figure(figsize=(9, 3), layout="constrained")
        parts = (
            ("loss (training)", [row.loss for row in log]),
            ("gain over FAST, dB (held back)", [row.validation_gain_db for row in log]),
            ("error of log noise level (held back)", [row.validation_log_sigma_error for row in log]),
        )
        for axis, (label, values) in zip(figure.subplots(1, len(parts)), parts, strict=True):
            axis.plot(steps, values, marker="." if len(steps) < 40 else None, color="0.2")
            axis.set_xlabel("step")
            axis.set_title(label, fontsize=9)
        buffer = io.BytesIO()
        metadata = {"Date": None} if picture_format == "svg" else {}
        figure.savefig(buffer, format=picture_format, dpi=120, metadata=metadata)
    return buffer.getvalue()
