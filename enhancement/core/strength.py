"""How much of the estimated noise is removed. Apart from the network, so that pages need no torch to know it."""

from readerstudy.core.errors import BadSetting

DEFAULT_STRENGTH = 1.0
STRONGEST = 1.0


def checked_strength(strength: float) -> float:
    """The strength itself; raises BadSetting outside 0 (nothing is removed) to 1 (all that is taken for noise)."""
    if not 0 <= strength <= STRONGEST:
        raise BadSetting(f"The strength must be between 0 and 1; got {strength}.")
    return strength
