"""The sign-up form as a visitor meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.template import engines

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def test_the_tag_shows_a_form_that_holds_nothing_of_the_visitor(newsletter: Newsletter) -> None:
    html = engines["django"].from_string('{% load newsletter_tags %}{% subscribe_form source="home" %}').render()

    assert 'action="/subscribe/"' in html
    assert 'autocomplete="email"' in html
    assert "csrf" not in html


def test_the_page_has_a_visible_label_for_the_address(client: Client, home: HomePage, newsletter: Newsletter) -> None:
    response = client.get("/subscribe/")

    assert response.status_code == 200
    assert '<label for="subscribe-page-email">Your email address</label>' in response.content.decode()
