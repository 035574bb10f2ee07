"""The welcome mail: who gets it, what it says, and that nothing in it can hurt."""

from __future__ import annotations

import email
import email.policy
import logging
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache

from blog.models import Topic
from newsletter.audience import mails
from newsletter.audience.confirm import confirm
from newsletter.audience.rich_text import for_mail
from newsletter.audience.subscribe import subscribe
from newsletter.audience.welcome import latest, preview, welcome
from newsletter.models import OutgoingMail, Subscriber, Subscription
from tests.factories import make_author, make_newsletter, make_story
from tests.integration.signing_up import last_mail, link_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from django.test import Client

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BASE = "https://testserver"


@pytest.fixture(autouse=True)
def _fresh_counters(home: HomePage) -> None:
    cache.clear()


def confirmed(newsletter: Newsletter, **fields: Any) -> Subscription:
    subscribe(newsletter, email="ada@example.com", source="/", now=NOW, base_url=BASE, **fields)
    token = link_in(last_mail(), "confirm").split("/")[2]
    confirm(token, source="/confirm/", ip="", now=NOW)
    return confirm(token, source="/confirm/", ip="", now=NOW)


def welcomes() -> list[EmailMessage]:
    found = OutgoingMail.objects.filter(kind="welcome")
    return [email.message_from_bytes(bytes(mail.content), policy=email.policy.default) for mail in found]  # type: ignore[misc]


def bodies(message: EmailMessage) -> tuple[str, str]:
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    return html.get_content(), text.get_content()


def test_whoever_confirms_is_welcomed_once(newsletter: Newsletter) -> None:
    confirmed(newsletter)

    (message,) = welcomes()
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Welcome to Rounds"


def test_a_newsletter_that_does_not_welcome_sends_nothing(newsletter: Newsletter) -> None:
    newsletter.welcomes = False
    newsletter.save()

    confirmed(newsletter)

    assert not welcomes()


def test_one_click_in_the_mail_program_ends_the_subscription(client: Client, newsletter: Newsletter) -> None:
    """RFC 8058: the welcome is the first mail that somebody may want to be the last."""
    subscription = confirmed(newsletter)
    (message,) = welcomes()

    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = message["List-Unsubscribe"].strip("<>")
    assert link_in(message, "unsubscribe") in link
    client.post(link.removeprefix(BASE), {"List-Unsubscribe": "One-Click"})
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert client.get(link_in(message, "preferences")).status_code == 200


def test_it_says_what_the_editor_wrote_what_was_chosen_and_shows_the_latest_stories(
    newsletter: Newsletter, stories: StoryIndexPage
) -> None:
    for day in range(1, 5):
        make_story(stories, title=f"Story of day {day} & more", published_on=date(2026, 11, day))
    newsletter.welcome_subject = "Hello from the clinic"
    newsletter.welcome_text = '<p>Write <b>any time</b>: <a href="/contact/">how to</a>.</p>'
    newsletter.welcome_stories = 2
    newsletter.save()

    confirmed(newsletter, frequency="weekly")

    (message,) = welcomes()
    html, text = bodies(message)
    assert message["Subject"] == "Hello from the clinic"
    assert "<b>any time</b>" in html
    assert "Write any time: how to (https://testserver/contact/)." in text
    assert "Story of day 4 &amp; more" in html
    assert text.index("Story of day 4 & more") < text.index("Story of day 3 & more")
    assert "day 2" not in text
    assert "Once a week" in html
    assert "Once a week" in text


def test_stories_on_the_reader_s_topics_come_first_and_drafts_never(stories: StoryIndexPage) -> None:
    sleep, empty = (Topic.objects.create(name=name, slug=name.lower()) for name in ("Sleep", "Empty"))
    wanted = make_story(stories, title="On sleep", published_on=date(2026, 11, 1))
    wanted.topics.set([sleep])
    wanted.save()
    make_story(stories, title="On worry", published_on=date(2026, 11, 2))
    make_story(stories, title="A draft", live=False)

    assert [line.title for line in latest(3, [sleep])] == ["On sleep"]
    assert [line.title for line in latest(3, [empty])] == ["On worry", "On sleep"]
    assert [line.title for line in latest(3, [])] == ["On worry", "On sleep"]
    assert latest(0, []) == []


def test_a_welcome_that_can_t_be_made_keeps_nobody_out(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("no template")

    monkeypatch.setattr("newsletter.audience.welcome.queue_letter", broken)
    with caplog.at_level(logging.ERROR):
        subscription = confirmed(newsletter)

    assert subscription.state == "confirmed"
    assert "ada@" not in caplog.text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)">x</a>',
        '<img src="https://evil.example/pixel.gif">',
        '<p style="background:url(https://evil.example)" onclick="x()">x</p>',
        "<iframe src='https://evil.example'></iframe>",
        '<a linktype="page" id="999999">gone</a>',
    ],
)
def test_what_is_dangerous_in_its_text_stays_out(hostile: str) -> None:
    """Security case 28."""
    html, text = for_mail(hostile, base_url=BASE)

    assert not [sign for sign in ("script", "evil", "onclick", "iframe", "<img") if sign in html + text]


def test_template_language_in_its_text_is_literal(newsletter: Newsletter) -> None:
    """Security case 26."""
    newsletter.welcome_text = "<p>{{ settings.SECRET_KEY }} {% include 'x' %}</p>"

    _subject, html, text = preview(newsletter)

    assert "{{ settings.SECRET_KEY }}" in html
    assert "{% include 'x' %}" in text


def test_lists_and_breaks_become_plain_text() -> None:
    source = "<p>First<br/>second &amp; third</p><ul><li>one</li><li>two</li></ul><ol><li>a</li><li>b</li></ol>"

    _html, text = for_mail(source, base_url=BASE)

    assert text == "First\nsecond & third\n\n- one\n- two\n\n1. a\n2. b"


def test_the_welcome_looks_as_it_did(
    home: HomePage, stories: StoryIndexPage, golden: Callable[[str, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mails, "make_msgid", lambda domain: f"<welcome@{domain}>")
    author = make_author(home)
    titles = ("Esketamine: what happens in the clinic", "What a panic attack is, and what it is not")
    for day, title in enumerate(titles, start=3):
        make_story(stories, title=title, slug=f"story-{day}", author=author, published_on=date(2026, 11, day))
    newsletter = make_newsletter(
        pk=7,
        welcome_text="<p>Every story is written by a doctor and checked by another one.</p>"
        "<ul><li>Reply to any mail: a person reads it.</li>"
        '<li>In a crisis, <a href="/crisis/">call for help</a>.</li></ul>',
    )
    reader = Subscriber.objects.create(pk=11, email="ada@example.com")
    subscription = Subscription.objects.create(subscriber=reader, newsletter=newsletter, state="confirmed")

    welcome(subscription, now=NOW)

    golden("welcome.eml", bytes(OutgoingMail.objects.get().content))
