"""Who may see and do what. Not yours: NotFound (404). Not your role: NotAllowed (403)."""

from django.contrib.auth.models import AnonymousUser

from readerstudy.core.errors import NotAllowed, NotFound
from readerstudy.core.wording import translatable
from readerstudy.models import Membership, Role, User


def membership_of(user: User | AnonymousUser, slug: str, *roles: str) -> Membership:
    """The person's membership in a study, or NotFound; NotAllowed where it is none of `roles` (any if empty)."""
    if not user.is_authenticated:
        raise NotFound(translatable("There is no such study."))
    membership = Membership.objects.filter(user=user, study__slug=slug).select_related("study", "user").first()
    if membership is None:
        raise NotFound(translatable("There is no such study."))
    if roles and membership.role not in roles:
        if roles == (Role.READER,):
            raise NotAllowed(translatable("This page is for the reader of the study."))
        wanted = " or ".join(Role(role).label.lower() for role in roles)
        raise NotAllowed(f"This page is for the {wanted} of the study.")
    return membership


def require_study_opener(user: User | AnonymousUser) -> None:
    if not (isinstance(user, User) and user.may_open_studies):
        raise NotAllowed("Opening a study needs a permission that an administrator can give you.")


def require_administrator(user: User | AnonymousUser) -> None:
    if not (isinstance(user, User) and user.is_staff):
        raise NotFound("There is no such page.")
