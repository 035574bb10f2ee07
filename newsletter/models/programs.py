"""What other programs may do here, and what they are told: API tokens and outgoing webhooks."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """A program's key to the API. Only a hash is kept: the token itself is shown once."""

    name = models.CharField(_("name"), max_length=80, help_text=_("Which program uses it."))
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False, help_text="Its first characters, to tell tokens apart.")
    scopes = models.JSONField(_("scopes"), default=list)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("API token")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class HookEvent(models.TextChoices):
    SUBSCRIBED = "subscribed", _("Somebody confirmed a subscription")
    UNSUBSCRIBED = "unsubscribed", _("A subscription ended")
    BOUNCED = "bounced", _("A mailbox does not exist")
    ISSUE_SENT = "issue_sent", _("An issue was sent")
    TEST = "test", _("A test, sent by hand")


class HookStop(models.TextChoices):
    """Why nothing is sent to an endpoint any more although nobody switched it off."""

    GONE = "gone", _("It answered 410: it wants no more.")
    FAILING = "failing", _("It took nothing for 48 hours.")


class HookEndpoint(models.Model):
    """Where another program listens."""

    url = models.URLField(_("address"), max_length=500, help_text=_("Begins with https://"))
    description = models.CharField(_("description"), max_length=120, blank=True)
    events = models.JSONField(_("events"), default=list)
    #: Signs what is sent; sealed with the site's key (`newsletter.audience.hook_secrets`), shown once.
    sealed_secret = models.BinaryField(editable=False)
    secret_rolled_at = models.DateTimeField(null=True, editable=False)
    active = models.BooleanField(_("active"), default=True)
    #: The first of the tries since the last one that was taken; empty while all is well.
    failing_since = models.DateTimeField(null=True, editable=False)
    stopped_because = models.CharField(max_length=8, blank=True, choices=HookStop, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("webhook")
        ordering = ["url"]

    def __str__(self) -> str:
        return self.url


class OutgoingHookState(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("delivered")
    FAILED = "failed", _("given up")


class OutgoingHook(models.Model):
    """One event for one endpoint: a row with a state, sent and retried by the worker."""

    endpoint = models.ForeignKey(HookEndpoint, on_delete=models.CASCADE, related_name="hooks")
    #: The same in every attempt, so that the other side can tell a repetition.
    event_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(max_length=16, choices=HookEvent)
    #: Emptied when its time is over: it may name a reader.
    payload = models.JSONField()
    subscriber_id = models.BigIntegerField(null=True, db_index=True, help_text="Whom it is about, to erase it with.")
    state = models.CharField(max_length=8, choices=OutgoingHookState, default=OutgoingHookState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outgoing webhook")
        indexes = [
            models.Index(fields=["next_attempt_at"], name="hook_unsent", condition=Q(state__in=["pending", "sending"]))
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}: {self.state}"


class HookAttempt(models.Model):
    """One try, for the delivery log. No header and no body of the answer beyond its beginning."""

    hook = models.ForeignKey(OutgoingHook, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status; empty when there was no answer.")
    answer = models.CharField(max_length=300, blank=True, help_text="The beginning of the answer, or the error.")
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"attempt {self.pk} of hook {self.hook_id}"
