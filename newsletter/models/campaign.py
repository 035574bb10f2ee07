"""One frozen send: campaign, deliveries, chunks. Their states are written only by `newsletter.delivery.store`."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models.audience import Frequency


class ArchivedAs(models.TextChoices):
    """How the archive shows what was sent."""

    LISTED = "listed", _("in the archive")
    UNLISTED = "unlisted", _("by its address only")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Campaign(models.Model):
    """One frozen send of one revision of an issue to an audience."""

    issue = models.ForeignKey("newsletter.Issue", on_delete=models.PROTECT, related_name="campaigns")
    newsletter = models.ForeignKey("newsletter.Newsletter", on_delete=models.PROTECT, related_name="campaigns")
    #: Makes a double click harmless: `<issue>:<how many of its campaigns were cancelled or failed before>`.
    key = models.CharField(max_length=64, unique=True)
    revision = models.BigIntegerField(help_text="Id of the issue's revision that was frozen.")
    subject = models.CharField(_("subject"), max_length=200)
    #: The message of all recipients, compiled once: `newsletter.engine.message.CompiledMessage.dump()`.
    compiled = models.BinaryField()
    #: The same issue for the archive, without any personal slot.
    web_html = models.TextField()
    #: What that page says, for searching the archive.
    web_text = models.TextField(default="", blank=True)
    archived_as = models.CharField(max_length=10, choices=ArchivedAs, default=ArchivedAs.LISTED)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_because = models.CharField(max_length=300, blank=True, help_text="Shown to readers.")
    scheduled_at = models.DateTimeField(_("goes out at"))
    time_zone = models.CharField(max_length=64, help_text="The zone the instant was chosen in.")
    backend = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in CampaignState], default="scheduled")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it waits, is held or failed; for people.")
    retry_at = models.DateTimeField(null=True, blank=True, help_text="While waiting: when the backend is tried next.")
    retries = models.PositiveSmallIntegerField(default=0, help_text="Times in a row the backend was found down.")
    #: The rules of the issue's segment, as they were when it was scheduled; empty for every confirmed reader.
    segment_rules = models.JSONField(default=dict)
    #: Only readers who chose this frequency; empty for all.
    frequency = models.CharField(max_length=10, choices=Frequency, blank=True)
    #: Each reader gets it without the stories that reader got before or did not choose.
    fits_reader = models.BooleanField(default=False)
    messages_per_hour = models.PositiveIntegerField(
        null=True, blank=True, help_text="Chosen while it is sent; empty: what its newsletter says."
    )
    recipients = models.PositiveIntegerField(default=0, help_text="Deliveries frozen.")
    nothing_new = models.PositiveIntegerField(
        default=0, help_text="Readers who would have found no story in it, and get no mail."
    )
    sender_domain = models.CharField(
        max_length=255, blank=True, help_text="Of Message-IDs and return paths; frozen with the audience."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("scheduled by")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    #: When its ledger lost its addresses, because their time was over (`RetentionSettings.delivery_addresses`).
    addresses_forgotten_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        ordering = ["-scheduled_at", "-id"]
        indexes = [models.Index(fields=["state", "scheduled_at"], name="campaign_due")]
        permissions = [
            ("send_campaign", "Can send an issue now"),
            ("schedule_campaign", "Can schedule, pause and cancel a campaign"),
            ("test_campaign", "Can send a test to oneself"),
            ("report_campaign", "Can see reports of campaigns"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"


class CampaignStory(models.Model):
    """A story that a campaign carries: what "not yet sent" asks. The order of ids is that of the issue.

    `Chunk.leaves_out` counts by it. The rows of a campaign are written by one statement, and none is taken away: one of
    a deleted story keeps its place.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="stories")
    story = models.ForeignKey("blog.StoryPage", null=True, on_delete=models.SET_NULL, related_name="+")
    story_revision = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "story"], name="one_story_per_campaign")]

    def __str__(self) -> str:
        return f"story {self.story_id} in campaign {self.campaign_id}"


class Chunk(models.Model):
    """A range of a campaign's delivery ids that one worker sends under a lease. Ranges of a campaign never overlap."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="chunks")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    #: Places of the stories that these recipients get the issue without, counted from 0 in the issue's order.
    leaves_out = models.JSONField(default=list)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    #: Grows with every claim; a worker that slept past its lease holds an old one and can't write.
    fence = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "first_id"], name="one_chunk_per_range")]
        indexes = [models.Index(fields=["campaign", "id"], name="chunk_open", condition=Q(closed_at=None))]

    def __str__(self) -> str:
        return f"chunk {self.first_id}-{self.last_id} of campaign {self.campaign_id}"


class Delivery(models.Model):
    """One recipient of one campaign.

    No constraints on the foreign keys: a million rows are frozen by one statement, and an erased subscriber leaves a
    row that still counts (docs/decisions/0002).
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.DO_NOTHING, related_name="deliveries", db_constraint=False, db_index=False
    )
    subscriber = models.ForeignKey(
        "newsletter.Subscriber",
        null=True,
        on_delete=models.SET_NULL,
        related_name="deliveries",
        db_constraint=False,
        db_index=False,
    )
    address = models.CharField(max_length=254, blank=True, help_text="Empty once the subscriber was erased.")
    name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in DeliveryState], default="pending")
    attempts = models.PositiveSmallIntegerField(default=0)
    resends = models.PositiveSmallIntegerField(default=0, help_text="Times it was sent again after a lost answer.")
    next_attempt_at = models.DateTimeField(null=True)
    #: When it was deferred first: after 48 hours it becomes refused.
    deferred_since = models.DateTimeField(null=True)
    last_reply = models.CharField(max_length=500, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("delivery")
        constraints = [models.UniqueConstraint(fields=["campaign", "subscriber"], name="one_delivery_per_subscriber")]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="delivery_deferred", condition=Q(state="deferred")),
            models.Index(fields=["campaign", "id"], name="delivery_handed_over", condition=Q(state="handed_over")),
            models.Index(fields=["campaign", "id"], name="delivery_uncertain", condition=Q(state="uncertain")),
            # What editors watch: few rows of many. Queries use it where they exclude the same two states.
            models.Index(
                fields=["campaign", "state", "id"],
                name="delivery_exceptional",
                condition=~Q(state="accepted") & ~Q(state="pending"),
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk}: {self.state}"


class ClockLease(models.Model):
    """Which worker runs the clock, and when it last ticked. One row."""

    name = models.CharField(max_length=20, primary_key=True)
    owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    ticked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.owner or 'nobody'}"


class Pace(models.Model):
    """When the next message under a limit may go, for all workers of all machines together. A row for each limit.

    `newsletter.delivery.store.pace` is its only writer.
    """

    #: `newsletter:<id>:<rate>`, `campaign:<id>:<rate>`, `domain:<newsletter id>:<domain>:<rate>`, so that nobody waits
    #: for what was reserved at a former rate; or `day:<newsletter id>`.
    name = models.CharField(max_length=300, primary_key=True)
    #: The first instant that nobody has reserved yet.
    next_at = models.DateTimeField()
    #: Of the day that `next_at` lies in (UTC): how many were reserved; only where a day has a limit.
    reserved = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: from {self.next_at}"
