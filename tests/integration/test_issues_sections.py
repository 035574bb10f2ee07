"""An issue that fits its reader: what is left of its bytes is the mail that one would have written without the rest."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from html.parser import HTMLParser
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import pytest

from newsletter.engine.message import Recipient
from newsletter.issues.preflight import examine
from newsletter.issues.render import compile_issue
from newsletter.issues.render.sections import MOST_PLACES
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.issue_samples import NOW, in_full

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

SEED = bytes(32)
READER = Recipient(
    address="ada@example.com",
    name="Ada",
    message_id="<1.2@testserver>",
    unsubscribe_url="https://testserver/unsubscribe/TOKEN/",
    preferences_url="https://testserver/preferences/TOKEN/",
)
Body = list[tuple[str, Any]]

LINE = "-" * 72
#: Digits are stories, t a text, d a divider, b a button.
LAYOUTS = [
    "012",
    "t012",
    "t01t2",
    "0t12b",
    "t0d1d2",
    "0d1d2t",
    "d0d1",
    "t0d12dt",
    "01d2",
    "b0d1t",
    "t0t1t",
    "010",
]


def body_of(layout: str, stories: list[StoryPage]) -> Body:
    blocks: dict[str, tuple[str, Any]] = {
        "t": ("text", "<p>Words between the stories, of which there are some, so that a line has to be folded.</p>"),
        "d": ("divider", None),
        "b": ("button", {"text": "Ask", "url": "https://rounds.example/ask/"}),
    }
    cards: dict[str, tuple[str, Any]] = {
        str(number): ("story", {"story": story, "display": "excerpt"}) for number, story in enumerate(stories)
    }
    return [{**blocks, **cards}[letter] for letter in layout]


def read(newsletter: Newsletter, body: Body, *, fits: bool, left_out: tuple[int, ...] = ()) -> tuple[str, str]:
    """HTML and text as a mail program decodes them."""
    issue = Issue(pk=7, newsletter=newsletter, subject="A subject", body=body, fits_reader=fits)
    content = compile_issue(issue, seed=SEED).message.without(left_out).splice(READER, date=NOW)
    message: Any = message_from_bytes(content, policy=policy.default)
    return tuple(message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("html", "plain"))  # type: ignore[return-value]


def fewer(count: int) -> Iterator[tuple[int, ...]]:
    """Every choice of places but all of them."""
    return chain.from_iterable(combinations(range(count), size) for size in range(count))


def kept(layout: str, left_out: tuple[int, ...], *, heads: bool) -> str:
    """The layout without these stories and without dividers that these had kept apart from another line.

    `heads`: the mail's own head ends in no line, so that a divider may be the first of it.
    """
    found: list[str] = []
    cut = False
    for letter in layout:
        if letter.isdigit() and int(letter) in left_out:
            cut = True
            continue
        if letter == "d" and cut and (found[-1:] == ["d"] or (not found and not heads)):
            continue
        cut = False
        found.append(letter)
    while cut and found[-1:] == ["d"]:
        found.pop()
    return "".join(found)


@pytest.fixture
def three(stories: StoryIndexPage) -> list[StoryPage]:
    return [make_story(stories, title=f"Story {name}", slug=f"s-{name}", kind="news") for name in ("a", "b", "c")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_marks_leave_no_trace(newsletter: Newsletter, three: list[StoryPage], layout: str) -> None:
    body = body_of(layout, three)
    assert read(newsletter, body, fits=True) == read(newsletter, body, fits=False)


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mail_without_some_stories_is_the_one_that_has_only_the_others(
    newsletter: Newsletter, three: list[StoryPage], layout: str
) -> None:
    numbers = list(dict.fromkeys(letter for letter in layout if letter.isdigit()))
    for left_out in fewer(len(numbers)):
        html, text = read(newsletter, body_of(layout, three), fits=True, left_out=left_out)
        as_html = body_of(kept(layout, left_out, heads=False), three)
        assert html == read(newsletter, as_html, fits=False)[0], (layout, left_out)
        as_text = body_of(kept(layout, left_out, heads=True), three)
        written = read(newsletter, as_text, fits=False)[1]
        if layout[0] != "d":  # one that has become the first is the line that stands below the head
            written = written.replace(f"{LINE}\n\n{LINE}", LINE)
        assert text == written, (layout, left_out)


def test_a_mail_without_one_story_is_well_formed(newsletter: Newsletter, three: list[StoryPage]) -> None:
    html, text = read(newsletter, body_of("t012", three), fits=True, left_out=(1,))
    assert [title for title in ("Story a", "Story b", "Story c") if title in html and title in text] == [
        "Story a",
        "Story c",
    ]
    assert "Story b" not in html + text
    assert re.findall(r"<!--\[if[^>]*>|<!\[endif\]-->", html)[::2] == re.findall(r"<!--\[if[^>]*>", html)
    for_outlook = re.sub(r"<!--\[if mso \| IE\]>|<!\[endif\]-->", "", html)
    for seen in (html, for_outlook):
        assert Balance.of(seen) == []


def test_a_story_with_two_cards_has_one_place(newsletter: Newsletter, three: list[StoryPage]) -> None:
    issue = Issue(newsletter=newsletter, subject="A subject", body=body_of("1011", three), fits_reader=True)
    compiled = compile_issue(issue, seed=SEED)
    assert [story for story, _ in compiled.stories] == [three[1].pk, three[0].pk]
    assert compiled.message.places == {0, 1}


def test_an_issue_that_everybody_gets_whole_has_no_sections(newsletter: Newsletter, three: list[StoryPage]) -> None:
    issue = Issue(newsletter=newsletter, subject="A subject", body=body_of("012", three))
    assert compile_issue(issue, seed=SEED).message.sections == ()


def test_a_card_that_shows_nothing_takes_no_place(
    newsletter: Newsletter, stories: StoryIndexPage, three: list[StoryPage]
) -> None:
    draft = make_story(stories, live=False)
    body = [("story", {"story": draft, "display": "excerpt"}), *body_of("012", three)]
    issue = Issue(newsletter=newsletter, subject="A subject", body=body, fits_reader=True)
    assert [story for story, _ in compile_issue(issue, seed=SEED).stories] == [story.pk for story in three]


def test_what_the_preflight_looks_at_has_no_marks(newsletter: Newsletter, three: list[StoryPage]) -> None:
    issue = Issue(newsletter=newsletter, subject="", body=body_of("t012", three), fits_reader=True)
    for subject in ("", "A subject"):  # the first can't be compiled
        issue.subject = subject
        seen = examine(issue, now=NOW)
        assert bool(seen.message) == bool(subject)
        assert not re.search(r"slot[0-9a-f]{12}", seen.html + seen.text)


@pytest.mark.slow
def test_only_so_many_stories_can_be_left_out(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    many = [make_story(stories, title=f"Story {number}") for number in range(MOST_PLACES + 2)]
    body = [("story", {"story": story, "display": "headline"}) for story in many]
    issue = Issue(newsletter=newsletter, subject="A subject", body=body, fits_reader=True)
    assert compile_issue(issue, seed=SEED).message.places == set(range(MOST_PLACES))


HELP = ("crisis_help", {"title": "If you are in crisis", "text": "Call somebody."})


def test_help_in_a_crisis_stays_whatever_story_is_left_out(newsletter: Newsletter, stories: StoryIndexPage) -> None:
    """Where one story shows it in its place, another one's readers still find it at the end."""
    first, second = (make_story(stories, title=name, body=[HELP]) for name in ("Whole", "Short"))
    cards = [("story", in_full(first)), ("story", {"story": second, "display": "excerpt"})]
    for left_out in fewer(2):
        html, text = read(newsletter, cards, fits=True, left_out=left_out)
        assert "If you are in crisis" in html, left_out
        assert "If you are in crisis" in text, left_out


class Balance(HTMLParser):
    """What is opened and not closed, or closed and not open."""

    VOID = frozenset({"meta", "br", "img", "link", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    @classmethod
    def of(cls, html: str) -> list[str]:
        parser = cls()
        parser.feed(html)
        parser.close()
        return parser.wrong + parser.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """It is closed as it is opened."""

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.wrong.append(tag)
