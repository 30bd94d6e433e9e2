"""How much of the estimated noise is removed. Apart from the network, so that pages need no torch to know it."""

from readerstudy.core.errors import BadSetting

# The share of the network's estimate that strength 1 removes. The least error lies between 0.8 and 0.9; a little less
# keeps more of weak edges and lesions (measured on the evaluation volumes: see weights/EVALUATION.md).
FULL_REMOVAL = 0.75
DEFAULT_STRENGTH = 1.0
STRONGEST = 1.0


def checked_strength(strength: float) -> float:
    """The strength itself; raises BadSetting outside 0 (nothing is removed) to 1 (all that is taken for noise)."""
    if not 0 <= strength <= STRONGEST:
        raise BadSetting(f"The strength must be between 0 and 1; got {strength}.")
    return strength
