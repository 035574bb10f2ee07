"""Clicks, where a newsletter counts them: the links of a campaign and how often each was followed in an hour.

Nothing in these tables tells who followed a link, or that two clicks came from one reader.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """One address in a campaign; every reader gets the same `/r/<campaign>/<number>` for it."""

    campaign = models.ForeignKey("newsletter.Campaign", on_delete=models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.TextField()
    #: What readers see of it, such as the title of a story.
    label = models.CharField(max_length=200, blank=True)
    #: No reader can see it: who follows it is a program (`newsletter.engine.clicks`).
    is_trap = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("link")
        ordering = ["campaign", "number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="one_link_per_number")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.campaign_id}/{self.number}: {self.url}"


class LinkHour(models.Model):
    """How often a link was followed within an hour (UTC): by anything, and by what looks like people."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="hours")
    hour = models.DateTimeField()
    raw = models.PositiveIntegerField(default=0)
    filtered = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("clicks of an hour")
        ordering = ["hour"]
        constraints = [models.UniqueConstraint(fields=["link", "hour"], name="one_count_per_hour")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.link_id} at {self.hour}: {self.filtered} of {self.raw}"
