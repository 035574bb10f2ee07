"""What a new issue starts from: a template, an earlier issue, or only its stories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from newsletter.issues.compose import compose
from newsletter.issues.queries import stories_in
from newsletter.issues.starting_points import as_template, body_from, body_like, same_body, with_cards
from newsletter.models import Issue, IssueTemplate
from tests.factories import make_story

if TYPE_CHECKING:
    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

HELLO, BYE = ("text", "<p>Hello</p>"), ("text", "<p>Bye</p>")


def template(*blocks: tuple[str, Any]) -> IssueTemplate:
    """A template as it comes back from the database."""
    made = IssueTemplate.objects.create(name="Weekly", body=list(blocks))
    return IssueTemplate.objects.get(pk=made.pk)


def issue(newsletter: Newsletter, blocks: list[tuple[str, Any]]) -> Issue:
    """An issue of these blocks as it comes back from the database."""
    return Issue.objects.get(pk=Issue.objects.create(newsletter=newsletter, subject="Any", body=blocks).pk)


def shown(made: Issue) -> list[tuple[str, str]]:
    """Each block's kind, with what tells it apart."""
    return [
        (
            block.block_type,
            f"{block.value['story'].title}: {block.value['display']}"
            if block.block_type == "story"
            else str(block.value),
        )
        for block in made.body
    ]


@pytest.fixture
def pair(stories: StoryIndexPage) -> list[StoryPage]:
    return [make_story(stories, title=title) for title in ("One", "Two")]


def test_without_a_template_there_is_an_excerpt_of_each_story(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    made = issue(newsletter, body_from(None, pair))
    assert shown(made) == [("story", "One: excerpt"), ("story", "Two: excerpt")]
    assert all(block.value["show_image"] for block in made.body)


def test_the_stories_stand_where_the_template_wants_them_and_are_as_long_as_it_says(
    newsletter: Newsletter, pair: list[StoryPage]
) -> None:
    made = issue(newsletter, body_from(template(HELLO, ("new_stories", {"display": "headline"}), BYE), pair))
    assert shown(made) == [
        ("text", "<p>Hello</p>"),
        ("story", "One: headline"),
        ("story", "Two: headline"),
        ("text", "<p>Bye</p>"),
    ]


def test_a_template_without_their_place_has_them_at_its_end(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    made = issue(newsletter, body_from(template(HELLO), pair))
    assert [kind for kind, _ in shown(made)] == ["text", "story", "story"]


def test_a_template_with_two_places_fills_the_first(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    twice = template(("new_stories", {"display": "full"}), HELLO, ("new_stories", {"display": "headline"}))
    made = issue(newsletter, body_from(twice, pair))
    assert shown(made) == [("story", "One: full"), ("story", "Two: full"), ("text", "<p>Hello</p>")]


def test_a_story_that_a_template_always_carries_stays(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    always = template(("story", {"story": pair[0], "display": "headline"}), ("new_stories", {"display": "full"}))
    assert shown(issue(newsletter, body_from(always, pair[1:]))) == [("story", "One: headline"), ("story", "Two: full")]


def test_an_issue_becomes_a_template_with_one_place_for_stories(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    cards = [("story", {"story": story, "display": "full"}) for story in pair]
    made = template(*as_template(issue(newsletter, [HELLO, cards[0], BYE, cards[1]]).body))
    assert [block.block_type for block in made.body] == ["text", "new_stories", "text"]
    assert made.body[1].value["display"] == "full"


def test_an_earlier_issue_lends_its_blocks_to_new_stories(
    newsletter: Newsletter, stories: StoryIndexPage, pair: list[StoryPage]
) -> None:
    earlier = issue(newsletter, [HELLO, *body_from(None, pair), BYE])
    new = make_story(stories, title="Three")
    assert [kind for kind, _ in shown(issue(newsletter, body_like(earlier, [new])))] == ["text", "story", "text"]
    assert stories_in(issue(newsletter, same_body(earlier))) == pair


def test_one_story_can_be_longer_than_the_others(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    made = issue(newsletter, with_cards([("new_stories", {"display": "headline"})], pair, {pair[1].pk: "full"}))
    assert shown(made) == [("story", "One: headline"), ("story", "Two: full")]


def test_a_card_whose_story_was_deleted_is_copied_as_it_is(newsletter: Newsletter, pair: list[StoryPage]) -> None:
    earlier = compose(newsletter)
    pair[0].delete()
    earlier = Issue.objects.get(pk=earlier.pk)
    copied = issue(newsletter, same_body(earlier))
    assert [block.value["story"] for block in copied.body] == [pair[1], None]
