"""Evidence says that words were shown where they were, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils import timezone
from django.utils.html import escape

from newsletter.audience.add_by_hand import Basis, add_by_hand
from newsletter.audience.pause import pause
from newsletter.audience.preferences import change
from newsletter.audience.reader import token_for
from newsletter.audience.wording import CONSENT_TEXT, CURRENT
from newsletter.models import ConsentEvent, Frequency
from tests.factories import make_subscription
from tests.integration.calling import Program
from tests.integration.signing_up import last_mail, link_in, sign_up, take

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(home: HomePage) -> None:
    cache.clear()


def wordings() -> dict[str, str]:
    return dict(ConsentEvent.objects.values_list("kind", "wording"))


def test_the_form_and_the_page_of_the_button_show_them(client: Client, newsletter: Newsletter) -> None:
    assert str(escape(CONSENT_TEXT)) in client.get("/subscribe/").content.decode()
    sign_up(client)
    link = link_in(last_mail(), "confirm")

    assert str(escape(CONSENT_TEXT)) in client.get(link).content.decode()
    client.post(link)

    assert wordings() == {"requested": CURRENT, "confirmed": CURRENT}


def test_a_program_shows_none_and_the_page_of_the_button_does(client: Client, newsletter: Newsletter) -> None:
    given = {"newsletter": "rounds", "email": "ada@example.com"}
    assert Program.with_scopes().ask("post", "/subscriptions", given).status_code == 202
    take()
    assert wordings() == {"requested": ""}

    client.post(link_in(last_mail(), "confirm"))

    assert wordings() == {"requested": "", "confirmed": CURRENT}


def test_an_editor_shows_none(newsletter: Newsletter) -> None:
    editor = User.objects.create_user("editor")
    add_by_hand(
        newsletter, email="ada@example.com", basis=Basis.IN_PERSON, words="at a talk", by=editor, now=timezone.now()
    )
    take()

    assert wordings() == {"requested": "", "added": ""}


def test_the_button_to_come_back_shows_none(client: Client, newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com", state="ended")
    client.post(f"/unsubscribe/{token_for(subscription)}/", {"again": "1"})
    take()

    assert wordings() == {"requested": ""}


def test_other_choices_are_no_agreement_to_words(newsletter: Newsletter) -> None:
    subscription = make_subscription(newsletter, "ada@example.com")
    change(subscription, frequency=Frequency.WEEKLY, source="/preferences/", now=timezone.now())
    pause(subscription, weeks=4, source="/preferences/", now=timezone.now())

    assert wordings() == {"changed": ""}
