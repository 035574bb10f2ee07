"""What readers report as wrong with a page."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProblemReport(models.Model):
    class Kind(models.TextChoices):
        ERROR = "error", _("Something is wrong")
        OUTDATED = "outdated", _("Something is out of date")
        HARMFUL = "harmful", _("Something could hurt someone")
        ACCESS = "access", _("I can't read or use it")
        LINK = "link", _("A link is broken")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        #: Nobody has looked at it yet.
        NEW = "new", _("New")
        #: Somebody is looking into it.
        OPEN = "open", _("In progress")
        #: The page was mended.
        SOLVED = "solved", _("Solved")
        #: Nothing has to be done.
        DISMISSED = "dismissed", _("Dismissed")

    page = models.ForeignKey("wagtailcore.Page", null=True, on_delete=models.SET_NULL, related_name="+")
    #: As it was when the report came, for when the page is gone.
    page_title = models.CharField(max_length=255)
    path = models.CharField(max_length=500)
    kind = models.CharField(_("what is it about"), max_length=16, choices=Kind)
    text = models.TextField(_("what did you notice"), max_length=2000)
    #: Optional, for an answer; removed when the report is closed for a while.
    email = models.EmailField(_("your e-mail address"), blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.NEW)
    note = models.TextField(_("note of the editors"), blank=True)
    created_at = models.DateTimeField(db_index=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        verbose_name = _("problem report")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.page_title}"
