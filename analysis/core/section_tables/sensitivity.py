"""Whether a preference hangs on the test, on the readers, on one of them, or on scores that are missing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from analysis.core.plan import MIRRORED, setting
from analysis.core.section_tables.by_cell import by_comparison, estimate
from analysis.core.section_tables.table import Band, PrintedTable, within
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, counted, format_p, plain

TESTS = {
    "cluster_flip_exact": "Primary: sign flip by patient, exact",
    "rgl_z": "The same, large sample (Rosner-Glynn-Lee)",
    "datta_satten": "Datta-Satten",
    "cr2_t": "t of the mean (CR2)",
    "patient_mean_signed_rank": "Signed rank of patient means",
    "random_reader": "Random readers and patients",
    "pooled_signed_rank_nocc": "Pooled signed rank, as published",
    "pooled_signed_rank_exact": "Pooled signed rank, exact",
    "pratt_exact": "Pooled, Pratt, exact",
    "sign_test": "Sign test",
    MIRRORED: "Mirrored rank sum (invalid)",
}
ONLY_IF_PLANNED = {
    MIRRORED: "Mirrored rank sum: invalid as a test, it counts every score twice and rejects a true null in about 17 % "
    "of studies at 5 %. Shown because the plan asks for it.",
}
FEW_READERS = 6
IF_MISSING = {"as_tie": "all ties", "all_loss": "all losses", "all_win": "all wins"}


def other_tests(view: View) -> PrintedTable:
    chosen = setting(view.plan, "sensitivity")
    shown = {test: label for test, label in TESTS.items() if test in chosen or test not in ONLY_IF_PLANNED}

    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        return [*(format_p((cell["sensitivity"] or {}).get(test)) for test in shown), str(cell["n_obs"])]

    planned = "; ".join(TESTS[name] for name in chosen if name in TESTS)
    return PrintedTable(
        name="sensitivity",
        title="Other tests of the same hypothesis",
        caption="Unadjusted two-sided P of each test",
        columns=("Feature", *shown.values(), "n"),
        groups=by_comparison(view, line),
        notes=(
            "The pooled tests and the sign test take readings as independent and reject too often where readings of "
            "one patient are alike. Datta-Satten lets every patient weigh the same. The primary test alone decides.",
            "Where sides were drawn anew for each reader and pair, the pooled exact test is also a randomisation test: "
            "valid for the claim that the side of an arm never changed an answer, of these readers and cases only.",
            *(ONLY_IF_PLANNED[test] for test in shown if test in ONLY_IF_PLANNED),
            f"The plan's sensitivity set: {planned or 'none'}. n: scored readings.",
        ),
        folded=True,
    )


def random_readers(view: View) -> PrintedTable:
    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        block = cell["random_reader"] or {}
        found = block.get("reported") or {}
        return (
            estimate(block.get("estimate"), found.get("ci")),
            plain(found.get("df"), 1),
            format_p(found.get("p")),
            str(cell["n_obs"]),
            *(plain(within(block, "reader_means", reader), 2) for reader in view.readers),
        )

    return PrintedTable(
        name="random_readers",
        title="Beyond these readers",
        caption="Mean preference for readers and patients like these (Obuchowski-Rockette, Hillis degrees of freedom)",
        columns=("Feature", "Mean (95 % CI)", "df", "P", "n", *(f"Mean of {reader}" for reader in view.readers)),
        groups=by_comparison(view, line),
        notes=(
            f"{counted(len(view.readers), 'reader')}: {_between_readers(len(view.readers))} The primary test holds "
            "for these readers only; this one generalises. Means in points, 0 = no difference. n: scored readings.",
        ),
        folded=True,
    )


def _between_readers(n: int) -> str:
    if n < 2:
        return "without a second one nothing is known of the variance between them."
    if n < FEW_READERS:
        return "the variance between readers is poorly estimated."
    return "the variance between readers is estimated from them."


def without_reader(view: View) -> PrintedTable:
    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Iterator[str]:
        for reader in view.readers:
            own = within(cell, "without_reader", reader) or {}
            yield estimate(own.get("mean"), own.get("ci_cr2"))
            yield format_p(own.get("p_exact_flip"))
            yield str(own.get("n", NOTHING))

    return PrintedTable(
        name="without_reader",
        title="Without one reader",
        caption="Mean preference and primary P by the other readers, for each reader who is left out",
        columns=("Feature", *(("Mean (95 % CI)", "P", "n") * len(view.readers))),
        bands=(Band("", 1), *(Band(f"Without {reader}", 3) for reader in view.readers)),
        groups=by_comparison(view, line),
        notes=(
            "Sensitivity only: nobody is left out of any other table. Mean in points, 95 % CI by patient (CR2); P: "
            "exact sign flip by patient, unadjusted. n: scored readings of the others.",
        ),
        folded=True,
    )


def missing_scores(view: View) -> PrintedTable:
    def line(comparison: str, feature: str, cell: Mapping[str, Any]) -> Sequence[str]:
        bounds = cell.get("missing_sensitivity") or {}
        cells = [
            text
            for name in IF_MISSING
            for text in (plain(within(bounds, name, "mean_dev_from3"), 2),
                         format_p(within(bounds, name, "p_exact_flip")))
        ]  # fmt: skip
        reasons = cell["missing_by_reason"]
        why = ", ".join(f"{reason.replace('_', ' ')} {n}" for reason, n in sorted(reasons.items()))
        return (str(cell["n_missing"]), why or NOTHING, *cells)

    names = [f"{words}: {what}" for words in IF_MISSING.values() for what in ("mean", "P, primary")]
    return PrintedTable(
        name="missing_scores",
        title="If the missing scores had been given",
        caption="Mean preference and primary P with every missing score as a tie, as a full loss, as a full win",
        columns=("Feature", "Missing", "Why", *names),
        groups=by_comparison(view, line),
        notes=("Nothing is imputed in the primary analysis: these are bounds.",),
        folded=True,
    )
