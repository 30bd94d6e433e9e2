"""Who somebody is: the password, and the code of the second factor, each try counted (`services.lockout`)."""

from django.contrib.auth import authenticate

from readerstudy.core.errors import BadInput
from readerstudy.core.wording import translatable
from readerstudy.models import User
from readerstudy.services import lockout, second_factor


class WrongPassword(BadInput):
    """Name and password do not go together, for whatever reason."""


def prove_password(username: str, password: str, *, address: str) -> User:
    """The person with this name and password. Raises WrongPassword, TooManyTries.

    With a second factor the account's count stays until the code is right too: else a known password would buy ever
    more tries at the code.
    """
    lockout.begin_try(username, address)
    user = authenticate(None, username=username, password=password)  # takes as long for a name that nobody has
    if not isinstance(user, User):
        lockout.failed(username, address, why="password")
        raise WrongPassword(translatable("Name and password do not go together. Mind capital letters."))
    _password_was_right(user, address)
    return user


def _password_was_right(user: User, address: str) -> None:
    if second_factor.is_on(user):
        lockout.take_back(user.username, address)
    else:
        lockout.succeeded(user.username, address)


def prove_code(user: User, code: str, *, address: str) -> None:
    """The second factor of a person whose password was right. Raises WrongCode, TooManyTries."""
    lockout.begin_try(user.username, address)
    if not second_factor.accept(user, code):
        lockout.failed(user.username, address, why="code")
        raise second_factor.WrongCode
    lockout.succeeded(user.username, address)


def prove_again(user: User, password: str, *, address: str) -> None:
    """The password of somebody who is signed in, before a change to the account. Raises WrongPassword, TooManyTries."""
    lockout.begin_try(user.username, address)
    if not user.check_password(password):
        lockout.failed(user.username, address, why="password, signed in")
        raise WrongPassword(translatable("That is not your password."))
    _password_was_right(user, address)
