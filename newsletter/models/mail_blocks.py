"""What all blocks of an issue share: their groups in the picker, their rich text, their previews; and the thin line."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks

MAIL_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "h2", "h3"]
#: In a box or below a heading of its own.
SMALL_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]
#: Draws the very twin that goes out.
PREVIEW = "newsletter/issue/block_preview.html"


class Group:
    """How the picker sorts the blocks."""

    STORIES = _("Stories")
    WORDS = _("Words")
    BESIDE = _("Pictures, links and boxes")
    AROUND = _("Top and foot")


class MailText(blocks.RichTextBlock):
    """Rich text of an issue; migrations need not know what stands in its toolbar or its preview."""

    def __init__(self, features: list[str] | None = None, **kwargs: Any) -> None:
        kwargs = {"icon": "pilcrow", "preview_template": PREVIEW, **kwargs}
        super().__init__(features=features or MAIL_TEXT_FEATURES, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "wagtail.blocks.RichTextBlock", [], {}


class MailBlock(blocks.StructBlock):
    """A block of an issue. What the picker shows of it is its mail twin."""

    class Meta:
        preview_template = PREVIEW


class DividerBlock(blocks.StaticBlock):
    class Meta:
        icon = "minus"
        label = _("Divider")
        group = Group.BESIDE
        admin_text = _("A thin line.")
        description = _("A thin line between what doesn't belong together.")
        preview_template = PREVIEW
        preview_value = None

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return "wagtail.blocks.StaticBlock", [], {}
