"""What was measured on the images beside what readers preferred."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.metric_names import KINDS, metric_arm, parse_metric
from analysis.core.report.document import Block, Paragraph, table
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import plain

NOT_MEASURED = "No image metrics were measured."


def image_blocks(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Iterator[Block]:
    """Spearman's ρ of each metric with the mean preference; the metrics themselves are in Table 4."""
    if not results["image_metrics"]:
        yield Paragraph(NOT_MEASURED)
        return
    plan = results["meta"]["plan"]
    names, features = comparison_names(plan, arm_names), feature_names(plan)
    caption = (
        "Spearman's ρ of each metric with the readers' mean preference, one value an image set; a metric of single "
        "series as "
        "first-named arm less the other. Descriptive: it takes image sets as independent."
    )
    for comparison, name in names.items():
        metrics = (results["metric_preference"] or {}).get(comparison) or {}
        rows = [
            {"Metric": _metric(metric, arm_names)}
            | {
                label: plain((block["features"].get(feature) or {}).get("rho"), 2)
                for feature, label in features.items()
            }
            for metric, block in metrics.items()
        ]
        if rows:
            yield table(f"Metrics and preferences: {name}", caption, rows)
    yield Paragraph("Similarity of a denoised image to its source does not prove that nothing was invented.", "hint")


def _metric(name: str, arm_names: Mapping[str, str]) -> str:
    """A metric of single series has no arms in its name: it is the difference of the comparison's two."""
    if name in KINDS:
        return f"{KINDS[name].label}, difference"
    metric = parse_metric(name)
    written = {metric_arm(arm): shown for arm, shown in arm_names.items()}
    return f"{metric.label}, {' vs '.join(written.get(arm, arm.upper()) for arm in metric.arms)}"
