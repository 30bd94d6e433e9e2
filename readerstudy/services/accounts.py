"""People: accounts, invitations by link, memberships."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from readerstudy.core.errors import BadInput, NotFound, WrongState
from readerstudy.core.wording import translatable
from readerstudy.models import Invitation, Membership, Role, Study, User
from readerstudy.services import audit, browser_sessions

SALT = "readerstudy.invitation"


class NameTaken(BadInput):
    """Somebody already signs in with this name."""


@transaction.atomic
def create_account(
    *, username: str, password: str, email: str = "", full_name: str = "", administrator: bool = False
) -> User:
    """A new account. Raises NameTaken or BadInput with the reason why the password will not do."""
    username = username.strip()
    if not re.fullmatch(r"[\w.@+-]{1,150}", username):
        raise BadInput(translatable("A sign-in name has letters, digits and @ . + - _ only."))
    if User.objects.filter(username__iexact=username).exists():
        refusal = translatable("Somebody already signs in as '{username}'. Choose another name.")
        raise NameTaken(refusal, username=username)
    first_name, _, last_name = full_name.strip().partition(" ")
    user = User(username=username, email=email, first_name=first_name, last_name=last_name)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    user.set_password(password)
    user.is_staff = administrator
    user.may_create_studies = administrator
    user.save()
    audit.record(None, user, "account created", username=username, administrator=administrator)
    return user


@transaction.atomic
def add_member(study: Study, user: User, role: str, *, actor: User) -> Membership:
    """Give a person a role; a person has one role in a study, so a second one is refused."""
    if Membership.objects.filter(study=study, user=user).exists():
        raise WrongState(
            translatable(
                "{name} already has a role in this study. One person has one role, so that nobody who prepares the "
                "cases also reads them."
            ),
            name=user.name,
        )
    code = _next_reader_code(study) if role == Role.READER else ""
    membership = Membership.objects.create(study=study, user=user, role=role, code=code)
    audit.record(study, actor, "member added", username=user.username, role=role, code=code)
    return membership


def _next_reader_code(study: Study) -> str:
    Study.objects.select_for_update().get(pk=study.pk)
    taken = set(study.memberships.exclude(code="").values_list("code", flat=True))
    return next(code for number in range(1, len(taken) + 2) if (code := f"R{number}") not in taken)


@transaction.atomic
def remove_member(membership: Membership, *, actor: User) -> None:
    """Take a role away; a reader who has an allocation stays, because the record refers to him."""
    if membership.allocations.exists():
        raise WrongState(f"{membership.code} has an allocation and cannot be removed any more.")
    if membership.user_id == actor.pk:
        raise WrongState("You cannot remove yourself.")
    username = membership.user.username
    audit.record(membership.study, actor, "member removed", username=username, role=membership.role)
    membership.delete()


@transaction.atomic
def invite(study: Study, *, actor: User, email: str, role: str) -> Invitation:
    """Invite by e-mail; the link is also shown to the coordinator, for whoever has no mail server."""
    if role not in Role.values or role == Role.ADMINISTRATOR:
        raise BadInput("Invite a coordinator, a reader or a statistician.")
    invitation = Invitation.objects.create(
        study=study,
        email=email,
        role=role,
        created_by=actor,
        expires_at=timezone.now() + timedelta(days=settings.INVITATION_DAYS),
    )
    audit.record(study, actor, "invitation made", email=email, role=role)
    transaction.on_commit(lambda: _send(invitation))
    return invitation


def invitation_link(invitation: Invitation) -> str:
    return settings.PUBLIC_URL + reverse("accept_invitation", args=(_sign(invitation),))


def _sign(invitation: Invitation) -> str:
    return signing.dumps(invitation.pk, salt=SALT)


def _send(invitation: Invitation) -> None:
    send_mail(
        subject=" ".join(f"Invitation: {invitation.study.title}".split()),  # a header is one line
        message=(
            f"You are invited to take part in '{invitation.study.title}' as {invitation.get_role_display().lower()}."
            f"\n\nOpen this link to accept, until {invitation.expires_at:%d %B %Y}:\n{invitation_link(invitation)}\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
        fail_silently=True,  # the coordinator has the link too; a broken mail server must not lose the invitation
    )


def find_invitation(token: str) -> Invitation:
    """The open invitation behind a link; NotFound for a wrong, used, revoked or expired one."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFound(
            translatable("This invitation link is not complete. Copy the whole link, or ask for a new one.")
        ) from error
    invitation = Invitation.objects.filter(pk=pk).select_related("study").first()
    if invitation is None or invitation.revoked_at:
        raise NotFound(translatable("This invitation was withdrawn. Ask the coordinator for a new one."))
    if invitation.accepted_at:
        raise NotFound(translatable("This invitation was already used. Sign in, or ask the coordinator for a new one."))
    if invitation.expires_at < timezone.now():
        raise NotFound(translatable("This invitation has expired. Ask the coordinator for a new one."))
    return invitation


@transaction.atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Join the study; a second click finds the invitation used."""
    now = timezone.now()
    usable = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None, expires_at__gte=now)
    if not usable.update(accepted_at=now, accepted_by=user):
        raise WrongState(
            translatable("This invitation was used, withdrawn or has expired. Ask the coordinator for a new one.")
        )
    return add_member(invitation.study, user, invitation.role, actor=user)


@transaction.atomic
def join_with_new_account(
    invitation: Invitation, *, username: str, password: str, email: str, full_name: str
) -> Membership:
    """Make an account and join with it; where the invitation was used meanwhile, no account stays behind."""
    user = create_account(username=username, password=password, email=email, full_name=full_name)
    return accept(invitation, user)


@transaction.atomic
def revoke(invitation: Invitation, *, actor: User) -> None:
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not changed:
        raise WrongState("This invitation was already used or withdrawn.")
    audit.record(invitation.study, actor, "invitation withdrawn", email=invitation.email)


@transaction.atomic
def set_permissions(user: User, *, actor: User, may_create_studies: bool, is_staff: bool, is_active: bool) -> None:
    """What an administrator may change about an account."""
    if user.pk == actor.pk and not (is_staff and is_active):
        raise WrongState("You cannot take your own administrator's rights away.")
    user.may_create_studies, user.is_staff, user.is_active = may_create_studies, is_staff, is_active
    user.save(update_fields=("may_create_studies", "is_staff", "is_active"))
    if not is_active:
        browser_sessions.end_all(user, actor=actor, why="may not sign in any more")
    audit.record(
        None,
        actor,
        "account changed",
        username=user.username,
        may_create_studies=may_create_studies,
        administrator=is_staff,
        active=is_active,
    )


@transaction.atomic
def password_link(user: User, *, actor: User) -> str:
    """A link by which a person sets a new password. It stops working once used, and by itself after some days."""
    if not user.is_active:
        raise WrongState(f"{user.name} may not sign in, so a new password would not help.")
    audit.record(None, actor, "password link made", username=user.username)
    parts = (urlsafe_base64_encode(str(user.pk).encode()), default_token_generator.make_token(user))
    return settings.PUBLIC_URL + reverse("password_reset", args=parts)


@transaction.atomic
def password_changed(user: User, *, but: str | None) -> None:
    """The person has a new password: all other sessions end. `but` is the session's key."""
    audit.record(None, user, "password changed", username=user.username)
    browser_sessions.end_all(user, actor=user, why="password changed", but=but)
