"""A person's phone in tests: the codes that an authenticator app would show."""

import pyotp
from django.utils import timezone

from readerstudy.core import totp
from readerstudy.models import SecondFactor, User
from readerstudy.services import second_factor


class Phone:
    """Set up by the product's own services. Each code is that of the next time step that was not used."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.secret = second_factor.secret_of(second_factor.begin(user))
        self.recovery_codes = second_factor.confirm(user, self.code())

    def code(self, *, steps: int = 0) -> str:
        """What the app shows now, or some steps later or earlier."""
        return pyotp.TOTP(self.secret).generate_otp(totp.step_at(timezone.now()) + steps)

    def wait(self) -> None:
        """Some minutes go by since the last code: it was one of long ago."""
        factor = SecondFactor.objects.get(user=self.user)
        SecondFactor.objects.filter(pk=factor.pk).update(last_step=factor.last_step - 20)
