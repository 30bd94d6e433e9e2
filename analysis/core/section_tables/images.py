"""Image metrics: contrasts of two arms, single series, registration, the test of L1, and readers' preference."""

from collections.abc import Iterator, Sequence
from typing import Any

from analysis.core.metric_names import KINDS, MetricName, metric_arm, parse_metric
from analysis.core.section_tables.table import PrintedTable, group
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, format_p, interval, mean_sd, plain

REGISTERED = ("ssim_registered", "l1_registered", "shift_mm", "rotation_deg", "residual_mm", "overlap")
NO_PROOF = "Similarity of a denoised image to its source does not prove that nothing was invented."


def tables(view: View) -> Iterator[PrintedTable]:
    measured = [parse_metric(name) for name in view.results["image_metrics"]["n_measured"]]
    yield from _metrics(
        view,
        [metric for metric in measured if metric.places_two and metric.kind not in REGISTERED],
        name="image_contrasts",
        title="Two arms of one image set",
        caption="Every measure between two series, mean ± SD over image sets",
        note="The first arm named is the reference, whose range is L. In brackets: image sets. Series on other grids "
        f"are not compared, and nothing is resampled. {NO_PROOF}",
    )
    yield from _l1(view)
    yield from _metrics(
        view,
        [metric for metric in measured if not metric.places_two],
        name="image_single",
        title="Single series",
        caption="Noise and sharpness of each arm, mean ± SD over image sets",
        note="Noise: finest noise in the foreground (Immerkær). Edge width: blur of strong edges as a Gaussian sigma. "
        "In brackets: image sets.",
    )
    yield from _metrics(
        view,
        [metric for metric in measured if metric.kind in REGISTERED],
        name="image_registered",
        title="After registration",
        caption="Separate acquisitions after a rigid movement in the plane, mean ± SD over image sets",
        note="Registered values are smoothed by the interpolation and never replace the others. Residual: by phase "
        "correlation on the registered slices. In brackets: image sets.",
    )
    yield from _preference(view)


def _metrics(
    view: View, metrics: Sequence[MetricName], *, name: str, title: str, caption: str, note: str
) -> Iterator[PrintedTable]:
    """A row a measure, a column a contrast or arm; none where nothing was measured."""
    columns = sorted({metric.arms for metric in metrics}, key=lambda arms: [_place(view, arm) for arm in arms])
    known = {(metric.kind, metric.arms): metric for metric in metrics}
    rows = [
        (one.label, *(_spread(view, known.get((kind, arms))) for arms in columns))
        for kind, one in KINDS.items()
        if any((kind, arms) in known for arms in columns)
    ]
    if rows:
        heads = tuple(" vs ".join(_arm(view, arm) for arm in arms) for arms in columns)
        yield PrintedTable(
            name=name, title=title, caption=caption, columns=("Measure", *heads), groups=(group("", rows),),
            notes=(note,),
        )  # fmt: skip


def _names(view: View) -> dict[str, str]:
    """soc -> SOC, fastdl -> FAST-DL, in the order of the protocol."""
    return {metric_arm(name): name for name in view.arm_names.values()}


def _arm(view: View, arm: str) -> str:
    return _names(view).get(arm, arm.upper())


def _place(view: View, arm: str) -> tuple[int, str]:
    order = list(_names(view))
    return (order.index(arm) if arm in order else len(order), arm)


def _spread(view: View, metric: MetricName | None) -> str:
    summary = view.results["image_metrics"]
    if metric is None or not summary["n_measured"][str(metric)]:
        return NOTHING
    mean, sd = summary[str(metric)]
    return f"{mean_sd(mean, sd, metric.decimals)} ({summary['n_measured'][str(metric)]})"


def _l1(view: View) -> Iterator[PrintedTable]:
    summary: dict[str, Any] = view.results["image_metrics"]
    if "p_R_default_cc" not in summary:
        return
    mean = summary["cluster_mean"]
    row = (
        plain(summary["mean_diff"], 2), interval(mean["ci_cr2"], 2), plain(summary["rank_biserial"], 2),
        str(mean["n"]), str(mean["n_clusters"]), format_p(summary["p_R_default_cc"]), format_p(summary["p_exact"]),
        format_p(summary["cluster"]["p_exact_flip"]),
    )  # fmt: skip
    yield PrintedTable(
        name="image_l1_test",
        title="Is the enhanced fast series nearer to the standard?",
        caption="L1 between SOC and FAST less L1 between SOC and FAST-DL, one difference an image set",
        columns=("Mean difference", "95 % CI, by patient", "Rank-biserial", "Image sets", "Patients", "P, as published",
                 "P, exact", "P, by patient"),
        groups=(group("", [row]),),
        notes=(
            "Stored units; positive: the enhanced series is nearer. As published: signed rank, normal, continuity "
            "corrected. By patient: exact sign flip. A small P says nothing about the size of a difference.",
        ),
    )  # fmt: skip


def _preference(view: View) -> Iterator[PrintedTable]:
    found = view.at("metric_preference") or {}

    def rows(comparison: str) -> Iterator[tuple[str, ...]]:
        by_metric = found.get(comparison) or {}
        order = list(KINDS)
        for name in sorted(filter(_is_quality, by_metric), key=lambda name: order.index(_kind(name))):
            by_feature = by_metric[name]["features"]
            how = "difference" if by_metric[name]["of"] == "difference" else "between the two"
            rhos = [by_feature.get(feature) or {} for feature in view.features]
            n = sorted({one["n"] for one in rhos if "n" in one})
            told = f"{n[0]} to {n[-1]}" if len(n) > 1 else str(n[0]) if n else NOTHING
            yield (f"{KINDS[_kind(name)].label}, {how}", told, *(plain(one.get("rho"), 2) for one in rhos))

    groups = tuple(group(title, rows(name)) for name, title in view.comparisons.items())
    if any(one.rows for one in groups):
        yield PrintedTable(
            name="metric_preference",
            title="Do the measures go with what readers prefer?",
            caption="Spearman's ρ of each measure with the readers' mean preference, one value an image set",
            columns=("Measure", "n", *view.features.values()),
            groups=groups,
            notes=(
                "A measure of single series enters as first-named arm less the other. Image sets of one patient count "
                "as independent: describe with it, do not test with it. n: image sets. Intervals are in results.json.",
            ),
            folded=True,
        )


def _is_quality(name: str) -> bool:
    """A data range, a shift or an overlap says nothing of how good a series is."""
    return KINDS[_kind(name)].better != 0


def _kind(name: str) -> str:
    """`noise` as it is; the kind of ssim_soc_socdl."""
    return name if name in KINDS else parse_metric(name).kind
