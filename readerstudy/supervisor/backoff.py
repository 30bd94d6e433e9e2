"""How long to wait before a child that died is started again."""

from dataclasses import dataclass, replace

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
HEALTHY_AFTER_S = 60.0


@dataclass(frozen=True)
class Backoff:
    """The failures in a row of one child: the first restart comes soon, each later one waits longer."""

    failures: int = 0

    def after_exit(self, lived_s: float) -> "Backoff":
        """A child that lived long was healthy: its end is counted as the first."""
        if lived_s >= HEALTHY_AFTER_S:
            return replace(self, failures=1)
        return replace(self, failures=self.failures + 1)

    @property
    def delay_s(self) -> float:
        """Seconds until the next start; none before the first failure."""
        if self.failures == 0:
            return 0.0
        # The exponent is bounded so that months of failures do not overflow a float.
        return min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(self.failures - 1, 10))
