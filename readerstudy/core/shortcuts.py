"""Which key of the reading station does what, and which keys a reader may choose in place of ours.

The table is the one of `static/js/reading/keyboard.js`, without its words; a guard test compares both. A key is
written as the browser names it (KeyboardEvent.key): "t", "Shift+R", "PageDown", "Shift+ArrowLeft", " ".
"""

from collections.abc import Mapping

from readerstudy.core.errors import BadInput
from readerstudy.core.wording import translatable

KEYS: Mapping[str, tuple[str, ...]] = {
    "answer": tuple("123456789"),
    "nextItem": ("ArrowDown",),
    "previousItem": ("ArrowUp",),
    "clear": ("0", "Backspace"),
    "yes": ("y",),
    "no": ("n",),
    "rest": ("Shift+R",),
    "notAssessable": ("Shift+N",),
    "findings": ("c",),
    "comment": ("Shift+C",),
    "pin": ("Shift+P",),
    "finish": ("Enter",),
    "nextPair": ("Shift+ArrowRight",),
    "previousPair": ("Shift+ArrowLeft",),
    "nextSlice": ("ArrowRight",),
    "previousSlice": ("ArrowLeft",),
    "nextPage": ("PageDown",),
    "previousPage": ("PageUp",),
    "firstSlice": ("Home",),
    "lastSlice": ("End",),
    "scrollTool": ("s",),
    "cine": (" ",),
    "linkSlices": ("l",),
    "nudgeBack": (",",),
    "nudgeOn": (".",),
    "resetOffset": ("j",),
    "windowTool": ("w",),
    "autoWindow": ("u",),
    "brighter": ("b",),
    "darker": ("d",),
    "invert": ("i",),
    "panTool": ("p",),
    "zoomTool": ("z",),
    "zoomIn": ("+", "="),
    "zoomOut": ("-",),
    "fit": ("f",),
    "oneToOne": ("o",),
    "linkZoom": ("k",),
    "linkPan": ("h",),
    "smooth": ("t",),
    "reset": ("r",),
    "magnifyTool": ("g",),
    "pointTool": ("x",),
    "lengthTool": ("m",),
    "angleTool": ("a",),
    "removeMark": ("Delete",),
    "enlargeLeft": ("q",),
    "enlargeRight": ("e",),
    "blink": ("v",),
    "fullScreen": ("*",),
    "shortcuts": ("?",),
}
# The digits stand on the choices, and the way to the list of shortcuts must never be lost.
FIXED = frozenset({"answer", "shortcuts"})
NAMED = frozenset(
    {"ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"}
    | {"Enter", "Backspace", "Delete", "Insert"}
)
SEARCHES_THE_PAGE = frozenset("/'")  # in Firefox


class BadKeys(BadInput):
    """Keys that the reading station cannot use."""


def check_keys(own: object) -> dict[str, str]:
    """
    Action -> key, proved: known actions, keys that no browser needs itself, and no key for two actions.

    Raises BadKeys, which names the key and what holds it.
    """
    if not isinstance(own, Mapping):
        raise BadKeys(translatable("'keys' must map actions to keys."))
    checked = {str(action): _checked(str(action), key) for action, key in own.items()}
    holders: dict[str, str] = {}
    for action, keys in KEYS.items():
        for key in (checked[action],) if action in checked else keys:
            if key in holders:
                refusal = translatable("'{key}' is the key of '{holder}' and cannot also be that of '{action}'.")
                raise BadKeys(refusal, key=key, holder=holders[key], action=action)
            holders[key] = action
    return checked


def _checked(action: str, key: object) -> str:
    if action not in KEYS or action in FIXED:
        raise BadKeys(translatable("'{action}' is nothing that can have another key."), action=action[:40])
    if not isinstance(key, str) or not _may_be(key):
        refusal = translatable("{key} is needed for scores or by the browser, or is no key.")
        raise BadKeys(refusal, key=repr(str(key)[:40]))
    return key


def _may_be(key: str) -> bool:
    """One character but no digit, a capital after "Shift+", or a key with a name."""
    bare = key.removeprefix("Shift+")
    if bare in NAMED or key == " ":
        return True
    if len(bare) != 1 or not bare.isprintable() or bare.isspace():
        return False
    if bare != key:
        return bare.isupper()
    return bare == bare.lower() and not bare.isdigit() and bare not in SEARCHES_THE_PAGE
