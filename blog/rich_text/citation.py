"""The citation in Draftail: chosen from the story's own references, kept by their key."""

from __future__ import annotations

import re
from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from draftjs_exporter.dom import DOM
from wagtail.admin.rich_text.converters.html_to_contentstate import InlineEntityElementHandler
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.rich_text import LinkHandler

from blog.rich_text.plain import words_of

KEY = re.compile(r"[a-z0-9]{1,16}")

#: What the dialog says; translated here, for the scripts of the admin have no catalogue of ours.
WORDS = {
    "title": _("Cite references"),
    "choose": _("Which references does this place cite?"),
    "none": _("This story has no references yet."),
    "find": _("Find in the list"),
    "cite": _("Cite"),
    "add": _("Add a reference"),
    "cancel": _("Cancel"),
    "remove": _("Remove"),
    "untitled": _("Reference without a text"),
    "broken": _("This reference is not in the story's list. Readers see nothing here: cite another, or remove it."),
}

feature = EntityFeature(
    {
        "type": "CITATION",
        "icon": "superscript",
        "label": _("Cite"),
        "description": _("Cite a reference"),
        # What is pasted from another editor keeps its key and nothing else.
        "attributes": ["key"],
        "allowlist": {"key": f"^{KEY.pattern}$"},
        "words": WORDS,
    },
    js=["blog/draftail/dialog.js", "blog/draftail/citation.js"],
    css={"all": ["blog/draftail/entities.css"]},
)


class CitationElementHandler(InlineEntityElementHandler):
    mutability = "IMMUTABLE"

    def __init__(self) -> None:
        super().__init__("CITATION")

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, str]:
        return {"key": attrs.get("key") or ""}


def to_database(props: dict[str, Any]) -> Any:
    """A citation without a proper key is dropped; what was written into it stays."""
    key = str(props.get("key") or "")
    if not KEY.fullmatch(key):
        return words_of(props)
    return DOM.create_element("a", {"linktype": "citation", "key": key}, props["children"])


class CitationHandler(LinkHandler):
    """Leaves the key for `blog.citations.Citations` to find; where nobody numbers, a raised mark without a link."""

    identifier = "citation"

    @staticmethod
    def expand_db_attributes(attrs: dict[str, str]) -> str:
        key = attrs.get("key", "")
        return format_html('<a data-cite="{}">', key if KEY.fullmatch(key) else "")


converter_rule = {
    "from_database_format": {'a[linktype="citation"]': CitationElementHandler()},
    "to_database_format": {"entity_decorators": {"CITATION": to_database}},
}
