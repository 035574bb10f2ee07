"""The glossary word in Draftail: a word of the text, tied to a term by its id."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from draftjs_exporter.dom import DOM
from wagtail.admin.rich_text.converters.html_to_contentstate import InlineEntityElementHandler
from wagtail.admin.rich_text.editors.draftail.features import EntityFeature
from wagtail.rich_text import LinkHandler

from blog.models import GlossaryTerm
from blog.rich_text.plain import words_of

ID = re.compile(r"[1-9]\d{0,17}")

WORDS = {
    "title": _("Explain a word"),
    "choose": _("Which glossary term explains it?"),
    "none": _("The glossary has no terms yet. Add some under Snippets, Glossary terms."),
    "find": _("Find a term"),
    "explain": _("Explain"),
    "cancel": _("Cancel"),
    "remove": _("Remove"),
    "broken": _("This term is no longer in the glossary. Readers see the plain word."),
    "failed": _("The terms could not be loaded. Please try again."),
}

feature = EntityFeature(
    {
        "type": "GLOSSARY",
        "icon": "help",
        "description": _("Explain a word"),
        "attributes": ["id"],
        "allowlist": {"id": f"^{ID.pattern}$"},
        "termsUrl": reverse_lazy("blog_glossary_terms"),
        "words": WORDS,
    },
    js=["blog/draftail/dialog.js", "blog/draftail/glossary.js"],
    css={"all": ["blog/draftail/entities.css"]},
)


def terms(request: HttpRequest) -> JsonResponse:
    """All terms for the dialog; Wagtail lets only people of the admin ask."""
    found = GlossaryTerm.objects.values("pk", "term", "definition")
    return JsonResponse(
        {"terms": [{"id": one["pk"], "term": one["term"], "definition": one["definition"]} for one in found]}
    )


class GlossaryElementHandler(InlineEntityElementHandler):
    mutability = "MUTABLE"

    def __init__(self) -> None:
        super().__init__("GLOSSARY")

    def get_attribute_data(self, attrs: dict[str, str]) -> dict[str, str]:
        return {"id": attrs.get("id") or ""}


def to_database(props: dict[str, Any]) -> Any:
    """Without a proper id the plain word stays."""
    term = str(props.get("id") or "")
    if not ID.fullmatch(term):
        return words_of(props)
    return DOM.create_element("a", {"linktype": "glossary", "id": term}, props["children"])


class GlossaryHandler(LinkHandler):
    """Leaves the id for `blog.glossary.Glossary` to find; where nobody explains, the plain word without a link."""

    identifier = "glossary"

    @staticmethod
    def get_model() -> type[GlossaryTerm]:
        return GlossaryTerm

    @staticmethod
    def expand_db_attributes(attrs: dict[str, str]) -> str:
        term = attrs.get("id", "")
        return format_html('<a data-term="{}">', term if ID.fullmatch(term) else "")

    @classmethod
    def extract_references(cls, attrs: dict[str, str]) -> list[tuple[type[GlossaryTerm], str, str, str]]:
        """So that the snippet's usage names the stories, and deleting it asks first."""
        term = attrs.get("id", "")
        return [(GlossaryTerm, term, "", "")] if ID.fullmatch(term) else []


converter_rule = {
    "from_database_format": {'a[linktype="glossary"]': GlossaryElementHandler()},
    "to_database_format": {"entity_decorators": {"GLOSSARY": to_database}},
}
