"""What one answer may look like, as the browser sends it and as it is stored.

A number answers most items. What is no number is an object or a text:

| item | answer |
|---|---|
| `feature:snr` | `4`; `{"value": 3, "by": "rest"}` by "no difference for the rest"; `{"not_assessable": "motion"}` |
| `diagnostic:left`, `consistency:loss_anatomy:left` | `0`, `1` |
| `guess:enhanced` | `1` left, `2` cannot tell, `3` right |
| `comment:loss_anatomy:left` | a text about that finding |
| `pin:loss_anatomy:left` | `{"slice": 7, "x": 120.5, "y": 88.0}`: where on that side |

A pin's slice is a rung of the pair's ladder (`core.alignment`), from 0. `x` and `y` count pixels of the pair's frame
to the right and down from its top left corner; the frame's pixels have the spacing that the page is told. So a pin
says a place and a side, and never an arm. None clears an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from readerstudy.core.errors import BadInput
from readerstudy.core.wording import translatable

Given = int | str | Mapping[str, object]

REST = "rest"  # "no difference for the rest": one act of the reader that answers every open feature
LONGEST_COMMENT = 500
FARTHEST = 1e6  # pixels


class BadScore(BadInput):
    """An item that the protocol does not have, or a value outside its range."""


@dataclass(frozen=True)
class PinFrame:
    """Where a pin may stand: rungs of the ladder, and height and width of the frame in its own pixels."""

    slices: int
    height: float
    width: float


def check_choice(item: str, value: object, allowed: frozenset[int]) -> int:
    """A whole number among `allowed`, or BadScore naming the item."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadScore(translatable("The answer to '{item}' must be a whole number or null."), item=item)
    if value not in allowed:
        choices = ", ".join(str(choice) for choice in sorted(allowed))
        refusal = translatable("The answer to '{item}' must be one of {choices}, not {value}.")
        raise BadScore(refusal, item=item, choices=choices, value=value)
    return value


def check_rest(item: str, answer: Mapping[str, object], *, middle: int, may: bool) -> Given:
    """ "No difference" by the act for all open features, where the protocol allows that act."""
    if not may:
        raise BadScore(translatable("The protocol does not allow 'no difference' for several features in one act."))
    if set(answer) != {"value", "by"} or answer["by"] != REST:
        raise BadScore(translatable("The answer to '{item}' must say its value and '{act}'."), item=item, act=REST)
    return {"value": check_choice(item, answer["value"], frozenset({middle})), "by": REST}


def check_not_assessable(item: str, answer: Mapping[str, object], reasons: tuple[str, ...]) -> Given:
    reason = answer["not_assessable"]
    if not reasons:
        raise BadScore(translatable("The protocol asks for a score of every feature."))
    if len(answer) != 1 or not isinstance(reason, str) or reason not in reasons:
        refusal = translatable("The reason of '{item}' must be one of {reasons}.")
        raise BadScore(refusal, item=item, reasons=", ".join(reasons))
    return {"not_assessable": reason}


def check_comment(item: str, text: object) -> Given | None:
    """The text without blanks around it; None where nothing is left."""
    # No database takes half a character (a lone surrogate) or a NUL.
    if not isinstance(text, str) or "\0" in text or text != text.encode(errors="ignore").decode():
        raise BadScore(translatable("The answer to '{item}' must be a text."), item=item)
    if len(text) > LONGEST_COMMENT:
        refusal = translatable("A comment has at most {most} characters; this one has {count}.")
        raise BadScore(refusal, most=LONGEST_COMMENT, count=len(text))
    return text.strip() or None


def check_pin(item: str, answer: object, frame: PinFrame) -> Given:
    """A rung and a place inside the frame, to a tenth of a pixel."""
    if not isinstance(answer, Mapping) or set(answer) != {"slice", "x", "y"}:
        raise BadScore(translatable("The answer to '{item}' must say slice, x and y."), item=item)
    rung, x, y = (_number(item, answer[name]) for name in ("slice", "x", "y"))
    if rung != int(rung) or not 0 <= rung < frame.slices:
        refusal = translatable("The slice of '{item}' must be a whole number from 0 to {last}.")
        raise BadScore(refusal, item=item, last=frame.slices - 1)
    if not (0 <= x <= frame.width and 0 <= y <= frame.height):
        raise BadScore(translatable("The point of '{item}' lies outside the image."), item=item)
    return {"slice": int(rung), "x": round(x, 1), "y": round(y, 1)}


def _number(item: str, value: object) -> float:
    # A whole number in JSON may be too long for a float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < FARTHEST:
        raise BadScore(translatable("The place of '{item}' must be numbers inside the image."), item=item)
    return float(value)


def to_stored(answer: Given | None) -> tuple[int | None, dict[str, object] | None]:
    """The value and the detail of a stored score; both None for an answer that was cleared."""
    if answer is None or isinstance(answer, int):
        return answer, None
    if isinstance(answer, str):
        return None, {"text": answer}
    value = answer.get("value")
    return (value if isinstance(value, int) else None), {name: answer[name] for name in answer if name != "value"}


def from_stored(value: int | None, detail: Mapping[str, object] | None) -> Given | None:
    """What `to_stored` took apart."""
    if not detail:
        return value
    if "text" in detail:
        return str(detail["text"])
    return dict(detail) if value is None else {"value": value, **detail}


def value_of(answer: Given | None) -> int | None:
    """The number in an answer, or None where it has none: not assessable, a comment, a pin."""
    return to_stored(answer)[0]
