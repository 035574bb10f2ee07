"""What readers asked for and nobody has looked at yet: rows that the worker takes within seconds."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.audience import Frequency, Newsletter, Subscriber


class SignUpFlood(models.Model):
    """More sign-ups than readers make: those that came meanwhile wait until a person has looked at them."""

    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, help_text="Since then new sign-ups are mailed as always.")
    let_through_at = models.DateTimeField(null=True, help_text="When a person said that they are real.")
    thrown_away = models.PositiveIntegerField(default=0)
    thrown_away_at = models.DateTimeField(null=True, help_text="When a person did so last; more may have come since.")
    forgotten = models.PositiveIntegerField(default=0, help_text="Nobody decided on them in time.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("flood of sign-ups")
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"flood of {self.opened_at:%Y-%m-%d %H:%M}"


class SignUpRequest(models.Model):
    """A sign-up as it came in. The page that takes it looks nothing up, so that its time can't tell who is known."""

    newsletter = models.ForeignKey(
        Newsletter,
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="None: only the mail of an earlier sign-up is asked for again.",
    )
    email = models.CharField(max_length=254, help_text="In its normal form.")
    name = models.CharField(max_length=100, blank=True)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.EACH_STORY)
    topics = models.JSONField(default=list, blank=True, help_text="Ids of the topics that were ticked.")
    language = models.CharField(max_length=12, blank=True)
    source = models.CharField(max_length=200)
    ip_hash = models.CharField(max_length=80, blank=True)
    wording = models.CharField(max_length=40, blank=True, help_text="Version of the consent text that the form showed.")
    requested_at = models.DateTimeField(default=timezone.now)
    basis = models.CharField(max_length=300, blank=True, help_text="Why an editor added the reader; else empty.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    flood = models.ForeignKey(SignUpFlood, null=True, on_delete=models.CASCADE, related_name="sign_ups")

    class Meta:
        verbose_name = _("sign-up")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="sign_up_due", condition=models.Q(flood=None)),
        ]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class AddressChange(models.Model):
    """A reader moves to another address: it happens once both mailboxes have said yes."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="address_changes")
    new_email = models.CharField(max_length=254, help_text="In its normal form.")
    old_agreed_at = models.DateTimeField(null=True)
    new_agreed_at = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of address")

    def __str__(self) -> str:
        return f"change of address {self.pk}"
