"""Single mails: confirmations, welcomes, alerts. Each is a row with a state, sent and retried by the worker."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutgoingMailState(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("given up")


class OutgoingMail(models.Model):
    """One single mail. Its content is erased once it is sent: it may hold a link that acts for the reader."""

    kind = models.CharField(max_length=20)
    backend = models.CharField(max_length=40, default="default")
    envelope_from = models.CharField(max_length=254)
    recipient = models.CharField(max_length=254)
    content = models.BinaryField(help_text="The whole message, CRLF line ends; empty once sent or given up.")
    state = models.CharField(max_length=8, choices=OutgoingMailState, default=OutgoingMailState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    last_reply = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("single mail")
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="mail_unsent",
                condition=models.Q(state__in=["pending", "sending"]),
            ),
            # How lately an address was mailed, and how much was mailed of late.
            models.Index(fields=["recipient", "created_at"], name="mail_to_recipient"),
            models.Index(fields=["created_at"], name="mail_made"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"
