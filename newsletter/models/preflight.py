"""What people decided about findings of the check before sending: a log that is only added to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PreflightDecision(models.Model):
    """One blocker of one issue, overridden with a reason.

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
