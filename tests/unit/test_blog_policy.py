"""The content security policy that every answer carries."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from core.middleware import ContentSecurityPolicyMiddleware


def policy(path: str, answer: HttpResponse | None = None) -> str:
    def get_response(request: HttpRequest) -> HttpResponse:
        return answer or HttpResponse()

    return ContentSecurityPolicyMiddleware(get_response)(RequestFactory().get(path)).headers["Content-Security-Policy"]


def test_public_pages_run_no_inline_script() -> None:
    assert "script-src" not in policy("/")
    assert "default-src 'self'" in policy("/")


def test_the_admin_runs_its_inline_scripts() -> None:
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy("/admin/pages/")


def test_an_address_that_only_looks_like_the_admin_gets_the_public_policy() -> None:
    assert policy("/administration/") == policy("/")


def test_pictures_in_a_bucket_are_allowed_from_there_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def url(name: str, **kwargs: Any) -> str:
        return f"https://pictures.example.org/{name}?signature=1"

    monkeypatch.setattr(default_storage, "url", url)
    assert "img-src 'self' data: https://pictures.example.org;" in policy("/")


def test_a_view_may_have_a_stricter_policy_of_its_own() -> None:
    assert policy("/", HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})) == "default-src 'none'"
