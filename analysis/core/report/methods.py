"""The methods, generated: sentences that hold for this study only, and each test with its exact options."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.bootstrap_agreement import AGREEMENT_REPLICATES
from analysis.core.conduct import bias_interval
from analysis.core.families import is_alone, primary_features
from analysis.core.plan import AS_PUBLISHED, FIXED_SEQUENCE, POST_HOC, PRIMARY_METHOD, setting
from analysis.core.plan_words import choice_value
from analysis.core.report.about import About
from analysis.core.report.document import Block, Paragraph, table
from analysis.core.report.summary import REASONS, missing_reasons
from analysis.core.section_tables.table import PrintedTable
from analysis.core.sections import comparison_names, feature_names
from analysis.core.wording import interval, plain

Results = Mapping[str, Any]

# What each number is, so that anybody can compute it again; sources as in the statistics specification.
TESTS = {
    PRIMARY_METHOD: "Clustered signed-rank statistic (Rosner, Glynn and Lee 2006, unweighted): |d| of the non-zero "
    "readings ranked over all readers, mid-ranks; rank sums by patient; exact distribution over all changes of sign of "
    "whole patients, by convolution, no Monte Carlo.",
    AS_PUBLISHED: "One-sample Wilcoxon signed-rank test of all readings, zeros dropped, normal approximation with tie "
    "correction, no continuity correction. Takes readings as independent.",
    "pooled_signed_rank_exact": "The same statistic with its exact conditional distribution given the mid-ranks. Takes "
    "readings as independent.",
    "pratt_exact": "Signed-rank test that ranks zeros and then drops them (Pratt 1959), exact conditional "
    "distribution. "
    "Takes readings as independent.",
    "datta_satten": "Datta and Satten 2008: signed-rank test for clusters of informative size, each patient weighs "
    "the same, "
    "zeros kept, normal approximation.",
    "patient_mean_signed_rank": "Wilcoxon signed-rank test of the patients' means (rounded to 10 decimals), zeros "
    "dropped, "
    "normal approximation with tie correction, no continuity correction.",
    "cr2_t": "t test of the mean with the cluster-robust variance CR2 (Bell and McCaffrey 2002) and Satterthwaite's "
    "degrees "
    "of freedom, clusters are patients.",
    "random_reader": "Obuchowski and Rockette's variance from the jackknife over patients with Hillis' degrees of "
    "freedom, "
    "readers and patients random; CR2 where that variance is larger.",
    "rgl_z": "The primary statistic with its normal approximation (Rosner, Glynn and Lee 2006).",
    "mirrored_rank_sum": "Mann-Whitney test of the scores against the same scores mirrored, normal approximation with "
    "tie correction, no continuity correction: “Wilcoxon rank sum” read literally. Invalid: every score counts twice, "
    "so that a true null is rejected in about 17 % of studies at 5 %. For comparison only.",
    "sign_test": "Exact binomial test of wins against losses. Takes readings as independent.",
}


def methods_blocks(results: Results, about: About) -> Iterator[Block]:
    """What was shown and planned, how it was analysed, on which data and with what."""
    yield Paragraph(" ".join([*_reading(results, about), *_plan(results, about)]))
    yield Paragraph(" ".join([*_effects(results), *_inference(results), *_agreement(results)]))
    yield Paragraph(" ".join([_missing(results), *_position(results), f"Computed with {software(results, about)}."]))
    yield tests_table(results)


def _reading(results: Results, about: About) -> Iterator[str]:
    readers = results["meta"]["readers"]
    who = f"{len(readers)} reader{'' if len(readers) == 1 else 's'}"
    yield f"Paired images were shown side by side to {who}."
    if about.randomisation:
        yield about.randomisation
    repeats = results["intra_reader"]
    if repeats and repeats.get("all"):
        yield (
            "Some presentations were hidden repeats, their sides drawn afresh; they enter the agreement within "
            "readers only."
        )
    plan = results["meta"]["plan"]
    names = ", ".join(comparison_names(plan, about.arm_names).values())
    middle = (plan["scale_points"] + 1) // 2
    yield (
        f"Preferences on a {plan['scale_points']}-point scale were re-oriented so that values above {middle} favour "
        "the "
        f"first-named arm of each comparison ({names})."
    )


def _plan(results: Results, about: About) -> Iterator[str]:
    meta = results["meta"]
    plan = meta["plan"]
    sha = f"SHA-256 {meta['plan_sha256'][:8]}"
    if POST_HOC in plan:
        yield (
            f"The analysis follows version {plan[POST_HOC]['version']} of the plan ({sha}), which was made after the "
            "seal: "
            "it is post hoc."
        )
    else:
        yield f"The analysis follows the plan ({sha})."
    if about.plan_fixed:
        yield about.plan_fixed
    yield (
        f"Scores have the SHA-256 {meta['sha256'][:8]}, the allocation {meta['allocation_sha256'][:8]} (first eight "
        "signs; "
        "in full on the last page)."
    )


def _effects(results: Results) -> Iterator[str]:
    plan = results["meta"]["plan"]
    yield (
        f"For each of {len(plan['features'])} features we report the shares of wins, ties and losses with Wilson "
        "intervals at "
        "the effective sample size, and the mean preference with a 95 % confidence interval robust to clustering by "
        "patient "
        "(CR2, Satterthwaite's degrees of freedom)."
    )
    replicates = bootstrap_replicates(results)
    if replicates:
        yield (
            "Win odds, rank-biserial correlation, median and Hodges-Lehmann estimate have percentile intervals from "
            f"resampling patients with all their readings ({replicates:,} replicates, seed {results['meta']['seed']}; "
            "numpy's default_rng)."
        )


def _inference(results: Results) -> Iterator[str]:
    plan, meta = results["meta"]["plan"], results["meta"]
    names = comparison_names(plan, {})
    alone, chosen = is_alone(plan), setting(plan, "primary_features")
    size = len(primary_features(plan)) if alone else len(plan["features"]) * len(names)
    family = "features of the primary comparison" if alone else "features of all comparisons"
    if chosen:
        labels_of = feature_names(plan)
        family = f"{', '.join(labels_of[name] for name in chosen)}, of the primary comparison"
    yield (
        "The primary test was the exact sign-flip test of the clustered Wilcoxon signed-rank statistic with patients "
        f"({meta['n_patients']}) as clusters (zero differences dropped, mid-ranks), two-sided; its P values were "
        "corrected "
        f"{_rule(plan)} within the family of {size} hypothes{'e' if size > 1 else 'i'}s ({family}) at "
        f"α = {plan['alpha']:g}."
    )
    everything = len(plan["features"]) * len(names)
    if alone and everything > size:
        rest = "features and comparisons" if chosen else "comparisons"
        yield f"P values of the other {rest} were corrected over all {everything} hypotheses; they are secondary."
    margins = {"points": setting(plan, "ni_margin"), "net benefit": setting(plan, "net_benefit_margin")}
    given = [f"{margin:g} ({unit})" for unit, margin in margins.items() if margin is not None]
    if given:
        yield (
            f"Non-inferiority (one-sided 97.5 % limit) and equivalence (two one-sided tests) were judged by the margin "
            f"{' and '.join(given)}."
        )
    else:
        yield "The plan sets no margin, so that nothing is claimed of non-inferiority or equivalence."
    others = [choice_value(name) for name in setting(plan, "sensitivity")]
    if others:
        yield f"Sensitivity analyses: {'; '.join(others)}."


def _rule(plan: Mapping[str, Any]) -> str:
    if plan["multiplicity"] == FIXED_SEQUENCE:
        return "by testing in a fixed sequence, each feature only while all before it were significant,"
    return "by Holm's method"


def _agreement(results: Results) -> Iterator[str]:
    if len(results["meta"]["readers"]) < 2:
        return
    yield (
        "Agreement between readers within features: Light's κ (quadratic weights), Krippendorff's α (ordinal), "
        "Gwet's AC2 "
        "(quadratic weights), ICC(2,1) and the share of identical answers, side by side."
    )
    if bootstrap_replicates(results):
        B = results["bootstrap"].get("T3A_krippendorff_ordinal", {}).get("B", AGREEMENT_REPLICATES)
        yield (
            "κ, α and AC2, within features and pooled over them, have percentile intervals from resampling patients "
            f"({B:,} replicates)."
        )


def bootstrap_replicates(results: Results) -> int:
    """How many replicates the intervals of the effect sizes rest on; 0 for none."""
    found = [block["B"] for name, block in (results["bootstrap"] or {}).items() if "/" in name and "B" in block]
    return max(found, default=0)


def _missing(results: Results) -> str:
    cells = [cell for row in results["cells"].values() for cell in row.values()]
    missing, expected = sum(cell["n_missing"] for cell in cells), sum(cell["n_expected"] for cell in cells)
    if not missing:
        return f"None of {expected:,} scores was missing."
    share = f"{100 * missing / expected:.1f}" if expected else "0"
    why = ", ".join(f"{REASONS.get(name, name)} {n}" for name, n in sorted(missing_reasons(cells).items()))
    return f"{missing:,} of {expected:,} scores ({share} %) were missing ({why}) and were not imputed."


def _position(results: Results) -> Iterator[str]:
    bias = (results["position_bias"] or {}).get("all") or {}
    limits = bias_interval(bias)
    if limits:
        yield (
            f"Position bias was {plain(bias['bias_points'], 3)} points (95 % CI {interval(limits, 3)}; positive: the "
            "right side favoured)."
        )


def software(results: Results, about: About) -> str:
    """'Reader study 0.1.0, Python 3.11.7, numpy 2.4.6, …'."""
    meta = results["meta"]
    used = [about.program] if about.program else []
    used += [f"Python {meta['python']}", *(f"{name} {version}" for name, version in meta["packages"].items())]
    measured = f"; images were measured with {'; '.join(about.measured_with)}" if about.measured_with else ""
    return ", ".join(used) + measured


def tests_table(results: Results) -> PrintedTable:
    """Only those that the plan names."""
    plan = results["meta"]["plan"]
    names = dict.fromkeys([PRIMARY_METHOD, AS_PUBLISHED, *setting(plan, "sensitivity")])
    roles = {PRIMARY_METHOD: "primary", AS_PUBLISHED: "as published"}
    rows = [
        {"Test": _upper_first(choice_value(name)), "Role": roles.get(name, "sensitivity"), "What it is": TESTS[name]}
        for name in names
    ]
    return table("tests", "Tests and their options", "All P values are two-sided.", rows)


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
