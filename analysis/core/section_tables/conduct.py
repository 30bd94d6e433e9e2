"""How the reading went, reader by reader: sides, drift, time, straight-lining. Nobody is excluded for it."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.conduct import bias_interval
from analysis.core.section_tables.table import PrintedTable, group
from analysis.core.section_tables.view import View
from analysis.core.wording import NOTHING, format_p, interval, per_cent, plain

DRIFTS = ("abs_preference", "log_duration", "raw_mean")
FLAG = "flagged"


def tables(view: View) -> Iterator[PrintedTable]:
    yield _position_bias(view)
    yield _drift(view)
    yield _time(view)
    yield _straight_lining(view)
    yield _balance(view)


def _flagged(block: Mapping[str, Any]) -> str:
    return FLAG if block.get("flag") else ""


def _rows(view: View, key: str, *, pooled: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each reader's block, an empty one where nothing was computed; all readers together first where there is one."""
    blocks = view.at(key) or {}
    if pooled:
        yield "All readers", blocks.get("all") or {}
    for reader in view.readers:
        yield reader, blocks.get(reader) or {}


def _position_bias(view: View) -> PrintedTable:
    rows = (
        (
            name, str(own.get("n", NOTHING)), plain(own.get("bias_points"), 3),
            interval(bias_interval(own), 3), format_p(own.get("p_cr1s")), str(own.get("n_left_preferred", NOTHING)),
            str(own.get("n_right_preferred", NOTHING)), format_p(own.get("p_binom")), _flagged(own),
        )
        for name, own in _rows(view, "position_bias", pooled=True)
    )  # fmt: skip
    return PrintedTable(
        name="position_bias_by_reader",
        title="Position bias",
        caption="Preference for a side, whatever arm stood there",
        columns=("Reader", "Presentations", "Bias, points", "95 % CI", "P", "Left preferred", "Right preferred",
                 "P, left = right", ""),
        groups=(group("", rows),),
        notes=(
            "Bias: intercept of the mean score on the side of the first-named arm, positive for the right; CI and "
            "P by patient (CR1S, t). Flagged below P 0.01 and at 0.10 points or more. Left and right: presentations, "
            "binomial P.",
        ),
    )  # fmt: skip


def _drift(view: View) -> PrintedTable:
    def cells(own: Mapping[str, Any]) -> Iterator[str]:
        for name in DRIFTS:
            found = own.get(name) or {}
            yield plain(found.get("tau"), 3)
            yield format_p(found.get("p"))

    columns = (f"{what}: {number}" for what in ("preference", "time", "side") for number in ("τ", "P"))
    return PrintedTable(
        name="drift_by_reader",
        title="Drift",
        caption="Kendall's τ of the order of reading with strength of preference, time taken, and side",
        columns=("Reader", *columns, ""),
        groups=(group("", ((name, *cells(own), _flagged(own)) for name, own in _rows(view, "drift"))),),
        notes=("τ-b, asymptotic P. Flagged at |τ| of 0.2 or more and P below 0.01: fatigue or learning.",),
    )


def _time(view: View) -> PrintedTable:
    rows = (
        (
            name, str(own.get("n", NOTHING)), plain(own.get("median_s"), 1),
            f"{plain(own.get('q1'), 1)} to {plain(own.get('q3'), 1)}" if own.get("n") else NOTHING,
            str(own.get("n_fast_3s", NOTHING)), str(own.get("n_outlier_3.5", NOTHING)), _flagged(own),
        )
        for name, own in _rows(view, "time")
    )  # fmt: skip
    return PrintedTable(
        name="time_by_reader",
        title="Time",
        caption="Active seconds a pair",
        columns=("Reader", "Presentations", "Median (s)", "Quartiles (s)", "Under 3 s", "Unusual", ""),
        groups=(group("", rows),),
        notes=(
            "Long pauses are clipped. Unusual: more than 3.5 robust standard deviations of the logarithm from the "
            "median. Flagged: a median below a third of the other readers'.",
        ),
    )


def _straight_lining(view: View) -> PrintedTable:
    rows = (
        (
            name, str(own.get("n_presentations", NOTHING)), per_cent(own.get("prop_same")),
            per_cent(own.get("prop_same_non3")), per_cent(own.get("prop_mid")), per_cent(own.get("modal_prop")),
            plain(own.get("entropy_norm"), 2), str(own.get("longest_identical_run", NOTHING)),
            str(own.get("longest_identical_run_non3", NOTHING)), _flagged(own),
        )
        for name, own in _rows(view, "straight_lining")
    )  # fmt: skip
    return PrintedTable(
        name="straight_lining_by_reader",
        title="Straight-lining",
        caption="How often one score was given to everything, and how long the same answers ran",
        columns=("Reader", "Presentations", "% all features alike", "% alike, not “no difference”", "% “no difference”",
                 "% most frequent score", "Entropy", "Longest run", "Longest run, not “no difference”", ""),
        groups=(group("", rows),),
        notes=(
            "“No difference” throughout can be right. Flagged: more than 5 % alike and not “no difference”, 25 % above "
            "every other reader, or a run of 10. Entropy: 0 one score only, 1 all equally often.",
        ),
    )  # fmt: skip


def _balance(view: View) -> PrintedTable:
    balance = view.at("allocation_balance") or {}
    groups = (
        group(
            title,
            (
                (reader, str(at["n"]), str(at["a_left"]), format_p(at["p_binom"]))
                for reader in view.readers
                if (at := balance.get(f"{reader}/{comparison}"))
            ),
        )
        for comparison, title in view.comparisons.items()
    )
    return PrintedTable(
        name="allocation_balance",
        title="Balance of the sides",
        caption="How often the first-named arm stood on the left",
        columns=("Reader", "Presentations", "First-named arm left", "P of an even chance"),
        groups=tuple(groups),
        notes=("Of first readings with scores, binomial P: the allocation is balanced, what was read may not be.",),
        folded=True,
    )
