"""The pages around stories: home, index, author, standard page."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index
from wagtail.url_routing import RouteResult

from blog import reading
from blog.blocks import StoryBody
from blog.models.archive import topics_of, years_of
from blog.models.gated import WholeCopies
from blog.models.public import PublicPage
from blog.models.reference_form import ReferencesPanel
from blog.models.snippets import Series, Topic
from blog.models.story import StoryPage

#: Steps in a story's address below the home page: its list, itself.
STORY_DEPTH = 2
STORIES_ON_HOME = 7
STORIES_ON_A_PAGE = 12
#: Below the address of a list of stories.
ARCHIVE = "archive"
YEAR = re.compile(r"[12]\d{3}", re.ASCII)


def used_topics(stories: Any) -> Any:
    """Topics that at least one of the stories has, by name."""
    return Topic.objects.filter(pk__in=StoryPage.topics.through.objects.filter(storypage__in=stories).values("topic"))


class HomePage(WholeCopies, PublicPage, Page):
    intro = models.TextField(
        _("introduction"), blank=True, help_text=_("What the publication is, for whom, by whom. A few sentences.")
    )

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = ["blog.StoryIndexPage", "blog.StandardPage", "blog.AuthorPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """A story by one query instead of two for each step of its address; everything else as Wagtail does."""
        if len(path_components) == STORY_DEPTH:
            url_path = f"{self.url_path}{'/'.join(path_components)}/"
            story = StoryPage.objects.live().filter(url_path=url_path).with_people().first()
            if story is not None:
                return RouteResult(story)
        return super().route(request, path_components)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds `stories` (the newest), `topics` and `index` (the list of all stories)."""
        stories = StoryPage.objects.descendant_of(self).for_readers()
        return {
            **super().get_context(request, *args, **kwargs),
            "stories": list(stories.with_pictures()[:STORIES_ON_HOME]),
            "topics": list(used_topics(stories.order_by().values("pk"))),
            "index": StoryIndexPage.objects.child_of(self).live().first(),
        }


class StoryIndexPage(WholeCopies, PublicPage, Page):
    """The list of stories, and below its address their archive: `archive/`, and one list for each year."""

    intro = models.TextField(_("introduction"), blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar = ["blog.StoryPage"]

    class Meta:
        verbose_name = _("list of stories")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """The archive and its years; a story of such a name comes first (see `HomePage.route`)."""
        if self.live and len(path_components) == 1:
            name = path_components[0]
            if name == ARCHIVE:
                return RouteResult(self, kwargs={"archive": True})
            if YEAR.fullmatch(name):
                return RouteResult(self, kwargs={"year": int(name)})
        return super().route(request, path_components)

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        return "blog/archive.html" if kwargs.get("archive") else "blog/story_index_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """For the archive `years`, `topics` and `series_list`, with counts; else a page of stories.

        That is `stories`, `topics`, and what they were chosen by: `year`, or `topic` by `?topic=slug`; `?page=n` pages.

        Raises:
            Http404: there is no such topic, or no story in that year.
        """
        stories = StoryPage.objects.child_of(self).for_readers()
        context = super().get_context(request, *args, **kwargs)
        if kwargs.get("archive"):
            series = Series.objects.filter(stories__in=stories.order_by().values("pk")).distinct()
            return {**context, "years": years_of(stories), "topics": topics_of(stories), "series_list": series}
        topics = list(used_topics(stories.order_by().values("pk")))
        topic, year = self._chosen_topic(request, topics), kwargs.get("year")
        if topic is not None:
            stories = stories.on_any_of([topic])
        if year is not None:
            stories = stories.filter(shown_on__year=year)
        page = Paginator(stories.with_pictures(), STORIES_ON_A_PAGE).get_page(request.GET.get("page"))
        if year is not None and not page.object_list:
            raise Http404(f"No story appeared in {year}")
        return {**context, "stories": page, "topics": topics, "topic": topic, "year": year}

    def get_sitemap_urls(self, request: Any = None) -> list[dict[str, Any]]:
        """The list and its archive; the years lead to nothing that isn't there already."""
        own = super().get_sitemap_urls(request)
        return [*own, *({**entry, "location": f"{entry['location']}{ARCHIVE}/"} for entry in own)]

    @staticmethod
    def _chosen_topic(request: HttpRequest, topics: list[Topic]) -> Topic | None:
        slug = request.GET.get("topic")
        if not slug:
            return None
        found = next((topic for topic in topics if topic.slug == slug), None)
        if found is None:
            raise Http404(f"No story has the topic {slug[:60]!r}")
        return found


class AuthorPage(PublicPage, Page):
    """Who writes. `user` ties the page to a login, so that "me as author" works."""

    credential = models.CharField(_("credential"), max_length=60, blank=True, help_text=_("Such as MD."))
    role = models.CharField(_("role"), max_length=120, blank=True, help_text=_("Such as Psychiatrist, Springfield."))
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    photo = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("photo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    closing = models.CharField(
        _("closing phrase"), max_length=160, blank=True, help_text=_("Stands above your name at the end of a story.")
    )
    contact_url = models.URLField(
        _("where readers can reach you"), blank=True, help_text=_("A page with a form or a telephone number.")
    )
    bio = RichTextField(_("biography"), blank=True, features=["bold", "italic", "link"])
    interests = models.TextField(
        _("interests to declare"), blank=True, help_text=_("Ownership, fees, shares: what a reader should know.")
    )
    user = models.OneToOneField(
        "auth.User",
        verbose_name=_("login"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="author_page",
        help_text=_("New stories of this login are signed by this author."),
    )

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldRowPanel([FieldPanel("credential"), FieldPanel("role")]),
        FieldPanel("photo"),
        FieldPanel("bio"),
        MultiFieldPanel([FieldPanel("licence"), FieldPanel("interests")], heading=_("Licence and interests")),
        FieldRowPanel([FieldPanel("closing"), FieldPanel("contact_url")]),
        FieldPanel("user"),
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("bio")]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("author")

    @property
    def byline(self) -> str:
        """The name as it stands under a title, such as `Ada Quist, MD`."""
        return f"{self.title}, {self.credential}" if self.credential else self.title

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds `stories`, a page of those this author wrote; `?page=n` pages."""
        stories = StoryPage.objects.filter(author=self.pk).for_readers().with_pictures()
        return {
            **super().get_context(request, *args, **kwargs),
            "stories": Paginator(stories, STORIES_ON_A_PAGE).get_page(request.GET.get("page")),
        }


class StandardPage(PublicPage, Page):
    """A page of its own: about, privacy, how we work."""

    body = StreamField(StoryBody(), blank=True, verbose_name=_("body"))

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("body"),
        MultiFieldPanel([ReferencesPanel("references", label=_("reference"))], heading=_("References")),
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("page")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Adds `reading`, the body with anchors and its citations."""
        read = reading.read(self.body, [row.source for row in self.references.get_object_list()])
        reading.fetch_renditions(read)
        return {**super().get_context(request, *args, **kwargs), "reading": read, "citations": read.citations}
