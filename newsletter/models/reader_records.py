"""What an editor keeps about readers: tags, attributes, notes, segments."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.audience import Subscriber


class SubscriberTag(models.Model):
    """A word that an editor puts on readers."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    subscribers = models.ManyToManyField(Subscriber, through="SubscriberTagging", related_name="tags")

    class Meta:
        verbose_name = _("reader tag")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SubscriberTagging(models.Model):
    """One tag on one reader."""

    tag = models.ForeignKey(SubscriberTag, on_delete=models.CASCADE, related_name="taggings", db_index=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "subscriber"], name="one_tagging_per_reader")]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.subscriber_id}"


class AttributeKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    BOOLEAN = "boolean", _("Yes or no")


class SubscriberAttribute(models.Model):
    """Something that the publication keeps about readers beside name and address."""

    key = models.SlugField(_("key"), max_length=40, unique=True, help_text=_("Lower case, as in `city`."))
    label = models.CharField(_("label"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=AttributeKind, default=AttributeKind.TEXT)

    class Meta:
        verbose_name = _("reader attribute")
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class AttributeValue(models.Model):
    """One attribute of one reader. `text` sorts as the kind does where it can: a date in ISO form, `true`, `false`."""

    attribute = models.ForeignKey(SubscriberAttribute, on_delete=models.CASCADE, related_name="values", db_index=False)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="attribute_values")
    text = models.CharField(max_length=200)
    #: Of the kind `number` only, for comparing.
    number = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attribute", "subscriber"], name="one_value_per_reader")]
        # As segments compare it.
        indexes = [models.Index(F("attribute"), Lower("text"), F("subscriber"), name="attribute_text")]

    def __str__(self) -> str:
        return f"{self.attribute_id} of {self.subscriber_id}"


class SubscriberNote(models.Model):
    """What an editor wrote down about a reader; part of what the reader may see (GDPR article 15)."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("note")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"note {self.pk}"


class Segment(models.Model):
    """Readers that a rule describes. The rule is data: `newsletter.engine.segment_rules` reads it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    rules = models.JSONField(_("rules"), default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("segment")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
