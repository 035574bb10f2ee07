"""Who reads: newsletters, subscribers, what they agreed to, and who must never be mailed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.engine.subscriptions import EndReason, SubscriptionState

if TYPE_CHECKING:
    from core.models import PublicationSettings


class Frequency(models.TextChoices):
    EACH_STORY = "each_story", _("Each story")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")


class UncertainPolicy(models.TextChoices):
    HOLD = "hold", _("Leave it to a person")
    RESEND_ONCE = "resend_once", _("Send once more under the same Message-ID")


class NewsletterQuerySet(models.QuerySet["Newsletter"]):
    def visible(self) -> NewsletterQuerySet:
        return self.filter(hidden=False)


class Newsletter(models.Model):
    """What one subscribes to."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), unique=True, help_text=_("Part of the address of its archive."))
    description = models.CharField(_("description"), max_length=250, blank=True)
    sender_name = models.CharField(_("sender name"), max_length=80, blank=True)
    sender_email = models.EmailField(_("sender address"), blank=True)
    reply_to = models.EmailField(_("replies go to"), blank=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Takes no sign-ups and has no public page."))
    backend = models.CharField(_("backend"), max_length=40, default="default")
    uncertain_policy = models.CharField(
        _("when an answer was lost"), max_length=12, choices=UncertainPolicy, default=UncertainPolicy.HOLD
    )

    objects = NewsletterQuerySet.as_manager()

    class Meta:
        verbose_name = _("newsletter")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def sender(self, publication: PublicationSettings) -> tuple[str, str]:
        """(name, address) that its mails come from; the address is empty where nobody has set one."""
        name = self.sender_name or publication.sender_name or publication.name
        return name, self.sender_email or publication.sender_email


class Subscriber(models.Model):
    """One mailbox. The address is kept in its one normal form (`newsletter.engine.addresses`)."""

    email = models.CharField(_("address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True, help_text=_("Empty: the newsletter's."))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the newsletter's."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("subscriber")

    def __str__(self) -> str:
        return self.email


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def pending(self) -> SubscriptionQuerySet:
        return self.filter(state=SubscriptionState.PENDING)

    def confirmed(self) -> SubscriptionQuerySet:
        return self.filter(state=SubscriptionState.CONFIRMED)


class LeavingCause(models.TextChoices):
    """What a reader may tick when leaving. No free text: it could hold anything about a person."""

    TOO_MANY = "too_many", _("Too many mails")
    NOT_FOR_ME = "not_for_me", _("Not what I was looking for")
    NEVER_ASKED = "never_asked", _("I never asked for it")
    OTHER = "other", _("Something else")


class Subscription(models.Model):
    """One subscriber's relation to one newsletter; the states are those of `newsletter.engine.subscriptions`."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in SubscriptionState], default="pending")
    ended_reason = models.CharField(max_length=16, blank=True, choices=[(r.value, r.value) for r in EndReason])
    left_because = models.CharField(max_length=12, blank=True, choices=LeavingCause)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.EACH_STORY)
    topics = models.ManyToManyField("blog.Topic", blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "subscriber"], name="one_subscription_per_newsletter"),
        ]
        indexes = [models.Index(fields=["newsletter", "state", "subscriber"], name="subscription_audience")]

    def __str__(self) -> str:
        return f"{self.subscriber_id} / {self.newsletter_id}: {self.state}"


class ConsentKind(models.TextChoices):
    REQUESTED = "requested", _("asked to subscribe")
    CONFIRMED = "confirmed", _("confirmed by mail")
    ENDED = "ended", _("unsubscribed")
    CHANGED = "changed", _("changed preferences")


class AppendOnlyError(Exception):
    """Evidence can be added, never altered or taken away."""


class ConsentEvent(models.Model):
    """Append-only evidence of what a reader agreed to, when, and under which wording (GDPR article 7(1))."""

    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.SET_NULL, related_name="consent_events", db_constraint=False
    )
    kind = models.CharField(max_length=10, choices=ConsentKind)
    wording = models.CharField(max_length=40, help_text="Version of the consent text that was shown.")
    source = models.CharField(max_length=200, help_text="Path of the page, without its query.")
    ip_hash = models.CharField(max_length=80, blank=True, help_text="Keyed hash with its key id; empty when expired.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("consent event")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnlyError("a consent event can't be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError("a consent event can't be deleted")


class Suppression(models.Model):
    """A keyed hash of an address that must not be mailed; it survives the erasure of its subscriber."""

    key_id = models.CharField(max_length=12)
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("suppression")
        constraints = [models.UniqueConstraint(fields=["key_id", "digest"], name="one_suppression_per_hash")]

    def __str__(self) -> str:
        return f"{self.key_id}:{self.digest[:8]} ({self.reason})"
