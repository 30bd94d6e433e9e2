"""One scale of worth for all arms, and whether the comparisons agree with it."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.report.document import Block, Paragraph, table
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import format_p, plain


def transitivity_blocks(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Iterator[Block]:
    plan = results["meta"]["plan"]
    comparisons = comparison_names(plan, arm_names)
    arms = list(dict.fromkeys(arm for item in plan["comparisons"] for arm in (item["arm_a"], item["arm_b"])))
    rows = []
    for feature, label in feature_names(plan).items():
        model = (results["models"] or {}).get(f"worth/{feature}") or {}
        if model.get("worth") and model.get("free"):
            test = model.get("transitivity_lrt") or {}
            rows.append(
                {"Feature": label}
                | {f"Worth, {arm_names.get(arm, arm)}": plain(model["worth"].get(arm), 2) for arm in arms}
                | {name: plain(model["free"].get(comparison), 2) for comparison, name in comparisons.items()}
                | {"LR": plain(test.get("lr"), 2), "df": test.get("df", ""), "P": format_p(test.get("p"))}
            )
    if not rows:
        yield Paragraph("No model over all arms could be fitted.")
        return
    caption = (
        "Cumulative-link paired-comparison model (logit): worth of each arm, and the log odds that each comparison "
        "shows by "
        "itself. LR: likelihood ratio of the free against the transitive model. Descriptive: it is naive to clustering."
    )
    yield table("Worth of the arms", caption, rows)
