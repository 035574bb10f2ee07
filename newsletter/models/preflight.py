"""The check before sending: what people decided about its findings, and what others answered to its questions."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PreflightDecision(models.Model):
    """One blocker of one issue, overridden with a reason. Rows are only ever added.

    It holds on to the finding by `fingerprint`, which changes with what was found: once changed, it blocks anew.
    """

    issue = models.ForeignKey("newsletter.Issue", on_delete=models.CASCADE, related_name="decisions")
    rule = models.CharField(max_length=40)
    fingerprint = models.CharField(max_length=64)
    #: As it read when it was overridden.
    text = models.TextField()
    reason = models.TextField(_("reason"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("decision on a check before sending")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["issue", "fingerprint"], name="preflight_decision")]
        default_permissions = ()
        permissions = [("override_preflight", "Can override a blocker of the check before sending")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}"


class AnswerKind(models.TextChoices):
    LINK = "link", _("whether a link answers")
    SENDER = "sender", _("the DNS of the sender’s domain")
    SPAM = "spam", _("what SpamAssassin thinks")
    CHECKLIST = "checklist", _("Mailchimp’s checklist")


class PreflightAnswer(models.Model):
    """What was answered last to a question that takes time. It is about addresses and words, never about a reader."""

    kind = models.CharField(max_length=10, choices=AnswerKind)
    #: Names the question: the same link in two issues is asked once.
    key = models.CharField(max_length=64, unique=True)
    asked = models.TextField()
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("answer to the check before sending")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.asked[:80]}"
