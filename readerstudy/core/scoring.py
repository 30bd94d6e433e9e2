"""What a reader may answer about a pair, and what is still missing.

An item is one question: `feature:snr`, `consistency:loss_anatomy:left`, `diagnostic:right`, `guess:enhanced`. A score
is about sides and never about arms. None clears an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from readerstudy.core.errors import BadInput

SIDES = ("left", "right")
YES_NO = frozenset({0, 1})
# Which side the reader thinks was enhanced: a question about the blinding, kept and blinded like a score.
GUESS = "guess:enhanced"
GUESS_LEFT, GUESS_UNSURE, GUESS_RIGHT = 1, 2, 3
GUESSES = frozenset({GUESS_LEFT, GUESS_UNSURE, GUESS_RIGHT})


class BadScore(BadInput):
    """An item that the protocol does not have, or a value outside its range."""


@dataclass(frozen=True)
class ScoringProtocol:
    features: tuple[str, ...]
    scale: tuple[int, ...]
    consistency: tuple[str, ...]
    diagnostic_quality: bool
    guess: bool = False  # asked at the end of each pair

    def allowed_values(self) -> dict[str, frozenset[int]]:
        """Every item with the values that it takes."""
        allowed = {f"feature:{code}": frozenset(self.scale) for code in self.features}
        for side in SIDES:
            allowed |= {f"consistency:{code}:{side}": YES_NO for code in self.consistency}
            if self.diagnostic_quality:
                allowed[f"diagnostic:{side}"] = YES_NO
        return allowed | ({GUESS: GUESSES} if self.guess else {})

    def required_items(self) -> tuple[str, ...]:
        """The items without which a pair is not finished; an unticked consistency box is an answer."""
        features = tuple(f"feature:{code}" for code in self.features)
        diagnostic = tuple(f"diagnostic:{side}" for side in SIDES) if self.diagnostic_quality else ()
        return features + diagnostic + ((GUESS,) if self.guess else ())


def check_answers(protocol: ScoringProtocol, answers: Mapping[str, object]) -> dict[str, int | None]:
    """Return the answers with their types proved, or raise BadScore naming the item."""
    allowed = protocol.allowed_values()
    checked: dict[str, int | None] = {}
    for item, value in answers.items():
        if item not in allowed:
            raise BadScore(f"The protocol has no item '{item[:80]}'.")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise BadScore(f"The answer to '{item}' must be a whole number or null.")
        if value is not None and value not in allowed[item]:
            choices = ", ".join(str(choice) for choice in sorted(allowed[item]))
            raise BadScore(f"The answer to '{item}' must be one of {choices}, not {value}.")
        checked[item] = value
    return checked


def missing_items(protocol: ScoringProtocol, answers: Mapping[str, int | None]) -> list[str]:
    return [item for item in protocol.required_items() if answers.get(item) is None]
