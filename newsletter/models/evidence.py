"""What proves an agreement, and who must never be mailed again."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ConsentKind(models.TextChoices):
    REQUESTED = "requested", _("asked to subscribe")
    CONFIRMED = "confirmed", _("confirmed by mail")
    ENDED = "ended", _("unsubscribed")
    CHANGED = "changed", _("changed preferences")
    ADDED = "added", _("added by hand")
    IMPORTED = "imported", _("imported from a file")
    MOVED = "moved", _("moved to another address")


class AppendOnlyError(Exception):
    """Evidence can be added, never altered or taken away."""


#: What may be emptied later: the hashed client address when its time is over; the person, and the words about them,
#: when they are erased.
FORGETTABLE = frozenset({"ip_hash", "subscription", "by", "detail"})


class ConsentEventQuerySet(models.QuerySet["ConsentEvent"]):
    def update(self, **values: Any) -> int:
        if altered := sorted(values.keys() - FORGETTABLE):
            raise AppendOnlyError(f"a consent event can't be changed: {', '.join(altered)}")
        return super().update(**values)

    def delete(self) -> NoReturn:
        raise AppendOnlyError("consent events can't be deleted; `forget` is for sign-ups that came to nothing")

    def forget(self) -> int:
        """Take away the evidence of somebody who never agreed; returns how many. Only `purge` may call this."""
        return self._raw_delete(self.db)  # type: ignore[attr-defined, no-any-return]


class ConsentEvent(models.Model):
    """Append-only evidence of what a reader agreed to, when, and under which wording (GDPR article 7(1))."""

    subscription = models.ForeignKey(
        "newsletter.Subscription",
        null=True,
        on_delete=models.SET_NULL,
        related_name="consent_events",
        db_constraint=False,
    )
    kind = models.CharField(max_length=10, choices=ConsentKind)
    wording = models.CharField(
        max_length=40, blank=True, help_text="Version of the consent text that was shown; empty where none was."
    )
    source = models.CharField(max_length=200, help_text="Path of the page, without its query; or what else it came by.")
    ip_hash = models.CharField(max_length=80, blank=True, help_text="Keyed hash with its key id; empty when expired.")
    at = models.DateTimeField(default=timezone.now, editable=False)
    #: What another system says: an import keeps the instant of the source beside our own.
    claimed_at = models.DateTimeField(null=True, blank=True, help_text="When they agreed, according to the source.")
    detail = models.CharField(
        max_length=300, blank=True, help_text="The stated basis, what changed, or the fields of an import. No address."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    objects = ConsentEventQuerySet.as_manager()

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
