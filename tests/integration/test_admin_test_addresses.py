"""The newsletter's form: where tests may go besides one's own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from newsletter.issues.addresses_for_tests import MOST
from tests.integration.admin_scene import log_in
from tests.integration.test_admin_newsletter_speed import form_data

if TYPE_CHECKING:
    from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db


def post(scene: Scene, text: str) -> Any:
    address = reverse("newsletter_newsletters:edit", args=[scene.newsletter.pk])
    response = log_in("Owner").post(address, form_data(scene.newsletter, test_addresses=text))
    scene.newsletter.refresh_from_db()
    return response


def test_addresses_are_kept_in_their_normal_form_once_each(scene: Scene) -> None:
    assert post(scene, "Litmus@Example.com\n\n litmus@example.com \nqa@example.org\n").status_code == 302
    assert scene.newsletter.test_addresses == "litmus@example.com\nqa@example.org"


def test_a_line_that_is_no_address_is_named(scene: Scene) -> None:
    page = post(scene, "qa@example.org\nnobody\na@example.com, b@example.com").content.decode()
    assert "“nobody”, “a@example.com, b@example.com” is no mail address. Write one a line" in page
    assert scene.newsletter.test_addresses == ""


def test_a_mailing_list_is_no_list_of_test_addresses(scene: Scene) -> None:
    page = post(scene, "\n".join(f"reader{number}@example.com" for number in range(MOST + 1))).content.decode()
    assert f"These are {MOST + 1} addresses; {MOST} are the most." in page
