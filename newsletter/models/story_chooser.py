"""Choosing a story for an issue: those that the issue's newsletter has not mailed yet come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets.chooser import BaseChooser
from wagtail.blocks import ChooserBlock

if TYPE_CHECKING:
    from blog.models import StoryPage


class StoryChooserWidget(BaseChooser):
    """Opens the dialog of `newsletter.admin.story_chooser`, which knows the newsletter from the form beside it."""

    model = "blog.StoryPage"
    icon = "doc-full"
    chooser_modal_url_name = "newsletter_stories:choose"
    choose_one_text = _("Choose a story")
    choose_another_text = _("Choose another story")
    link_to_chosen_text = _("Edit this story")
    linked_fields = {"newsletter": "#id_newsletter"}


class StoryChooserBlock(ChooserBlock):
    target_model = "blog.StoryPage"

    @cached_property
    def widget(self) -> StoryChooserWidget:
        return StoryChooserWidget()

    def render_basic(self, value: StoryPage | None, context: object = None) -> str:
        return format_html('<a href="{}">{}</a>', value.url, value.title) if value else ""

    class Meta:
        label = _("Story")
        icon = "doc-full"
