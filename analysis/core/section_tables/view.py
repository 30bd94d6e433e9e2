"""Results as the tables read them: with the plan's names, in the plan's order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.core.section_tables.table import within
from analysis.core.sections import comparison_names, feature_names


@dataclass(frozen=True)
class View:
    """
    Stored results and the arms' names (arm as in files -> as the study writes it).

    Storage may reorder the keys of an object, so nothing here relies on their order.
    """

    results: Mapping[str, Any]
    arm_names: Mapping[str, str]

    @property
    def plan(self) -> Mapping[str, Any]:
        plan: Mapping[str, Any] = self.results["meta"]["plan"]
        return plan

    @property
    def alpha(self) -> float:
        return float(self.plan["alpha"])

    @property
    def readers(self) -> list[str]:
        return list(self.results["meta"]["readers"])

    @property
    def reader_pairs(self) -> list[str]:
        readers = self.readers
        return [f"{one}-{two}" for place, one in enumerate(readers) for two in readers[place + 1 :]]

    @property
    def features(self) -> dict[str, str]:
        return feature_names(self.plan)

    @property
    def comparisons(self) -> dict[str, str]:
        """comparison id -> "SOC vs FAST", in the plan's order, as in the figures."""
        return comparison_names(self.plan, self.arm_names)

    @property
    def arms(self) -> list[str]:
        """The arms that were compared, as files write them, in the plan's order."""
        pairs = [(item["arm_a"], item["arm_b"]) for item in self.plan["comparisons"]]
        return list(dict.fromkeys(arm for pair in pairs for arm in pair))

    def arm(self, name: str) -> str:
        return self.arm_names.get(name, name)

    def cells(self, comparison: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The feature's label and the cell, in the plan's order."""
        for feature, label in self.features.items():
            yield label, self.results["cells"][comparison][feature]

    def at(self, *path: str) -> Any:
        return within(self.results, *path)
