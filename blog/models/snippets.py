"""Things that several stories share: topics, series, crisis resources."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet


@register_snippet
class Topic(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), unique=True)
    description = models.CharField(_("description"), max_length=250, blank=True)

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")]

    class Meta:
        verbose_name = _("topic")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class Series(models.Model):  # type: ignore[django-manager-missing]  # StoryPage's manager is Wagtail's: untyped
    name = models.CharField(_("name"), max_length=80, unique=True)
    slug = models.SlugField(_("slug"), unique=True)
    description = models.CharField(_("description"), max_length=250, blank=True)

    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")]

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class CrisisResource(models.Model):
    """A line that answers people in a crisis, by country."""

    country = models.CharField(_("country"), max_length=2, help_text=_("Two letters (ISO 3166)."), db_index=True)
    name = models.CharField(_("name"), max_length=100)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    text_line = models.CharField(_("text message"), max_length=80, blank=True)
    url = models.URLField(_("address"), blank=True)
    hours = models.CharField(_("hours"), max_length=80, blank=True)
    emergency = models.BooleanField(_("emergency number"), default=False)
    sort_order = models.PositiveSmallIntegerField(_("order"), default=0)

    panels = [
        FieldPanel("country"),
        FieldPanel("name"),
        FieldPanel("phone"),
        FieldPanel("text_line"),
        FieldPanel("url"),
        FieldPanel("hours"),
        FieldPanel("emergency"),
        FieldPanel("sort_order"),
    ]

    class Meta:
        verbose_name = _("crisis resource")
        ordering = ["country", "sort_order", "name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"
