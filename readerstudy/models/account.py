"""What guards an account: tries at the door, the second factor, and the browsers in which a person is signed in."""

from django.db import models
from django.db.models import Q

from readerstudy.models.people import User


class SignInTries(models.Model):
    """Wrong tries for one account, or from one address. What was typed is not kept, only a keyed hash of it."""

    class Kind(models.TextChoices):
        ACCOUNT = "account"
        ADDRESS = "address"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    key = models.CharField(max_length=64)  # HMAC-SHA256 of the name or the address, in hex
    failures = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    waits_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("kind", "key"), name="one_count_of_tries_a_key"),
            models.CheckConstraint(condition=Q(kind__in=("account", "address")), name="tries_kind_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.failures} tries of one {self.kind}"


class SecondFactor(models.Model):
    """A person's authenticator app. It counts once a code of it was given (`confirmed_at`)."""

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor")
    # In the age format, with a key that is kept outside of the database.
    secret_encrypted = models.TextField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)  # time step of the last code that was taken

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """One code for a lost phone; works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes")
    hmac_sha256 = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "hmac_sha256"), name="recovery_codes_differ"),)

    def __str__(self) -> str:
        return f"recovery code of {self.user}"


class BrowserSession(models.Model):
    """One browser in which a person is signed in. It lives as long as the session whose key it names."""

    user = models.ForeignKey(User, models.CASCADE, related_name="browser_sessions")
    session_key = models.CharField(max_length=40, unique=True)
    browser = models.CharField(max_length=300, blank=True)  # as it names itself
    address = models.CharField(max_length=45)
    second_factor = models.BooleanField(default=False)
    since = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_seen_at",)

    def __str__(self) -> str:
        return f"{self.user} since {self.since:%d %b %H:%M}"
