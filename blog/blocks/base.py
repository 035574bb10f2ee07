"""What all blocks of a story share: the toolbar of their rich text, their anchors, their previews."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks

from blog.citations import Citations, Source

#: What an author can do in rich text.
STORY_TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul", "citation", "glossary"]
PREVIEW = "blog/blocks/previews/block.html"


class Group:
    """How the picker sorts the blocks."""

    TEXT = gettext_lazy("Text")
    EVIDENCE = gettext_lazy("Evidence")
    PATIENTS = gettext_lazy("Patients")
    MEDIA = gettext_lazy("Media")
    AROUND = gettext_lazy("Around")


def preview_context(context: dict[str, Any]) -> dict[str, Any]:
    """An invented source, so that the marker `[1]` of a preview's text shows as readers will see it."""
    sources = [Source(text=_("Quist A. A trial of morning walks. Journal of Examples. 2024."), link="")]
    return {**context, "citations": Citations([], sources)}


class RichText(blocks.RichTextBlock):
    """Rich text in which sources can be cited."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(features=STORY_TEXT_FEATURES, **kwargs)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Migrations need not know what stands in the toolbar or in a preview."""
        return "wagtail.blocks.RichTextBlock", [], {}

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        return preview_context(parent_context or {})


class StoryBlock(blocks.StructBlock):
    """A block with a template and a preview. Its template may rely on `anchor`, an id that is unique on the page."""

    class Meta:
        preview_template = PREVIEW

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        context["anchor"] = context.get("anchor") or self.name.replace("_", "-")
        return context

    def get_preview_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        return preview_context(parent_context or {})
