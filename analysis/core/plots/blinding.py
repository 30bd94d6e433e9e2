"""Whether readers could tell the enhanced side: James' and Bang's indices."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.core.plots.drawing import COLOURS, MARKERS, Plot, draw, label_rows
from analysis.core.section_tables.blinding import groups_of

INDICES = {
    "James": ("james",),
    "Bang, enhanced on the left": ("bang", "left"),
    "Bang, enhanced on the right": ("bang", "right"),
}


def blinding_indices(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Plot | None:
    """The indices of all, of each comparison and of each reader; None where nobody guessed."""
    data = pd.DataFrame(_rows(results, arm_names))
    if data.empty or data["index"].isna().all():
        return None
    labels = list(dict.fromkeys(data["of"]))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for chance, style in ((0.0, "--"), (0.5, ":")):
            axes.axvline(chance, color="#7A8794", linewidth=0.8, linestyle=style)
        for place, (name, rows) in enumerate(data.groupby("kind", sort=False)):
            shift = 0.2 * (place - 1)
            known = rows.dropna(subset=["index"])
            y = [labels.index(of) + shift for of in known["of"]]
            axes.hlines(y, known["low"], known["high"], color=COLOURS[place], linewidth=1.4)
            axes.plot(known["index"], y, MARKERS[place], color=COLOURS[place], markersize=5, label=name)
        label_rows(axes, labels)
        axes.set(xlabel="Index with 95 % interval", xlim=(-1.05, 1.05))
        figure.legend(loc="outside lower center", ncols=3)

    return draw(
        paint,
        name="blinding_indices",
        section="blinding",
        title="Could readers tell the enhanced side?",
        caption="At random Bang's index is 0 (dashed) and James' 0.5 (dotted). Bang: 1 all right, −1 all wrong. "
        "James: 1 where nobody can tell, 0 where all guesses are right.",
        data=data,
        size_in=(7.5, 1.3 + 0.42 * len(labels)),
    )


def _rows(results: Mapping[str, Any], arm_names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    index = results.get("blinding_index")
    for label, found in groups_of(index, results["meta"]["plan"], arm_names) if index else ():
        for kind, path in INDICES.items():
            estimate: Any = found
            for part in path:
                estimate = (estimate or {}).get(part)
            estimate = estimate or {}
            yield {"of": label, "kind": kind, "index": estimate.get("index"), "low": estimate.get("ci_low"),
                   "high": estimate.get("ci_high")}  # fmt: skip
