"""The story: what a doctor writes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, FieldRowPanel, HelpPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager
from wagtail.search import index

from blog import reading
from blog.blocks import StoryBody
from blog.citations import Source
from blog.glossary import Glossary
from blog.models.audio import audio_type
from blog.models.gated import GatedPage
from blog.models.public import PublicPage
from blog.models.reference_form import ReferencesPanel
from blog.models.snippets import GlossaryTerm
from blog.models.story_form import StoryForm
from blog.models.story_queries import StoryQuerySet
from blog.permissions import StoryPermissionTester

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class StoryKind(models.TextChoices):
    TREATMENT = "treatment", _("Treatment")
    CONDITION = "condition", _("Condition")
    PATIENT_STORY = "patient_story", _("Patient story")
    NEWS = "news", _("News")


class StoryPage(GatedPage, PublicPage, Page):
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
    published_on = models.DateField(
        _("published"), null=True, blank=True, help_text=_("Empty: the day it goes live here.")
    )
    updated_on = models.DateField(
        _("updated"), null=True, blank=True, help_text=_("When the content changed; not for a mended typing error.")
    )
    reviewed_on = models.DateField(
        _("last reviewed"), null=True, blank=True, help_text=_("When the whole text was last checked.")
    )
    review_due_on = models.DateField(
        _("next review due"), null=True, blank=True, help_text=_("Usually a year later for treatments.")
    )
    reviewer = models.ForeignKey(
        "blog.AuthorPage",
        verbose_name=_("reviewed by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="reviewed_stories",
        help_text=_("Another expert. Empty: readers are told that nobody else has reviewed it."),
    )
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
    audio = models.ForeignKey(
        "wagtaildocs.Document",
        verbose_name=_("audio version"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The story read aloud: an MP3, M4A, OGG or WAV file."),
    )
    conflict_statement = models.TextField(
        _("conflict of interest"), blank=True, help_text=_("Empty: the publication's standing statement.")
    )
    #: Where an imported story came from, such as `text:iv-ketamine.txt`; importing again finds it by this.
    source_id = models.CharField(max_length=250, blank=True, editable=False, db_index=True)
    #: SHA-256 of what was imported: the same again changes nothing.
    source_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects: ClassVar[Any] = PageManager.from_queryset(StoryQuerySet)()
    base_form_class = StoryForm
    #: In the order of writing: what is needed for a first draft stands first, the rest has a default.
    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("standfirst"),
        FieldRowPanel([FieldPanel("kind"), FieldPanel("author")]),
        FieldPanel("body"),
        MultiFieldPanel([FieldPanel("hero_image"), FieldPanel("hero_alt")], heading=_("Picture")),
        FieldPanel("audio"),
        MultiFieldPanel(
            [
                HelpPanel(
                    content=_(
                        "Cite them in the text with the Cite button, or by writing a row's place in this list in "
                        "square brackets: [1] or [2, 3]. Readers see them numbered in the order in which the text "
                        "mentions them."
                    )
                ),
                ReferencesPanel("references", label=_("reference")),
            ],
            heading=_("References"),
        ),
        MultiFieldPanel([FieldPanel("topics"), FieldPanel("series")], heading=_("Topics and series")),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("published_on"), FieldPanel("updated_on")]),
                FieldRowPanel([FieldPanel("reviewed_on"), FieldPanel("review_due_on")]),
                FieldPanel("reviewer"),
            ],
            heading=_("Dates and review"),
        ),
        FieldPanel("conflict_statement"),
        InlinePanel("corrections", heading=_("Corrections"), label=_("correction")),
    ]
    search_fields: ClassVar = [
        *Page.search_fields,
        index.SearchField("standfirst"),
        index.SearchField("body"),
        # SQLite's search knows no endings: it finds words that begin like these (see `discovery.search`).
        index.AutocompleteField("standfirst"),
        index.AutocompleteField("body"),
        index.FilterField("kind"),
        index.FilterField("author"),
    ]
    parent_page_types: ClassVar = ["blog.StoryIndexPage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")

    @property
    def display_date(self) -> date | None:
        """The date readers see: an imported one, else the day it first went live; None for a draft."""
        if self.published_on:
            return self.published_on
        return timezone.localdate(self.first_published_at) if self.first_published_at else None

    @property
    def reading_minutes(self) -> int:
        return reading.minutes(reading.count_words(self.body))

    @property
    def audio_type(self) -> str:
        """The media type of the audio version; empty without one that browsers play."""
        return audio_type(self.audio.filename) if self.audio else ""

    @cached_property
    def sources(self) -> list[Source]:
        """The references as citations need them, in the editor's order."""
        # Unlike `all`, this remembers the rows: what search engines are told asks for them again.
        return [reference.source for reference in self.references.get_object_list()]

    def permissions_for_user(self, user: AbstractBaseUser | AnonymousUser) -> StoryPermissionTester:
        """Wagtail asks this before it shows, saves or publishes the story."""
        return StoryPermissionTester(user, self)

    def _list_url(self, request: HttpRequest) -> str:
        """The address of the list of stories that this one is in, without asking the database for it."""
        url = self.get_url(request) if self.pk and self.url_path else None
        return f"{url.rstrip('/').rpartition('/')[0]}/" if url else ""

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds `reading` (the body with its numbering), `sources`, `topics`, `older`, `newer`, `related`."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        read = reading.read(self.body, self.sources)
        reading.fetch_renditions(read, self.hero_image, self.author.photo if self.author else None)
        topics = list(self.topics.get_object_list() if self.pk else self.topics.all())
        return {
            **context,
            "reading": read,
            "citations": read.citations,
            "glossary": Glossary((found.text for found in reading.fields_of(self.body)), GlossaryTerm.objects.in_bulk),
            "topics": topics,
            "index_url": self._list_url(request),
            "corrections": list(self.corrections.get_object_list()),
            **type(self).objects.for_readers().around(self, topics),
        }
