"""Preferences: what each cell says first, and behind it effect sizes, equivalence, models and sensitivity."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.core.families import family_of, is_own, primary_features
from analysis.core.plan import AS_PUBLISHED, PRIMARY_METHOD, setting
from analysis.core.section_tables import sensitivity
from analysis.core.section_tables.by_cell import by_comparison, estimate, with_interval
from analysis.core.section_tables.table import Cell, PrintedTable, p_cell, within
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, counted, format_p, interval, notes, per_cent, plain

FIRST_NAMED = "Win: the first-named arm was preferred; positive means favour it."


def tables(view: View) -> Iterator[PrintedTable]:
    yield _preferences(view)
    yield _effect_sizes(view)
    yield sensitivity.other_tests(view)
    yield _equivalence(view)
    yield sensitivity.random_readers(view)
    if _is_told(view, "without_reader"):
        yield sensitivity.without_reader(view)
    yield _ordinal(view)
    if _is_told(view, "missing_sensitivity"):
        yield sensitivity.missing_scores(view)


def _is_told(view: View, key: str) -> bool:
    return any(key in cell for name in view.comparisons for _, cell in view.cells(name))


def _preferences(view: View) -> PrintedTable:
    multiplicity = view.results["multiplicity"]

    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[Cell | str | int]:
        name, family = f"{comparison}/{feature}", family_of(view.plan, comparison, feature)
        primary = multiplicity[PRIMARY_METHOD]
        mean = cell["mean_cluster"] or {}
        return (
            *(_share(within(cell, "effects", outcome)) for outcome in ("win", "tie", "loss")),
            estimate(mean.get("mean"), mean.get("ci_cr2")),
            format_p(primary["p"][name]),
            p_cell(primary[family.key][name], view.alpha),
            format_p(multiplicity[AS_PUBLISHED]["p"][name]),
            cell["n_obs"],
            "; ".join(part for part in (_missing(cell), notes(cell["status"], cell["flags"])) if part),
        )

    return PrintedTable(
        name="preferences",
        title="Preferences, feature by feature",
        caption="Wins, ties and losses, mean preference and P of each comparison and feature, all readers",
        columns=("Feature", "Win %", "Tie %", "Loss %", "Mean (95 % CI)", "P, primary", "P, adjusted",
                 "P, as published", "n", "Notes"),
        groups=by_comparison(view, line),
        notes=(
            f"{FIRST_NAMED} Shares with 95 % intervals (Wilson at the effective sample size). Mean in points of the "
            "scale, 0 = no difference, with 95 % CI robust to readings of one patient being alike (CR2, "
            "Satterthwaite).",
            f"P, primary: exact sign flip by patient, two-sided, readers fixed. P, adjusted: {_adjustment(view)}; bold "
            f"below {view.alpha:g}.",
            "P, as published: Wilcoxon signed rank over all readings as if they were independent, which they are not: "
            "for comparison with the paper, not for inference. A P above the level is no evidence of equivalence.",
            f"n: scored readings of {counted(view.at('meta', 'n_patients'), 'patient')}, "
            f"{counted(view.at('meta', 'n_image_sets'), 'image set')}, {counted(len(view.readers), 'reader')}.",
        ),
    )  # fmt: skip


def _missing(cell: Mapping[str, Any]) -> str:
    return f"{cell['n_missing']} missing" if cell["n_missing"] else ""


def _adjustment(view: View) -> str:
    """The families in words, as the plan declares them."""
    comparisons, features = view.comparisons, list(view.features)
    everything = f"Holm over all {len(features) * len(comparisons)} cells"
    primary = view.plan["primary_comparison"]
    family = family_of(view.plan, primary, primary_features(view.plan)[0])
    if family.key == "holm_all":
        return everything
    title, own = comparisons[primary], [view.features[name] for name in primary_features(view.plan)]
    which = f"the {family.size} features of {title}"
    if is_own(view.plan):
        named = ", then ".join(own) if family.rule != "Holm" else ", ".join(own)
        which = f"{named} of {title}"
    rule = "fixed sequence of" if family.rule != "Holm" else "Holm over"
    told = f"{rule} {which} (the primary family)"
    if family.size == len(features) * len(comparisons):
        return told
    return f"{told}, and {everything.removeprefix('Holm ') if family.rule == 'Holm' else everything} for the others"


def _share(share: Mapping[str, Any] | None) -> str:
    if not share:
        return NOTHING
    return with_interval(per_cent(share["p"]), share["wilson_deff"], 100, 1)


def _effect_sizes(view: View) -> PrintedTable:
    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        effects = cell["effects"] or {}
        drawn = view.at("bootstrap", f"{comparison}/{feature}") or {}
        by_draws = {name: drawn.get(f"{name}_ci") for name in ("win_odds", "rank_biserial", "hodges_lehmann")}
        return (
            *(estimate(within(effects, name, "est"), within(effects, name, "ci")) for name in
              ("net_benefit", "win_prob")),
            *(estimate(effects.get(name), by_draws[name]) for name in by_draws),
            plain(effects.get("win_ratio"), 2),
            plain(effects.get("median"), 1),
            plain(effects.get("cohen_dz"), 2),
            plain(within(cell, "mean_cluster", "deff_cr2"), 2),
            str(cell["n_obs"]),
        )  # fmt: skip

    replicates = setting(view.plan, "bootstrap")
    return PrintedTable(
        name="effect_sizes",
        title="Effect sizes",
        caption="Other measures of the same preferences, with 95 % intervals",
        columns=("Feature", "Net benefit", "Win probability", "Win odds", "Rank-biserial", "Hodges-Lehmann",
                 "Win ratio", "Median", "dz", "Design effect", "n"),
        groups=by_comparison(view, line),
        notes=(
            "Net benefit: share of wins less share of losses; win probability: wins and half of the ties (both CR2, by "
            "patient). Win odds, matched-pairs rank-biserial and Hodges-Lehmann: percentile bootstrap of whole patients"
            f"{f', {replicates} replicates' if replicates else ''}.",
            "Hodges-Lehmann and median in points. With many ties they are 0 and say little. dz: mean over SD. Design "
            "effect: variance of the mean against that of independent readings. n: scored readings.",
        ),
        folded=True,
    )  # fmt: skip


def _equivalence(view: View) -> PrintedTable:
    margins = _margins(view)

    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        tests = [cell.get(name) or {} for name in margins]
        cells = [
            text
            for test in tests
            for text in (
                format_p(test.get("noninferior_p", test.get("p_lower"))), format_p(test.get("p_tost")),
                interval(test.get("ci90"), 2), test.get("verdict") or NOTHING,
            )
        ]  # fmt: skip
        return (str(cell["n_obs"]), cell["verdict"] or NOTHING, *cells)

    names = [
        f"{_margin_name(view, name)}: {what}"
        for name in margins
        for what in ("P, non-inferior", "P, equivalent", "90 % CI", "verdict")
    ]
    planned = setting(view.plan, "ni_margin")
    margin = f"The plan's margin is {planned:g} points." if planned else "The plan sets no margin: all are exploratory."
    return PrintedTable(
        name="equivalence",
        title="Non-inferiority and equivalence",
        caption="Whether the first-named arm is not worse, or neither worse nor better, by more than a margin",
        columns=("Feature", "n", "Without a margin", *names),
        groups=by_comparison(view, line),
        notes=(
            f"{margin} Non-inferiority: one-sided t (CR2, by patient) against minus the margin; equivalence: two "
            "one-sided tests, to be read with the 90 % CI. Margins and intervals of the mean in points. A difference "
            "that was not detected is not evidence of equivalence. n: scored readings.",
        ),
        folded=True,
    )


def _margins(view: View) -> list[str]:
    found = {name for comparison in view.comparisons for _, cell in view.cells(comparison) for name in cell
             if name.startswith("tost_")}  # fmt: skip
    return sorted(found, key=lambda name: (name == "tost_net_benefit", name))


def _margin_name(view: View, name: str) -> str:
    if name == "tost_net_benefit":
        return f"net benefit {setting(view.plan, 'net_benefit_margin')}"
    return f"± {name.removeprefix('tost_')}"


def _ordinal(view: View) -> PrintedTable:
    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        model = view.at("models", f"{comparison}/{feature}") or {}
        clm = model.get("clm") or {}
        return (
            estimate(clm.get("cum_odds_ratio"), clm.get("cum_odds_ratio_ci")),
            format_p(clm.get("p_cluster")),
            str(clm.get("n", NOTHING)),
            format_p(within(model, "position_bias_lrt", "p")),
            model.get("reason") or "",
        )

    return PrintedTable(
        name="ordinal_models",
        title="Ordinal models",
        caption="Cumulative odds ratio of the raw scores: above 1 the first-named arm is preferred",
        columns=("Feature", "Odds ratio (95 % CI)", "P", "n", "P of no bias to a side", "Not fitted"),
        groups=by_comparison(view, line),
        notes=(
            "Cumulative-link model of paired comparisons (Agresti 1992), standard errors by patient (CR1S). P of no "
            "bias to a side: likelihood ratio. n: scored readings. The mixed model is in the download, for R.",
        ),
        folded=True,
    )
