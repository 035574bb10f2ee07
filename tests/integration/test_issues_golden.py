"""A full issue as it is sent and as the archive shows it, to be read when it changes: `pytest --rewrite-golden`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from newsletter.issues.render import compile_issue
from newsletter.issues.sample import sample
from newsletter.models import Issue
from tests.integration.issue_samples import full_issue

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


def readable(html: str) -> bytes:
    """A line per element; without what the media folder adds to names that are taken."""
    steady = re.sub(r"(/media/images/[a-z]+)_\w{7}\.", r"\1.", html.replace("\r\n", "\n"))
    return steady.replace("><", ">\n<").encode()


def test_a_full_issue_looks_as_it_did(
    home: HomePage, stories: StoryIndexPage, newsletter: Newsletter, golden: Callable[[str, bytes], None]
) -> None:
    issue = Issue.objects.get(pk=full_issue(home, stories, newsletter).pk)
    compiled = compile_issue(issue, seed=bytes(32))
    message = sample(compiled.message, date=datetime(2026, 1, 5, 9, tzinfo=UTC))
    parsed: EmailMessage = message_from_bytes(message, policy=policy.default)  # type: ignore[assignment]
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    golden("issue.html", readable(html.get_content()))
    golden("issue.txt", text.get_content().replace("\r\n", "\n").encode())
    golden("issue-archive.html", readable(compiled.web_html))
