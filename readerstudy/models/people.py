"""People and what they are in a study."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in. `is_staff` marks an administrator of the installation."""

    may_create_studies = models.BooleanField(default=False)

    @property
    def name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def may_open_studies(self) -> bool:
        return self.is_staff or self.may_create_studies


class Role(models.TextChoices):
    COORDINATOR = "coordinator", _("Coordinator")
    READER = "reader", _("Reader")
    STATISTICIAN = "statistician", _("Statistician")
    ADMINISTRATOR = "administrator", _("Administrator")


class Membership(models.Model):
    """One person's role in one study; one role only, so that nobody both prepares and reads the cases."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    # Readers appear in tables and exports by this code only.
    code = models.CharField(max_length=32, blank=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("role", "code", "id")
        constraints = (
            models.UniqueConstraint(fields=("study", "user"), name="one_role_in_a_study"),
            models.UniqueConstraint(fields=("study", "code"), condition=~Q(code=""), name="one_reader_a_code"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.code or self.user.name} ({self.get_role_display()})"


class Invitation(models.Model):
    """A link by which a person joins a study; the link is signed, so that it need not be stored."""

    study = models.ForeignKey("readerstudy.Study", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.email} as {self.get_role_display()}"
