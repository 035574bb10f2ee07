"""Full issues as they are sent and as the archive shows them. Read what changes: `pytest --rewrite-golden`."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from newsletter.engine.message import Recipient
from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.every_block import every_block
from tests.integration.issue_samples import full_issue, in_full
from tests.integration.whole_story import add_sources, make_live, whole_story

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from pytest_django import Settings

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

DATE = datetime(2026, 1, 5, 9, tzinfo=UTC)
READER = Recipient(
    address="ada@example.com",
    name="Ada",
    message_id="<1.2@testserver>",
    unsubscribe_url="https://testserver/unsubscribe/TOKEN/",
    preferences_url="https://testserver/preferences/TOKEN/",
)


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    """No other test's pictures may have taken the names that stand in a message, nor be remembered for ours."""
    cache.clear()
    folder = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": folder}


def readable(html: str) -> bytes:
    """A line per element."""
    return html.replace("\r\n", "\n").replace("><", ">\n<").encode()


def bodies(message: bytes) -> tuple[str, str]:
    parsed: EmailMessage = message_from_bytes(message, policy=policy.default)  # type: ignore[assignment]
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    return html.get_content(), text.get_content().replace("\r\n", "\n")


def test_a_full_issue_looks_as_it_did(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, golden: Callable[[str, bytes], None]
) -> None:
    issue = Issue.objects.get(pk=full_issue(home, stories, newsletter).pk)
    compiled = compile_issue(issue, seed=bytes(32))
    html, text = bodies(sample(compiled.message, date=DATE))
    golden("issue.html", readable(html))
    golden("issue.txt", text.encode())
    golden("issue-archive.html", readable(compiled.web_html))


def test_an_issue_of_whole_stories_looks_as_it_did(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, golden: Callable[[str, bytes], None]
) -> None:
    first = whole_story(home, stories)
    second = make_live(
        make_story(
            stories,
            live=False,
            title="A short one",
            slug="a-short-one",
            kind="news",
            body=[("text", "<p>Its own first source is the list’s second [2], its next the third [3].</p>")],
        )
    )
    add_sources(second)
    third = make_story(stories, title="Only a headline", slug="only-a-headline", kind="news")
    issue = Issue.objects.create(
        pk=8,
        newsletter=newsletter,
        subject="Esketamine, and two more",
        preview_text="What happens in the clinic, what it can do and what it can’t.",
        body=[
            ("text", "<p>Two stories to read right here.</p>"),
            ("story", in_full(first)),
            ("story", in_full(second)),
            ("story", {**in_full(third), "display": "headline"}),
        ],
    )
    compiled = compile_issue(Issue.objects.get(pk=issue.pk), seed=bytes(32))
    message = compiled.message.splice(READER, date=DATE)
    html, text = bodies(message)
    golden("issue-whole.html", readable(html))
    golden("issue-whole.txt", text.encode())
    golden("issue-whole.eml", message)


def test_an_issue_with_every_block_looks_as_it_did(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, golden: Callable[[str, bytes], None]
) -> None:
    """Read by a browser, too: `tests/browser/test_issue_mail.py`."""
    compiled = compile_issue(every_block(home, stories, newsletter), seed=bytes(32))
    message = compiled.message.splice(READER, date=DATE)
    html, text = bodies(message)
    golden("issue-every-block.html", readable(html))
    golden("issue-every-block.txt", text.encode())
    golden("issue-every-block.eml", message)
    golden("issue-every-block-archive.html", readable(compiled.web_html))
