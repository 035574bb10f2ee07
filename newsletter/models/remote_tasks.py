"""What has to be asked of a service like Mailchimp outside any request, and the few connections there are for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RemoteTaskKind(models.TextChoices):
    CHECK_ACCOUNT = "check_account", _("check the key and list the audiences")
    FETCH_AUDIENCE = "fetch_audience", _("fetch segments, tags and fields of an audience")
    SET_HOOK = "set_hook", _("set up the webhook")
    REMOVE_HOOK = "remove_hook", _("remove the webhook")
    PUSH = "push", _("bring readers over")
    POLL = "poll", _("look what changed there")
    CAMPAIGN = "campaign", _("prepare, schedule and watch a campaign")
    REPORT = "report", _("fetch the numbers of a campaign")
    TEST = "test", _("send a test")
    CHECKLIST = "checklist", _("ask for Mailchimp’s checklist")


class RemoteTaskState(models.TextChoices):
    PENDING = "pending", _("waiting")
    RUNNING = "running", _("at work")
    DONE = "done", _("done")
    FAILED = "failed", _("given up")


class RemoteTask(models.Model):
    """Something that has to be asked of Mailchimp, outside any request. `delivery.remote.runner` writes the state.

    `about` holds ids, digests and flags: never an address, never a key.
    """

    kind = models.CharField(max_length=16, choices=RemoteTaskKind)
    #: One unfinished task per name, such as `push:3` or `campaign:17`.
    name = models.CharField(max_length=100)
    about = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=RemoteTaskState, default=RemoteTaskState.PENDING)
    attempts = models.PositiveIntegerField(default=0, help_text="Failures in a row.")
    next_attempt_at = models.DateTimeField(default=timezone.now)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    #: Progress, for the page that watches it.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    #: What came of it, or why it waits, for people; holds neither an address nor a secret.
    said = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="one_unfinished_per_name", condition=Q(state__in=["pending", "running"])
            )
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="remote_task_due", condition=Q(state__in=["pending", "running"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class RemoteSlot(models.Model):
    """One of the few connections that all processes together may have open to the account. Taken under a lease."""

    number = models.PositiveSmallIntegerField(unique=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"slot {self.number}: {self.owner or 'free'}"
