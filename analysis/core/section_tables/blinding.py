"""Which side readers thought was enhanced, where they were asked."""

from collections.abc import Iterator, Mapping
from typing import Any

from analysis.core.blinding_index import SIDES
from analysis.core.section_tables.table import PrintedTable, group
from analysis.core.section_tables.view import View
from analysis.core.sections import comparison_names
from analysis.core.wording import NOTHING, plain

COUNTS = ("correct", "wrong", "unsure")


def groups_of(
    index: Mapping[str, Any], plan: Mapping[str, Any], arm_names: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the indices are of, in words, with its block: all, each comparison, each reader."""
    yield "All readers", index["all"]
    for comparison, title in comparison_names(plan, arm_names).items():
        if comparison in index["by_comparison"]:
            yield title, index["by_comparison"][comparison]
    yield from sorted(index["by_reader"].items())


def tables(view: View) -> Iterator[PrintedTable]:
    """None where nobody was asked."""
    index = view.at("blinding_index")
    if not index:
        return
    neither = index["neither_enhanced"]
    yield PrintedTable(
        name="blinding_indices",
        title="Guesses at the enhanced side",
        caption="Which side readers thought was enhanced: indices of blinding with 95 % intervals",
        columns=("Of", "Right", "Wrong", "Cannot tell", "James", *(f"Bang, enhanced {side}" for side in SIDES)),
        groups=(group("", (_row(label, found) for label, found in groups_of(index, view.plan, view.arm_names))),),
        notes=(
            "First readings of pairs of which one side is enhanced: an arm is enhanced where the protocol makes it "
            "from another one. James 1996: 1 nobody can tell, 0.5 at random, 0 all right. Bang 2004, one for each "
            "side of the enhanced image: 0 at random, 1 all right, −1 all wrong. Both take guesses as independent.",
            f"Without a guess: {index['n_without_guess']}. Pairs without an enhanced side, or with two: "
            f"left {neither['left']}, right {neither['right']}, cannot tell {neither['unsure']}.",
        ),
    )


def _row(label: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    sides = [side for side in found["bang"].values() if side]
    counts = (str(sum(side[count] for side in sides)) for count in COUNTS)
    return (label, *counts, _estimate(found["james"]), *(_estimate(found["bang"][side]) for side in SIDES))


def _estimate(found: Mapping[str, Any] | None) -> str:
    if not found:
        return NOTHING
    return f"{plain(found['index'], 2)} ({plain(found['ci_low'], 2)} to {plain(found['ci_high'], 2)})"
