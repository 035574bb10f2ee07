"""The pages around stories: home, index, author, standard page."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from blog.blocks import StoryBody


class HomePage(Page):
    intro = models.TextField(_("introduction"), blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    subpage_types: ClassVar = ["blog.StoryIndexPage", "blog.StandardPage", "blog.AuthorPage"]
    max_count = 1

    class Meta:
        verbose_name = _("home page")


class StoryIndexPage(Page):
    intro = models.TextField(_("introduction"), blank=True)

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar = ["blog.StoryPage"]

    class Meta:
        verbose_name = _("list of stories")


class AuthorPage(Page):
    """Who writes. `user` ties the page to a login, so that "me as author" works."""

    credential = models.CharField(_("credential"), max_length=60, blank=True, help_text=_("Such as MD."))
    role = models.CharField(_("role"), max_length=120, blank=True)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    photo = models.ForeignKey("wagtailimages.Image", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    bio = RichTextField(_("biography"), blank=True, features=["bold", "italic", "link"])
    interests = models.TextField(_("interests to declare"), blank=True)
    user = models.OneToOneField(
        "auth.User",
        verbose_name=_("login"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="author_page",
    )

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("credential"),
        FieldPanel("role"),
        FieldPanel("licence"),
        FieldPanel("photo"),
        FieldPanel("bio"),
        FieldPanel("interests"),
        FieldPanel("user"),
    ]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("author")


class StandardPage(Page):
    body = StreamField(StoryBody(), blank=True, verbose_name=_("body"))

    content_panels: ClassVar = [*Page.content_panels, FieldPanel("body")]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]
    parent_page_types: ClassVar = ["blog.HomePage"]
    subpage_types: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("page")
