"""The newsletter's form: how fast it may go out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.urls import reverse

from tests.integration.admin_scene import log_in

if TYPE_CHECKING:
    from newsletter.models import Newsletter
    from tests.integration.admin_scene import Scene

pytestmark = pytest.mark.django_db


def form_data(newsletter: Newsletter, **changes: str) -> dict[str, str]:
    kept = {name: value for name, value in model_to_dict(newsletter).items() if value not in (None, False)}
    return {**kept, "welcome_text": "null", **changes}


def test_the_form_takes_limits_and_a_warm_up(scene: Scene) -> None:
    client, newsletter = log_in("owner"), scene.newsletter
    address = reverse("newsletter_newsletters:edit", args=[newsletter.pk])
    page = client.get(address).content.decode()
    assert "Speed" in page
    assert "at most 200 mails go out" in page
    data = form_data(newsletter, messages_per_hour="36000", domain_limits="gmail.com 20000", warms_up_from="2026-03-02")
    assert client.post(address, data).status_code == 302
    newsletter.refresh_from_db()
    assert (newsletter.messages_per_hour, newsletter.domain_limits) == (36_000, "gmail.com 20000")
    assert newsletter.warms_up_from == date(2026, 3, 2)


def test_the_form_says_which_line_is_no_limit(scene: Scene) -> None:
    client, newsletter = log_in("owner"), scene.newsletter
    address = reverse("newsletter_newsletters:edit", args=[newsletter.pk])
    answer = client.post(address, form_data(newsletter, domain_limits="gmail.com 20000\nhotmail 5\nx"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Line 2: “hotmail” is not a domain." in page
    assert "Line 3 (“x”): write a domain" in page


def test_a_speed_of_nothing_is_refused(scene: Scene) -> None:
    newsletter = scene.newsletter
    newsletter.messages_per_hour = 0
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        newsletter.full_clean()
