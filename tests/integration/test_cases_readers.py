"""What abuse of readers' pages must not reach, across pages and mails: one test where single pages have their own."""

from __future__ import annotations

import csv
import io
import json
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.limits import Limit
from newsletter.audience.erase import erase
from newsletter.audience.reader import token_for
from newsletter.audience.suppression import SuppressionReason, suppress
from newsletter.delivery.ledger import write_ledger
from newsletter.models import ConsentEvent, Delivery, OutgoingMail, SignUpRequest, Subscriber, Subscription
from newsletter.web import subscribe
from tests.factories import make_newsletter, make_subscription
from tests.factories_delivery import make_campaign
from tests.integration.signing_up import last_mail, link_in, mail_to, sign_up, take

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

BASE = "https://rounds.example"
EVIL: dict[str, Any] = {"HTTP_HOST": "evil.example", "HTTP_X_FORWARDED_HOST": "evil.example"}
HOSTILE = "<script>alert(1)</script> https://evil.example"


@pytest.fixture(autouse=True)
def _fresh(home: HomePage) -> None:
    cache.clear()


def text_of(mail: OutgoingMail) -> str:
    message = message_from_bytes(bytes(mail.content), policy=policy.default)
    parts = [str(part.get_content()) for part in message.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *parts])


def test_known_new_left_suppressed_and_erased_addresses_get_the_same_answer_to_the_last_header(
    client: Client, newsletter: Newsletter
) -> None:
    """Security case 1."""
    for state in ("pending", "confirmed", "ended"):
        make_subscription(newsletter, f"{state}@example.com", state=state)
    suppress("suppressed@example.com", reason=SuppressionReason.BOUNCED, now=timezone.now())
    erase(make_subscription(newsletter, "erased@example.com").subscriber, now=timezone.now())

    answers = {
        (answer.status_code, answer.content, tuple(sorted(answer.headers.items())))
        for name in ("new", "pending", "confirmed", "ended", "suppressed", "erased")
        for answer in [sign_up(client, f"{name}@example.com")]
    }

    assert len(answers) == 1


def test_an_evil_host_header_reaches_no_mail_of_a_whole_trip(
    client: Client, newsletter: Newsletter, settings: Settings
) -> None:
    """Security case 5."""
    settings.BASE_URL = BASE
    sign_up(client, meta=EVIL)
    client.post(link_in(last_mail(), "confirm"), **EVIL)
    token = token_for(Subscription.objects.get())
    client.post(f"/preferences/{token}/", {"mailbox": "1"}, **EVIL)
    mailbox = link_in(mail_to("ada@example.com"), "your-data")
    client.post(mailbox, {"act": "move", "new_email": "ada@new.example"}, **EVIL)
    client.post(f"/unsubscribe/{token}/", **EVIL)
    client.post(f"/unsubscribe/{token}/", {"again": "1"}, **EVIL)
    cache.clear()
    take()

    mails = [text_of(mail) for mail in OutgoingMail.objects.all()]
    assert len(mails) >= 5, "confirmation, welcome, link to the data, both ends of a move"
    assert [mail for mail in mails if "evil" in mail] == []
    assert [mail for mail in mails if f"{BASE}/" not in mail] == []


def test_posts_from_another_site_use_up_the_allowance_of_the_network(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Security case 17, with a stamp that was copied from one of our pages."""
    monkeypatch.setattr(
        subscribe, "FROM_ONE_NETWORK", Limit(name="few", amount=3, every=subscribe.FROM_ONE_NETWORK.every)
    )
    meta: dict[str, str] = {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"}

    answers = [
        sign_up(Client(enforce_csrf_checks=True), f"victim{number}@example.com", meta=meta).status_code
        for number in range(5)
    ]

    assert answers == [302, 302, 302, 429, 429]
    assert set(Subscription.objects.values_list("state", flat=True)) == {"pending"}
    assert OutgoingMail.objects.count() == 3


def test_a_hidden_newsletter_is_reached_by_no_other_form_either(client: Client, newsletter: Newsletter) -> None:
    """Security case 16: the button to come back, and the page when nothing is open."""
    subscription = make_subscription(newsletter, "ada@example.com", state="ended")
    newsletter.hidden = True
    newsletter.save()

    answer = client.post(f"/unsubscribe/{token_for(subscription)}/", {"again": "1"})

    assert answer.status_code == 200
    assert sign_up(client).status_code == 404
    assert sign_up(client, newsletter=newsletter.slug).status_code == 404
    assert not SignUpRequest.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete", "patch"])
@pytest.mark.parametrize("page", ["unsubscribe", "preferences"])
def test_whatever_a_scanner_sends_but_a_post_changes_nothing(
    client: Client, newsletter: Newsletter, page: str, method: str
) -> None:
    """Security cases 6 and 19, with what a form would have said in the address and in the body."""
    subscription = make_subscription(newsletter, "ada@example.com")
    said = "List-Unsubscribe=One-Click&less=weekly&pause=4&weeks=4&frequency=weekly&mailbox=1"
    body = {"data": said, "content_type": "application/x-www-form-urlencoded"}

    getattr(client, method)(f"/{page}/{token_for(subscription)}/?{said}", **({} if method in {"get", "head"} else body))

    assert Subscription.objects.values_list("state", "frequency", "paused_until").get() == (
        "confirmed",
        "each_story",
        None,
    )
    assert not ConsentEvent.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_hostile_name_is_text_on_every_page_and_in_every_mail(client: Client, newsletter: Newsletter) -> None:
    """Security case 13, for a name that came in by a file, past the forms."""
    subscription = make_subscription(newsletter, "ada@example.com")
    Subscriber.objects.update(name=HOSTILE)
    token = token_for(subscription)
    pages = [client.get(f"/preferences/{token}/"), client.get(f"/unsubscribe/{token}/")]
    client.post(f"/preferences/{token}/", {"mailbox": "1"})
    mailbox = link_in(last_mail(), "your-data")
    pages += [client.get(mailbox), client.post(mailbox, {"act": "erase"})]
    taken = client.post(mailbox, {"act": "export"})
    sign_up(client)

    assert [page for page in pages if "<script>alert" in page.content.decode()] == []
    assert [page for page in pages if 'href="https://evil' in page.content.decode()] == []
    assert taken["Content-Type"].startswith("application/json")
    assert taken["Content-Disposition"].startswith("attachment")
    assert taken["X-Content-Type-Options"] == "nosniff"
    assert HOSTILE in json.dumps(json.loads(taken.content))
    for mail in OutgoingMail.objects.all():
        parts = message_from_bytes(bytes(mail.content), policy=policy.default)
        bodies = [str(part.get_content()) for part in parts.walk() if not part.is_multipart()]
        assert "evil.example" not in "".join(bodies)


def test_no_cell_of_a_ledger_runs_in_a_spreadsheet(newsletter: Newsletter) -> None:
    """Security case 34: a mail server may say anything, and an address may begin with a sign."""
    make_subscription(newsletter, "=cmd@example.com")
    campaign = make_campaign(newsletter)
    Delivery.objects.create(
        campaign=campaign, address="=cmd@example.com", state="refused", last_reply="=cmd|' /C calc'!A0"
    )
    file = io.StringIO(newline="")

    write_ledger(campaign, file)

    _header, row = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert (row[0], row[3]) == ("'=cmd@example.com", "'=cmd|' /C calc'!A0")
    assert not [cell for cell in row if cell[:1] in {"=", "+", "-", "@"}]


def test_a_second_newsletter_does_not_let_a_stranger_touch_a_reader_of_the_first(
    client: Client, newsletter: Newsletter
) -> None:
    """Security cases 1 and 22: what a stranger asks for stays apart until the mailbox agrees."""
    reader = make_subscription(newsletter, "ada@example.com", frequency="monthly")
    letters = make_newsletter(slug="letters", name="Letters")

    sign_up(client, newsletter="letters", name="Mallory", frequency="weekly")

    reader.refresh_from_db()
    assert (reader.state, reader.frequency, reader.subscriber.name) == ("confirmed", "monthly", "")
    assert Subscription.objects.get(newsletter=letters).state == "pending"
