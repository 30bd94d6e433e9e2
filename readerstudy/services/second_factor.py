"""The second factor: an authenticator app beside the password, with recovery codes for a lost phone."""

import base64
import hashlib
import hmac
import json
import secrets

import pyrage
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from readerstudy.core import totp
from readerstudy.core.errors import BadInput, IntegrityFailure, WrongState
from readerstudy.core.wording import translatable
from readerstudy.models import Membership, RecoveryCode, Role, SecondFactor, User
from readerstudy.services import audit

SECRET_BYTES = 20  # RFC 4226, 4: 160 bits
RECOVERY_CODES = 10
# Without letters and digits that look alike. 12 of 31 are 59 bits: not to be guessed, and short enough to be typed.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
CODE_LENGTH = 12


class WrongCode(BadInput):
    """The code is not one of the person's, or was used before."""

    def __init__(self, otherwise: str = translatable("Or use a recovery code.")) -> None:
        super().__init__(
            translatable(
                "That code does not fit. Take the one that the app shows now; each works once. If it never fits, set "
                "the phone's clock to automatic. {otherwise}"
            ),
            otherwise=otherwise,
        )


def is_on(user: User) -> bool:
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def is_required(user: User) -> bool:
    """Whether the settings ask this person for a second factor, as what they are today."""
    groups = settings.SECOND_FACTOR_FOR
    if "everybody" in groups or ("administrators" in groups and user.may_open_studies):
        return True
    if "coordinators" not in groups:
        return False
    return Membership.objects.filter(user=user, role__in=(Role.COORDINATOR, Role.ADMINISTRATOR)).exists()


@transaction.atomic
def begin(user: User) -> SecondFactor:
    """A fresh secret, which counts once it is confirmed; one that was begun before is forgotten."""
    if is_on(user):
        raise WrongState(
            translatable("Your second factor is on already. Switch it off before you set up another phone.")
        )
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    factor, _ = SecondFactor.objects.update_or_create(
        user=user, defaults={"secret_encrypted": _encrypted(secret, user), "confirmed_at": None, "last_step": 0}
    )
    return factor


def secret_of(factor: SecondFactor) -> str:
    """The secret in base32. Raises IntegrityFailure where the key is another one, or the secret somebody else's."""
    try:
        content = json.loads(pyrage.decrypt(base64.b64decode(factor.secret_encrypted), [_identity()]))
    except (ValueError, pyrage.DecryptError) as error:
        raise IntegrityFailure(
            translatable(
                "The second factor cannot be read: the key of this installation is not the one it was made with. An "
                "administrator can reset it."
            )
        ) from error
    if content["user"] != factor.user_id:
        raise IntegrityFailure(translatable("The second factor is somebody else's. An administrator can reset it."))
    return str(content["secret"])


def _encrypted(secret: str, user: User) -> str:
    # With the owner inside, a secret that is copied into another row is noticed.
    content = json.dumps({"user": user.pk, "secret": secret}).encode()
    return base64.b64encode(pyrage.encrypt(content, [_identity().to_public()])).decode()


def _identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(settings.SECOND_FACTOR_KEY)


@transaction.atomic
def confirm(user: User, code: str) -> list[str]:
    """Switch it on with a first code from the app; returns the recovery codes, which are shown this once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
    if factor is None:
        raise WrongState(translatable("There is nothing to confirm. Begin the set-up anew."))
    if not _take_step(factor, code):
        raise WrongCode(otherwise="")
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
    codes = _new_recovery_codes(user)
    audit.record(None, user, "second factor switched on", username=user.username)
    return codes


@transaction.atomic
def accept(user: User, code: str) -> bool:
    """Whether this is a code of the app, or a recovery code; either is used up by it."""
    factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    return _take_step(factor, code) or _take_recovery_code(user, code)


def _take_step(factor: SecondFactor, code: str) -> bool:
    step = totp.matching_step(secret_of(factor), code, at=timezone.now(), after_step=factor.last_step)
    if step is None:
        return False
    # Conditional, so that of two sign-ins at one moment with one code only one goes in.
    return bool(SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))


def _take_recovery_code(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, hmac_sha256=_hmac(user, code), used_at=None)
    if not unused.update(used_at=timezone.now()):
        return False
    audit.record(None, user, "recovery code used", username=user.username, left=recovery_codes_left(user))
    return True


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Fresh codes; the old ones, used or not, are worth nothing from now on."""
    if not is_on(user):
        raise WrongState(translatable("Your second factor is off."))
    codes = _new_recovery_codes(user)
    audit.record(None, user, "recovery codes renewed", username=user.username)
    return codes


def _new_recovery_codes(user: User) -> list[str]:
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hmac_sha256=_hmac(user, code)) for code in codes)
    return ["-".join(totp.in_groups(code).split()) for code in codes]


def _hmac(user: User, code: str) -> str:
    """As it is kept: however it is typed, and of no use to whoever reads the database without the key."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hmac.new(settings.SECOND_FACTOR_KEY.encode(), f"{user.pk}:{plain}".encode(), hashlib.sha256).hexdigest()


@transaction.atomic
def switch_off(user: User) -> None:
    """By the person, who has proved who it is with password and code. Raises WrongState as `require_optional`."""
    require_optional(user)
    _forget(user)
    audit.record(None, user, "second factor switched off", username=user.username)


def require_optional(user: User) -> None:
    """Raise WrongState unless the person has a second factor and may do without."""
    if is_required(user):
        raise WrongState(
            translatable("What you are in this installation needs a second factor. You cannot switch it off.")
        )
    if not is_on(user):
        raise WrongState(translatable("Your second factor is off already."))


@transaction.atomic
def reset(user: User, *, actor: User) -> None:
    """By an administrator, for a lost phone without recovery codes. The caller ends the person's sessions."""
    if not _forget(user):
        raise WrongState(f"{user.name} has no second factor.")
    audit.record(None, actor, "second factor reset", username=user.username)


def _forget(user: User) -> bool:
    RecoveryCode.objects.filter(user=user).delete()
    deleted, _ = SecondFactor.objects.filter(user=user).delete()
    return bool(deleted)
