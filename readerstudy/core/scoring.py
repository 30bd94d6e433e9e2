"""What a reader may answer about a pair, and what is still missing.

An item is one question: `feature:snr`, `consistency:loss_anatomy:left`, `diagnostic:right`, `guess:enhanced`, and for
a finding that was ticked `comment:loss_anatomy:left` and `pin:loss_anatomy:left`. A score is about sides and never
about arms. None clears an answer. How each kind of answer looks is in `core.answers`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from readerstudy.core import answers as forms
from readerstudy.core.answers import BadScore, Given, PinFrame
from readerstudy.core.wording import translatable

__all__ = ("SIDES", "BadScore", "ScoringProtocol", "check_answers", "missing_items")

SIDES = ("left", "right")
YES_NO = frozenset({0, 1})
# Which side the reader thinks was enhanced: a question about the blinding, kept and blinded like a score.
GUESS = "guess:enhanced"
GUESS_LEFT, GUESS_UNSURE, GUESS_RIGHT = 1, 2, 3
GUESSES = frozenset({GUESS_LEFT, GUESS_UNSURE, GUESS_RIGHT})


@dataclass(frozen=True)
class ScoringProtocol:
    features: tuple[str, ...]
    scale: tuple[int, ...]
    consistency: tuple[str, ...]
    diagnostic_quality: bool
    rest_no_difference: bool = False
    not_assessable: tuple[str, ...] = ()  # codes of reasons; none: every feature needs a score
    guess: bool = False  # asked at the end of each pair

    @property
    def middle(self) -> int:
        """The value that means no difference; the scale is 1..K with K odd."""
        return (min(self.scale) + max(self.scale)) // 2

    def items(self) -> frozenset[str]:
        """Every item that a reader may answer."""
        by_side = [f"{code}:{side}" for code in self.consistency for side in SIDES]
        about_findings = {f"{kind}:{place}" for kind in ("consistency", "comment", "pin") for place in by_side}
        return frozenset(self.required_items()) | about_findings

    def required_items(self) -> tuple[str, ...]:
        """The items without which a pair is not finished; an unticked consistency box is an answer."""
        features = tuple(f"feature:{code}" for code in self.features)
        diagnostic = tuple(f"diagnostic:{side}" for side in SIDES) if self.diagnostic_quality else ()
        return features + diagnostic + ((GUESS,) if self.guess else ())


def check_answers(
    protocol: ScoringProtocol, answers: Mapping[str, object], *, frame: PinFrame | None = None
) -> dict[str, Given | None]:
    """Return the answers with their types proved, or raise BadScore naming the item. Pins need the pair's frame."""
    items = protocol.items()
    for item in answers:
        if item not in items:
            raise BadScore(translatable("The protocol has no item '{item}'."), item=item[:80])
    check = _checks(protocol, frame)
    return {item: None if given is None else check[item.split(":")[0]](item, given) for item, given in answers.items()}


def _checks(protocol: ScoringProtocol, frame: PinFrame | None) -> dict[str, Callable[[str, object], Given | None]]:
    """Kind of item -> how its answer is proved."""

    def pin(item: str, given: object) -> Given:
        if frame is None:
            raise BadScore(translatable("There is no image on which '{item}' could be shown."), item=item)
        return forms.check_pin(item, given, frame)

    def yes_no(item: str, given: object) -> Given:
        return forms.check_choice(item, given, YES_NO)

    return {
        "feature": lambda item, given: _feature(protocol, item, given),
        "diagnostic": yes_no,
        "consistency": yes_no,
        "guess": lambda item, given: forms.check_choice(item, given, GUESSES),
        "comment": forms.check_comment,
        "pin": pin,
    }


def _feature(protocol: ScoringProtocol, item: str, given: object) -> Given:
    if not isinstance(given, Mapping):
        return forms.check_choice(item, given, frozenset(protocol.scale))
    if "not_assessable" in given:
        return forms.check_not_assessable(item, given, protocol.not_assessable)
    return forms.check_rest(item, given, middle=protocol.middle, may=protocol.rest_no_difference)


def missing_items(protocol: ScoringProtocol, answers: Mapping[str, Given | None]) -> list[str]:
    return [item for item in protocol.required_items() if answers.get(item) is None]
