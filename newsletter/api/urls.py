"""Addresses of the API, below /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from newsletter.api import reference
from newsletter.api.gate import gate, unknown
from newsletter.api.interface import api

_operations, _, _namespace = api.urls
for _pattern in _operations:
    assert isinstance(_pattern, URLPattern)  # noqa: S101 - ninja's are
    _pattern.callback = gate(_pattern.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("docs", reference.page, name="newsletter_api_docs"),
    path("openapi.json", gate(reference.document), name="newsletter_api_document"),
    path("", (_operations, "ninja", _namespace)),  # type: ignore[arg-type]  # as ninja's manual has it
    re_path(r"^.*$", gate(unknown)),
]
