"""Agreement: pair by pair with its baseline, all coefficients together, and readers with themselves."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.bootstrap_agreement import WITHIN_FEATURES
from analysis.core.section_tables.table import PrintedTable, group, within
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, interval, per_cent, plain

COEFFICIENTS = ("n", "% all equal", "κ linear", "κ quadratic", "α ordinal", "α interval", "AC1", "AC2 linear",
                "AC2 quadratic", "AC2 ordinal", "ICC(2,1)", "ICC(2,k)", "Kendall's W")  # fmt: skip
TOGETHER = (
    "κ: Light's mean of the weighted κ of all pairs of readers; α: Krippendorff; AC: Gwet; ICC: two-way random, "
    "absolute agreement, complete rows. n: image sets within cells."
)
DISAGREE = (
    "Where most answers are “no difference”, κ, α and ICC are low and AC2 and % are high by construction: none of them "
    "is to be reported alone."
)


def tables(view: View) -> Iterator[PrintedTable]:
    yield _pairs(view)
    yield _together(view)
    if view.at("bootstrap", WITHIN_FEATURES):
        yield _with_intervals(view)
    yield _by_cell(view)
    if view.at("intra_reader"):
        yield _repeats(view)


def _pairs(view: View) -> PrintedTable:
    draws = view.at("bootstrap", "T3A_spearman") or {}
    limits = dict(zip(draws.get("pairs", ()), draws.get("ci", ()), strict=True))

    def row(pair: str) -> tuple[str, ...]:
        block = view.at("agreement", "T3A_pooled", "pairwise", pair) or {}
        rho = block.get("spearman") or {}
        return (
            pair.replace("-", " vs "),
            _with(rho.get("rho"), limits.get(pair) or rho.get("ci_bonett_wright")),
            plain(within(block, "permutation_baseline", "rho"), 3),
            _mean_rho(view, "T3B_mean_over_cells", pair),
            _mean_rho(view, "T3B_mean_over_features", pair),
            plain(view.at("agreement", "T3C_feature_means", pair, "rho"), 3),
            _error(block.get("kappa_linear"), block.get("kappa_linear_se")),
            _error(block.get("kappa_quadratic"), block.get("kappa_quadratic_se")),
            per_cent(block.get("pct_exact")),
            per_cent(block.get("pct_within1")),
        )

    way = f"bootstrap of patients, {draws['B']} replicates" if limits else "Bonett-Wright"
    return PrintedTable(
        name="agreement_pairs",
        title="Reader by reader",
        caption="Spearman's ρ and weighted κ of each two readers, all features and comparisons stacked",
        columns=("Readers", "ρ, as published (95 % CI)", "ρ of permuted cases", "Mean ρ within cells",
                 "Mean ρ within features", "ρ of feature means", "κ linear ± SE", "κ quadratic ± SE", "% equal",
                 "% within one"),
        groups=(group("", map(row, view.reader_pairs)),),
        notes=(
            f"95 % CI: {way}. Permuted cases: mean ρ of 200 permutations of image sets within cells, seed "
            f"{view.at('meta', 'seed')}. What the readers agree about as to cases is what ρ exceeds this baseline by, "
            "and the mean within cells.",
            "In brackets how many of how many are defined: a reader who always gave one score has no ρ. κ by "
            "Fleiss-Cohen-Everitt.",
        ),
    )  # fmt: skip


def _mean_rho(view: View, key: str, pair: str) -> str:
    found = view.at("agreement", key, pair) or {}
    if not found.get("of"):
        return NOTHING
    return f"{plain(found['mean'], 3)} ({found['defined']} of {found['of']})"


def _with(value: float | None, ci: Any, decimals: int = 3) -> str:
    printed = plain(value, decimals)
    limits = interval(ci, decimals)
    return printed if value is None or limits == NOTHING else f"{printed} ({limits})"


def _error(value: float | None, se: float | None) -> str:
    return plain(value, 3) if se is None else f"{plain(value, 3)} ± {plain(se, 3)}"


def coefficients_of(block: Mapping[str, Any] | None) -> tuple[str, ...]:
    """One line of `COEFFICIENTS`."""
    block = block or {}
    return (
        str(block.get("n_units", NOTHING)),
        per_cent(block.get("pct_all_readers_exact")),
        plain(block.get("light_kappa_linear"), 3),
        plain(block.get("light_kappa_quadratic"), 3),
        plain(within(block, "krippendorff_ordinal", "alpha"), 3),
        plain(within(block, "krippendorff_interval", "alpha"), 3),
        plain(within(block, "gwet_ac1", "coef"), 3),
        plain(within(block, "gwet_ac2_linear", "coef"), 3),
        plain(within(block, "gwet_ac2_quadratic", "coef"), 3),
        plain(within(block, "gwet_ac2_ordinal", "coef"), 3),
        plain(within(block, "icc", "icc21"), 3),
        plain(within(block, "icc", "icc2k"), 3),
        plain(within(block, "kendall_w", "W"), 3),
    )


def _together(view: View) -> PrintedTable:
    agreement = view.results["agreement"]
    features = ((label, *coefficients_of(agreement["per_feature"].get(name))) for name, label in view.features.items())
    comparisons = (
        (title, *coefficients_of(agreement["per_comparison"].get(name))) for name, title in view.comparisons.items()
    )
    return PrintedTable(
        name="agreement_coefficients",
        title="All coefficients together",
        caption="Agreement of all readers: stacked, within features, within comparisons",
        columns=("Of", *COEFFICIENTS),
        groups=(
            group("All cells stacked", [("All", *coefficients_of(agreement["T3A_pooled"]))]),
            group("Within features", features),
            group("Within comparisons", comparisons),
        ),
        notes=(DISAGREE, TOGETHER, *_limits(view)),
        heading="Stacked",
    )


def _limits(view: View) -> Iterator[str]:
    """The intervals of the two coefficients of all cells that were drawn again and again."""
    alpha, ac2 = (view.at("bootstrap", f"T3A_{name}", "ci") for name in
                  ("krippendorff_ordinal", "gwet_ac2_quadratic"))  # fmt: skip
    if alpha and ac2:
        yield (
            f"All cells stacked, 95 % CI by bootstrap of patients: α ordinal {interval(alpha, 3)}; AC2 quadratic "
            f"{interval(ac2, 3)}."
        )


def _with_intervals(view: View) -> PrintedTable:
    per_feature, drawn = view.results["agreement"]["per_feature"], view.at("bootstrap", WITHIN_FEATURES)

    def row(feature: str, label: str) -> tuple[str, ...]:
        block, limits = per_feature.get(feature) or {}, drawn.get(feature) or {}
        return (
            label,
            str(block.get("n_units", NOTHING)),
            _with(block.get("light_kappa_quadratic"), limits.get("light_kappa_quadratic_ci")),
            _with(within(block, "krippendorff_ordinal", "alpha"), limits.get("krippendorff_ordinal_ci")),
            _with(within(block, "gwet_ac2_quadratic", "coef"), limits.get("gwet_ac2_quadratic_ci")),
            _with(within(block, "icc", "icc21"), within(block, "icc", "icc21_ci")),
            per_cent(block.get("pct_all_readers_exact")),
        )

    B = next((block["B"] for block in drawn.values() if "B" in block), 0)
    return PrintedTable(
        name="agreement_intervals",
        title="Within features, with intervals",
        caption="Agreement of all readers about one feature, all comparisons, with 95 % CI",
        columns=("Feature", "n", "κ quadratic (95 % CI)", "α ordinal (95 % CI)", "AC2 quadratic (95 % CI)",
                 "ICC(2,1) (95 % CI)", "% all equal"),
        groups=(group("", (row(feature, label) for feature, label in view.features.items())),),
        notes=(
            f"κ, α and AC2: percentile bootstrap of whole patients, {B} replicates; none where more than a fifth of "
            "them have no value. ICC: F distribution (McGraw and Wong 1996), which takes image sets as "
            "independent. n: image sets within comparisons.",
        ),
    )  # fmt: skip


def _by_cell(view: View) -> PrintedTable:
    per_cell = view.results["agreement"]["per_cell"]
    groups = (
        group(
            title,
            (
                (label, *coefficients_of(per_cell.get(f"{comparison}/{feature}")))
                for feature, label in view.features.items()
            ),
        )
        for comparison, title in view.comparisons.items()
    )
    return PrintedTable(
        name="agreement_by_cell",
        title="Cell by cell",
        caption="Agreement of all readers within each comparison and feature",
        columns=("Feature", *COEFFICIENTS),
        groups=tuple(groups),
        notes=(DISAGREE, TOGETHER),
        folded=True,
    )


def _repeats(view: View) -> PrintedTable:
    blocks = view.results["intra_reader"]

    def row(name: str, block: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            "All readers" if name == "all" else name,
            str(block["n"]),
            str(block["n_swapped"]),
            plain(block["kappa_linear"], 3),
            plain(block["kappa_quadratic"], 3),
            plain(within(block, "gwet_ac2_quadratic", "coef"), 3),
            plain(within(block, "icc", "icc21"), 3),
            per_cent(block["pct_exact"]),
            per_cent(block["pct_within1"]),
            plain(block["mean_diff"], 3),
            per_cent(block["reversal"]),
        )

    return PrintedTable(
        name="repeats",
        title="Readers with themselves",
        caption="Pairs that were read twice: second reading against the first",
        columns=("Reader", "Scores", "Sides swapped", "κ linear", "κ quadratic", "AC2 quadratic", "ICC(2,1)", "% equal",
                 "% within one", "Mean change", "% reversed"),
        groups=(group("", (row(name, blocks[name]) for name in ("all", *view.readers) if name in blocks)),),
        notes=("Repeats enter no other table. Reversed: the other arm was preferred the second time.",),
    )  # fmt: skip
