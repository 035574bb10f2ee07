"""Things that several stories share: topics, series, crisis resources."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from blog.consent import ConsentBasis


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


@register_snippet
class GlossaryTerm(models.Model):
    """A word that readers may not know, and what it means."""

    term = models.CharField(_("term"), max_length=80, unique=True)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    definition = models.TextField(_("definition"), max_length=600, help_text=_("One to three plain sentences."))

    panels = [FieldPanel("term"), FieldPanel("slug"), FieldPanel("definition")]

    class Meta:
        verbose_name = _("glossary term")
        ordering = ["term"]

    def __str__(self) -> str:
        return self.term


class PatientConsent(models.Model):
    """The private record of what a person agreed to. Never shown to readers, in feeds or in mails.

    A snippet too, registered with choosers that only those see who may (`blog.dashboard.consents`).
    """

    label = models.CharField(
        _("label"), max_length=120, unique=True, help_text=_("Something that tells you who it is, without the name.")
    )
    basis = models.CharField(_("basis"), max_length=16, choices=ConsentBasis, default=ConsentBasis.WRITTEN)
    obtained_on = models.DateField(_("obtained on"), null=True, blank=True)
    kept_at = models.CharField(
        _("where the signed paper is kept"), max_length=200, blank=True, help_text=_("A place, not the paper itself.")
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    note = models.TextField(_("private note"), blank=True)

    panels = [
        FieldPanel("label"),
        FieldPanel("basis"),
        FieldPanel("obtained_on"),
        FieldPanel("kept_at"),
        FieldPanel("withdrawn_on"),
        FieldPanel("note"),
    ]

    class Meta:
        verbose_name = _("patient's consent")
        verbose_name_plural = _("patients' consents")
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label
