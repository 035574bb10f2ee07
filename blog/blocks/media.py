"""Blocks of pictures and of things that live elsewhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock, ImageChooserBlock

from blog.blocks.base import Group, StoryBlock


class FigureBlock(StoryBlock):
    image = ImageBlock(label=_("Image"))
    caption = blocks.CharBlock(required=False, max_length=300, label=_("Caption"))
    credit = blocks.CharBlock(required=False, max_length=120, label=_("Credit"), help_text=_("Who made it."))

    class Meta:
        icon = "image"
        label = _("Image")
        group = Group.MEDIA
        description = _("A picture with what it shows in words, a caption and who made it.")
        template = "blog/blocks/figure.html"
        preview_template = "blog/blocks/previews/figure.html"
        preview_value = {"image": None, "caption": _("Close enough for small steps."), "credit": _("Drawn for us")}


class AddressBlock(blocks.URLBlock):
    """A web address; a draft may hold one that is typed by half."""

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "wagtail.blocks.URLBlock", [], {}

    def clean(self, value: Any) -> Any:
        try:
            return super().clean(value)
        except ValidationError:
            if self.is_deferred_validation:
                return value
            raise


class EmbedBlock(StoryBlock):
    """A card that links elsewhere: nothing is loaded from there until a reader goes there."""

    url = AddressBlock(label=_("Address"))
    title = blocks.CharBlock(required=False, max_length=160, label=_("Title"))
    description = blocks.TextBlock(
        required=False, label=_("Description"), help_text=_("What waits there, and how long it takes.")
    )
    poster = ImageChooserBlock(required=False, label=_("Picture"))

    class Meta:
        icon = "media"
        label = _("Link card")
        group = Group.MEDIA
        description = _("A video, podcast or page elsewhere. Readers’ browsers load nothing from there.")
        template = "blog/blocks/embed.html"
        preview_value = {
            "url": "https://www.nimh.nih.gov/health/topics/depression",
            "title": _("Depression, explained"),
            "description": _("A page of the National Institute of Mental Health."),
        }

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Adds `address` and `host`, both empty for what is no web address."""
        context = super().get_context(value, parent_context=parent_context)
        context["address"], context["host"] = web_address(value.get("url") or "")
        return context


def web_address(url: str) -> tuple[str, str]:
    """The address and its host; two empty strings for any other scheme (`javascript:`) and for what can't be read."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    return (url.strip(), host) if parts.scheme in {"http", "https"} and host else ("", "")
