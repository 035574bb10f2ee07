"""The story: what a doctor writes."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from blog.blocks import StoryBody


class StoryKind(models.TextChoices):
    TREATMENT = "treatment", _("Treatment")
    CONDITION = "condition", _("Condition")
    PATIENT_STORY = "patient_story", _("Patient story")
    NEWS = "news", _("News")


class StoryPage(Page):
    standfirst = models.TextField(
        _("standfirst"), blank=True, max_length=400, help_text=_("One or two sentences under the title.")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=StoryKind, default=StoryKind.NEWS)
    hero_image = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    hero_alt = models.CharField(
        _("what the picture shows"),
        max_length=250,
        blank=True,
        help_text=_("For readers who can't see it. Empty: decoration."),
    )
    author = models.ForeignKey(
        "blog.AuthorPage",
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    #: What a reader sees as the date; `first_published_at` unless an import brought an older one.
    published_on = models.DateField(_("published"), null=True, blank=True)
    updated_on = models.DateField(_("updated"), null=True, blank=True)
    reviewed_on = models.DateField(_("last reviewed"), null=True, blank=True)
    review_due_on = models.DateField(_("next review due"), null=True, blank=True)
    topics = ParentalManyToManyField("blog.Topic", verbose_name=_("topics"), blank=True, related_name="stories")
    series = models.ForeignKey(
        "blog.Series",
        verbose_name=_("series"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="stories",
    )
    body = StreamField(StoryBody(), blank=True, verbose_name=_("body"))
    conflict_statement = models.TextField(
        _("conflict of interest"), blank=True, help_text=_("Empty: the publication's standing statement.")
    )
    #: Where an imported story came from, such as `text:iv-ketamine.txt`; importing again finds it by this.
    source_id = models.CharField(max_length=250, blank=True, editable=False, db_index=True)
    #: SHA-256 of what was imported: the same again changes nothing.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldPanel("kind"),
        FieldPanel("author"),
        MultiFieldPanel([FieldPanel("hero_image"), FieldPanel("hero_alt")], heading=_("Picture")),
        FieldPanel("body"),
        InlinePanel("references", heading=_("References"), label=_("reference")),
        FieldPanel("topics"),
        FieldPanel("series"),
        MultiFieldPanel(
            [
                FieldPanel("published_on"),
                FieldPanel("updated_on"),
                FieldPanel("reviewed_on"),
                FieldPanel("review_due_on"),
            ],
            heading=_("Dates"),
        ),
        FieldPanel("conflict_statement"),
        InlinePanel("corrections", heading=_("Corrections"), label=_("correction")),
    ]
    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("standfirst"),
        index.SearchField("body"),
        index.FilterField("kind"),
        index.FilterField("author"),
    ]
    parent_page_types: ClassVar = ["blog.StoryIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")


class Reference(Orderable):
    """One source that the story cites."""

    story = ParentalKey("blog.StoryPage", on_delete=models.CASCADE, related_name="references")
    text = models.TextField(_("citation"), help_text=_("Authors. Title. Journal. Year."))
    doi = models.CharField(_("DOI"), max_length=120, blank=True)
    pmid = models.CharField(_("PMID"), max_length=12, blank=True)
    url = models.URLField(_("address"), max_length=300, blank=True)

    panels: ClassVar = [FieldPanel("text"), FieldPanel("doi"), FieldPanel("pmid"), FieldPanel("url")]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def link(self) -> str:
        """The best address to read it at: DOI, else PubMed, else its own."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url


class Correction(Orderable):
    """A public note that something in the story was put right."""

    story = ParentalKey("blog.StoryPage", on_delete=models.CASCADE, related_name="corrections")
    made_on = models.DateField(_("date"))
    text = models.TextField(_("what was corrected"))

    panels: ClassVar = [FieldPanel("made_on"), FieldPanel("text")]

    def __str__(self) -> str:
        return f"{self.made_on}: {self.text[:60]}"
