"""Stories with and without something in the way, for tests of the gate and of the admin around it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from blog.editorial.decide import override
from blog.editorial.gate import unsettled
from blog.models import EditorialDecision, StoryIndexPage, StoryPage
from newsletter.admin.roles import ensure_roles
from tests.factories import make_story

#: A subsection without a section: A1, a blocker for any kind of story, and nothing else.
JUMP: list[tuple[str, Any]] = [("heading", {"text": "Small print", "level": "3"}), ("text", "<p>The sea is calm.</p>")]
CALM: list[tuple[str, Any]] = [("text", "<p>The sea is calm.</p>")]


def blocked_draft(stories: StoryIndexPage, **fields: Any) -> StoryPage:
    """A draft that can't be published: A1."""
    return make_story(stories, live=False, **{"body": JUMP, **fields})


def blocked_live(stories: StoryIndexPage, **fields: Any) -> StoryPage:
    """A live story that couldn't be published now: it was live before the rule was."""
    story = make_story(stories, body=CALM, **fields)
    StoryPage.objects.filter(pk=story.pk).update(body=StoryPage(title="x", body=JUMP).body)
    story.refresh_from_db()
    assert rules_in_the_way(story) == ["A1"]
    return story


def rules_in_the_way(story: StoryPage) -> list[str]:
    return [finding.rule for finding in unsettled(story, today=timezone.localdate())]


def settle(story: StoryPage, user: User) -> list[EditorialDecision]:
    """Override everything that is in the way."""
    draft = story.get_latest_revision_as_object()
    found = unsettled(draft, today=timezone.localdate())
    now = timezone.now()
    return [override(draft, finding, user=user, reason="Read by two doctors; it stays.", now=now) for finding in found]


def make_user(role: str, name: str = "") -> User:
    group = next(group for group in ensure_roles() if group.name == role)
    user = User.objects.create_user(name or role.lower(), f"{name or role.lower()}@example.com", "a long password")
    user.groups.add(group)
    return user


def form_of(story: StoryPage, **changes: Any) -> dict[str, Any]:
    """What the editor posts for a story without references and corrections."""
    fields: dict[str, Any] = {
        "title": story.title,
        "slug": story.slug or "a-story",
        "standfirst": story.standfirst,
        "kind": story.kind,
        "author": story.author_id or "",
        "body": streamfield([form_block(block.block_type, block.value) for block in story.body]),
        "references": inline_formset([]),
        "corrections": inline_formset([]),
        "comments": inline_formset([]),
        "topics": [],
        **changes,
    }
    posted: dict[str, Any] = nested_form_data(fields)
    return posted


def form_block(kind: str, value: Any) -> tuple[str, Any]:
    return (kind, rich_text(value.source)) if kind == "text" else (kind, dict(value))
