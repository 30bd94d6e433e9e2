"""Words that a reader may see, made where no language is known: marked here, translated at the edge."""


class Translatable(str):
    """English words that stand in the catalogue, under themselves as the key."""

    __slots__ = ()


def translatable(text: str) -> Translatable:
    """Mark a text for the catalogue (`scripts/texts.py` finds the call); `{name}` in it stands for a value."""
    return Translatable(text)
