"""One edition of a newsletter, composed by an editor."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin
from wagtail.search import index

from newsletter.models.blocks import IssueBody


class Issue(
    WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, index.Indexed, models.Model
):
    """`live` means approved. Only the send dialog schedules; there is no go-live or expiry field in any form."""

    newsletter = models.ForeignKey("newsletter.Newsletter", on_delete=models.PROTECT, related_name="issues")
    subject = models.CharField(_("subject"), max_length=200)
    preview_text = models.CharField(
        _("preview text"),
        max_length=150,
        blank=True,
        help_text=_("What mail programs show after the subject. 40 to 110 characters."),
    )
    body = StreamField(IssueBody(), blank=True, verbose_name=_("body"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    search_fields: ClassVar = [
        index.SearchField("subject"),
        index.AutocompleteField("subject"),
        index.FilterField("newsletter"),
    ]

    class Meta:
        verbose_name = _("issue")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Its page in the archive, which answers once a campaign of it was sent."""
        return reverse("newsletter:issue", args=[self.newsletter.slug, self.pk])
