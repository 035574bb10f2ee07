"""What the publication says about itself on every page and in every mail."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import Site


@register_setting(icon="site")
class PublicationSettings(BaseSiteSetting):
    """Name, sender, standing statements and policy pages of one site."""

    name = models.CharField(_("name"), max_length=80, default="Rounds")
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    postal_address = models.TextField(
        _("postal address"),
        blank=True,
        help_text=_("Stands at the foot of every mail; the law asks for it (CAN-SPAM)."),
    )
    contact_email = models.EmailField(_("contact"), blank=True, help_text=_("Where readers can reach an editor."))
    sender_name = models.CharField(_("sender name"), max_length=80, blank=True)
    sender_email = models.EmailField(
        _("sender address"), blank=True, help_text=_("Mails come from this address unless a newsletter has its own.")
    )
    country = models.CharField(
        _("country"),
        max_length=2,
        default="US",
        help_text=_("Two letters (ISO 3166). Decides which crisis lines are shown."),
    )
    conflict_statement = models.TextField(
        _("standing conflict statement"),
        blank=True,
        help_text=_("Shown on stories that have no statement of their own."),
    )
    disclaimer = models.TextField(_("disclaimer"), blank=True)
    privacy_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("privacy page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    editorial_policy_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("editorial policy page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    funding_policy_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("funding policy page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    advertising_policy_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("advertising policy page"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    review_months = models.PositiveSmallIntegerField(
        _("months until the next review"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(36)],
        help_text=_("What a new story begins with: 12 suit treatments, 36 are the most."),
    )

    #: Every page's foot links to all of them.
    select_related = ["privacy_page", "editorial_policy_page", "funding_policy_page", "advertising_policy_page"]

    panels = [
        MultiFieldPanel([FieldPanel("name"), FieldPanel("tagline"), FieldPanel("country")], heading=_("Publication")),
        MultiFieldPanel(
            [
                FieldPanel("sender_name"),
                FieldPanel("sender_email"),
                FieldPanel("postal_address"),
                FieldPanel("contact_email"),
            ],
            heading=_("Mail"),
        ),
        MultiFieldPanel(
            [FieldPanel("conflict_statement"), FieldPanel("disclaimer"), FieldPanel("review_months")],
            heading=_("What every story begins with"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("privacy_page"),
                FieldPanel("editorial_policy_page"),
                FieldPanel("funding_policy_page"),
                FieldPanel("advertising_policy_page"),
            ],
            heading=_("Policies"),
        ),
    ]

    class Meta:
        verbose_name = _("publication")

    @classmethod
    def of_default_site(cls) -> PublicationSettings:
        """What mails speak for, which no request asks for; unsaved defaults before a site exists."""
        found: PublicationSettings | None = (
            cls.objects.select_related("site").filter(site__is_default_site=True).first()
        )
        if found:
            return found
        site = Site.objects.filter(is_default_site=True).first()
        settings: PublicationSettings = cls.for_site(site) if site else cls()
        return settings
