"""What a new issue can start from."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField

from newsletter.models.blocks import TemplateBody


class IssueTemplate(models.Model):
    """Blocks to start from: of one newsletter, or of all. Where its block for new stories stands, they are put."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    newsletter = models.ForeignKey(
        "newsletter.Newsletter",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
        verbose_name=_("newsletter"),
        help_text=_("Empty: for all of them."),
    )
    description = models.CharField(_("description"), max_length=200, blank=True)
    body = StreamField(TemplateBody(), blank=True, verbose_name=_("body"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("issue template")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
