"""Puts citations and glossary words into Wagtail's registry of rich text features."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.urls import URLPattern, path
from django.utils.html import json_script
from django.utils.safestring import SafeString
from wagtail.rich_text.feature_registry import FeatureRegistry

from blog.rich_text import citation, glossary


def register(features: FeatureRegistry) -> None:
    for name, entity in (("citation", citation), ("glossary", glossary)):
        features.register_editor_plugin("draftail", name, entity.feature)
        features.register_converter_rule("contentstate", name, entity.converter_rule)
    features.register_link_type(citation.CitationHandler)
    features.register_link_type(glossary.GlossaryHandler)


def admin_urls() -> list[URLPattern]:
    return [path("glossary/terms.json", glossary.terms, name="blog_glossary_terms")]


def entities() -> SafeString:
    """For the scripts, what each entity is told: its words, its addresses. Data, not a script."""
    told: dict[str, Any] = {one.feature.data["type"]: one.feature.data for one in (citation, glossary)}
    return json_script(told, "rounds-entities", encoder=DjangoJSONEncoder)
