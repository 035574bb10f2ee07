"""What people decided about findings of the editorial check: a log that is only added to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class EditorialDecision(models.Model):
    """One finding of one story, settled by a person: seen and left (level A), or overridden with a reason (level B).

    It holds on to the finding by `fingerprint`, which changes with the sentence: once changed, it is asked about anew.
    """

    class Kind(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        OVERRIDDEN = "overridden", _("Overridden")

    story = models.ForeignKey("blog.StoryPage", on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=Kind)
    rule = models.CharField(max_length=8)
    fingerprint = models.CharField(max_length=64)
    #: As it read when it was decided upon.
    sentence = models.TextField(blank=True)
    reason = models.TextField(_("reason"), blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("editorial decision")
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["story", "fingerprint"])]
        permissions = [("override_finding", "Can override a blocker of the editorial check")]

    def __str__(self) -> str:
        return f"{self.rule} {self.kind}"
