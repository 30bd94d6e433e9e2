"""Keep the keys that a reader chose. They follow the person to every study and machine."""

from readerstudy.core.shortcuts import check_keys
from readerstudy.models import ReaderKeys, User


def keys_of(user: User) -> dict[str, str]:
    """Action -> key, only what differs from the station's own."""
    kept = ReaderKeys.objects.filter(user=user).first()
    return kept.keys if kept else {}


def keep_keys(user: User, own: object) -> dict[str, str]:
    """Replace the reader's keys; an empty mapping brings back the station's own. Raises BadKeys.

    No audit event: keys are a person's convenience and change no answer.
    """
    checked = check_keys(own)
    ReaderKeys.objects.update_or_create(user=user, defaults={"keys": checked})
    return checked
