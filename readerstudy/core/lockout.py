"""How long sign-in waits after wrong tries: pure. Longer from try to try, and never for ever.

A wait that grows without end would let anybody who knows a name keep its owner out for good. With these numbers a name
can be tried about a hundred times a day, and a code of six digits is guessed once in some twenty years.
"""

from datetime import timedelta

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
# A whole clinic may come from one address.
ADDRESS_FACTOR = 10
FORGOTTEN_AFTER = {"account": timedelta(hours=24), "address": timedelta(hours=1)}


def wait_after(failures: int, *, tries: int) -> timedelta:
    """The wait after so many wrong tries in a row, of which `tries` are free: none, 1 min, 2, 4, 8, 15 min, 15 …"""
    beyond = failures - tries
    if beyond < 0:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(beyond, 8), LONGEST_WAIT)
