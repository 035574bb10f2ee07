"""Blocks around the text: who signs, how to go on."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from blog.blocks.base import Group, StoryBlock


class SignatureBlock(StoryBlock):
    closing = blocks.CharBlock(required=False, max_length=160, label=_("Closing phrase"))
    name = blocks.CharBlock(max_length=100, label=_("Name"))
    credential = blocks.CharBlock(required=False, max_length=60, label=_("Credential"), help_text=_("Such as MD."))

    class Meta:
        icon = "pick"
        label = _("Signature")
        group = Group.AROUND
        description = _("The author signs, as under a letter.")
        template = "blog/blocks/signature.html"
        preview_value = {"closing": _("With warm regards"), "name": "Ada Quist", "credential": "MD"}


class SubscribeFormBlock(StoryBlock):
    title = blocks.CharBlock(required=False, max_length=120, label=_("Title"))
    text = blocks.TextBlock(required=False, label=_("Text"))

    class Meta:
        icon = "mail"
        label = _("Subscribe form")
        group = Group.AROUND
        description = _("The form to subscribe, in the middle of a text. Empty: the newsletter’s own words.")
        template = "blog/blocks/subscribe_form.html"
        preview_template = "blog/blocks/previews/subscribe_form.html"
        preview_value = {"title": _("New stories by mail"), "text": _("Free, and over with one click.")}


class RelatedStoriesBlock(StoryBlock):
    """A story that is not published, or not for everybody, is left out when the block is shown."""

    title = blocks.CharBlock(default=_("Read on"), max_length=120, label=_("Title"))
    stories = blocks.ListBlock(
        blocks.PageChooserBlock(page_type="blog.StoryPage", label=_("Story")), label=_("Stories")
    )

    class Meta:
        icon = "doc-full"
        label = _("Related stories")
        group = Group.AROUND
        description = _("Stories of ours that go on from here.")
        template = "blog/blocks/related_stories.html"
        preview_template = "blog/blocks/previews/related_stories.html"
        preview_value = {"title": _("Read on"), "stories": []}
