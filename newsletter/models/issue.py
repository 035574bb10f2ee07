"""One edition of a newsletter, composed by an editor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, RevisionMixin, WorkflowMixin
from wagtail.search import index

from newsletter.models.audience import Frequency
from newsletter.models.blocks import IssueBody

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise

#: Shows an issue in one of its preview modes. The admin sets it: rendering is made of rooms above this one.
Previewer = Callable[["Issue", "HttpRequest", str], "HttpResponse"]


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
    segment = models.ForeignKey(
        "newsletter.Segment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="issues",
        verbose_name=_("only for"),
        help_text=_("A segment of its readers. Empty: all of them."),
    )
    frequency = models.CharField(
        _("only those who read"),
        max_length=10,
        choices=Frequency,
        blank=True,
        help_text=_("What readers chose when they subscribed. Empty: whatever they chose."),
    )
    fits_reader = models.BooleanField(
        _("leave out what a reader does not need"),
        default=False,
        help_text=_(
            "Stories that a reader got before, and stories on other topics than the reader chose. Who would find no "
            "story in it gets no mail."
        ),
    )
    unlisted = models.BooleanField(
        _("not in the archive's list"),
        default=False,
        help_text=_("Its page answers to those who have its address, but neither list, feed nor search leads there."),
    )
    body = StreamField(IssueBody(), blank=True, verbose_name=_("body"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    search_fields: ClassVar = [
        index.SearchField("subject"),
        index.AutocompleteField("subject"),
        index.FilterField("newsletter"),
        index.FilterField("live"),
    ]
    previewer: ClassVar[Previewer | None] = None

    class Meta:
        verbose_name = _("issue")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        """Its page in the archive, which answers once a campaign of it was sent."""
        return reverse("newsletter:issue", args=[self.newsletter.slug, self.pk])

    @property
    def status_string(self) -> str | Promise:
        """Wagtail's status in our words: what it calls live is approved here."""
        if not self.live:
            return _("draft")
        return _("approved, changed since") if self.has_unpublished_changes else _("approved")

    @property
    def preview_modes(self) -> list[tuple[str, str | Promise]]:
        return [
            ("desktop", _("Desktop")),
            ("phone", _("Phone")),
            ("dark", _("Dark")),
            ("no-pictures", _("Pictures off")),
            ("text", _("Plain text")),
        ]

    @property
    def preview_sizes(self) -> list[dict[str, str | int | Promise]]:
        """A mail is 600 pixels wide: a wider frame would only make it smaller in the panel."""
        return [
            {"name": "desktop", "icon": "desktop", "device_width": 720, "label": _("Preview in a mail program")},
            {"name": "mobile", "icon": "mobile-alt", "device_width": 375, "label": _("Preview on a phone")},
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        show = type(self).previewer
        if show is None:
            raise NotImplementedError("no room said how issues are previewed")
        return show(self, request, mode_name)
