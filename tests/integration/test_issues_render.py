"""Rendering an issue: what readers get, what the archive shows, and that both are safe."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from selectolax.lexbor import LexborHTMLParser

from core.models import PublicationSettings
from newsletter.engine.message import CompiledMessage, Recipient, markers
from newsletter.issues.render import CompileError, compile_issue
from newsletter.issues.sample import SampleError, sample
from newsletter.models import Issue
from tests.factories import make_story
from tests.integration.issue_samples import full_issue
from tests.stages import stage

if TYPE_CHECKING:
    from email.message import EmailMessage

    from blog.models import HomePage, StoryIndexPage, StoryPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

SEED = bytes(range(32))
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
READER = Recipient(
    address="ada@example.com",
    name="Ada",
    message_id="<1.2@testserver>",
    unsubscribe_url="https://testserver/unsubscribe/TOKEN/?a=1&b=2",
    preferences_url="https://testserver/preferences/TOKEN/",
)


@stage
def issue(home: HomePage, stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    return Issue.objects.get(pk=full_issue(home, stories, newsletter).pk)


def sent(issue: Issue) -> tuple[EmailMessage, str, str]:
    """The message as its reader's mail program decodes it, with its HTML and its text."""
    content = CompiledMessage.load(compile_issue(issue, seed=SEED).message.dump()).splice(READER, date=NOW)
    parsed: EmailMessage = email.message_from_bytes(content, policy=email.policy.default)  # type: ignore[assignment]
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    return parsed, html.get_content(), text.get_content().replace("\r\n", "\n")


def minimal(newsletter: Newsletter, **fields: object) -> Issue:
    return Issue(**{"newsletter": newsletter, "subject": "A subject", "body": [], **fields})


def test_the_reader_gets_all_that_the_editor_put_in(issue: Issue) -> None:
    parsed, html, text = sent(issue)
    shown = " ".join(LexborHTMLParser(html).body.text(separator=" ").split())  # type: ignore[union-attr]
    for words in (
        "Two stories this week.",
        "What to bring to a first visit",
        "Ketamine & esketamine: what “fast-acting” means",
        "By Dr. Ada Quist, MD · 4 minutes to read",
        "The author’s clinic offers ketamine treatment.",
        "Our own words.",
        "Drawn for this issue",
        "If you are in crisis",
        "988 Suicide & Crisis Lifeline",
        "1 Quiet Lane, Springfield, MA 01103, USA",
    ):
        assert words in shown
        assert words in " ".join(text.split())
    assert parsed["Subject"] == "When the first treatment doesn’t help"
    assert parsed["List-Id"] == '"The Weekly Round" <rounds.testserver>'


def test_each_readers_own_links_stand_in_both_versions_and_in_the_header(issue: Issue) -> None:
    parsed, html, text = sent(issue)
    hrefs = {node.attributes.get("href") for node in LexborHTMLParser(html).css("a")}
    assert {READER.unsubscribe_url, READER.preferences_url} <= hrefs
    assert READER.unsubscribe_url in text
    assert READER.preferences_url in text
    assert parsed["List-Unsubscribe"] == f"<{READER.unsubscribe_url}>"


def test_every_address_is_absolute_and_nothing_is_loaded_from_elsewhere(issue: Issue) -> None:
    _, html, _ = sent(issue)
    tree = LexborHTMLParser(html)
    assert all((node.attributes.get("src") or "").startswith("https://testserver/media/") for node in tree.css("img"))
    assert all("://" in href or href.startswith(("mailto:", "tel:")) for href in _hrefs(tree))
    assert not tree.css("link, script, iframe, object")
    assert "@import" not in html
    assert "fonts.googleapis" not in html


def _hrefs(tree: LexborHTMLParser) -> list[str]:
    return [node.attributes.get("href") or "" for node in tree.css("a")]


def test_pictures_are_jpeg_with_width_and_words(issue: Issue) -> None:
    _, html, _ = sent(issue)
    pictures = LexborHTMLParser(html).css("img")
    assert [node.attributes.get("alt") for node in pictures] == [
        "Hills in the morning, drawn in flat colours",
        "A valley with three hills",
    ]
    assert all((node.attributes.get("src") or "").endswith(".jpg") for node in pictures)
    assert all((node.attributes.get("width") or "").isdigit() for node in pictures)


def test_the_preview_text_has_no_colour_of_its_own(issue: Issue) -> None:
    """White on white costs a point with SpamAssassin."""
    _, html, _ = sent(issue)
    hidden = LexborHTMLParser(html).css_first("div[style*='display:none']")
    assert hidden is not None
    assert hidden.text() == issue.preview_text
    assert "color" not in (hidden.attributes.get("style") or "")


def test_the_archive_page_holds_nothing_personal(issue: Issue) -> None:
    compiled = compile_issue(issue, seed=SEED)
    assert "/unsubscribe/" not in compiled.web_html
    assert "/preferences/" not in compiled.web_html
    assert 'href="https://testserver/subscribe/"' in compiled.web_html
    assert markers(SEED).stem in compiled.laid.html
    assert markers(SEED).stem not in compiled.web_html
    assert compiled.web_html.startswith("<!doctype html>")


def test_the_campaign_notes_each_story_with_its_live_revision(issue: Issue) -> None:
    found = compile_issue(issue, seed=SEED).stories
    cards = [block.value["story"].specific for block in issue.body if block.block_type == "story"]
    assert found == [(story.pk, story.live_revision_id) for story in cards]


def test_the_same_seed_gives_the_same_bytes(issue: Issue) -> None:
    assert compile_issue(issue, seed=SEED).message.dump() == compile_issue(issue, seed=SEED).message.dump()


def test_a_withdrawn_story_has_no_card(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = make_story(stories, title="Withdrawn words")
    issue = minimal(newsletter, body=[("story", {"story": story, "intro": "", "show_image": True})])
    story.unpublish()
    assert "Withdrawn words" not in sent(issue)[1]


HOSTILE = "{{ settings.SECRET_KEY }} {% include 'x' %} *|FNAME|* <script>alert(1)</script> \"' & ]]>"


def test_whatever_is_typed_arrives_as_literal_text(stories: StoryIndexPage, newsletter: Newsletter) -> None:
    story = make_story(stories, title=HOSTILE, standfirst=HOSTILE)
    issue = minimal(
        newsletter,
        subject=HOSTILE,
        preview_text=HOSTILE,
        body=[
            ("story", {"story": story, "intro": HOSTILE, "show_image": False}),
            ("button", {"text": HOSTILE[:60], "url": 'https://x.example/?a="><script>alert(1)</script>'}),
        ],
    )
    parsed, html, text = sent(issue)
    tree = LexborHTMLParser(html)
    assert parsed["Subject"] == HOSTILE
    assert tree.css_first("h2").text().strip() == HOSTILE  # type: ignore[union-attr]
    assert tree.css_first("title").text() == HOSTILE  # type: ignore[union-attr]
    assert not tree.css("script")
    assert text.count(HOSTILE.split(" <", maxsplit=1)[0]) >= 2
    web = LexborHTMLParser(compile_issue(issue, seed=SEED).web_html)
    assert web.css_first("h2").text().strip() == HOSTILE  # type: ignore[union-attr]
    assert not web.css("script")


def test_rich_text_cannot_act_in_mail_or_archive(newsletter: Newsletter) -> None:
    typed = (
        '<p onclick="x()">Words <a href="javascript:alert(1)">go</a></p><script>alert(1)</script><svg onload="x()"/>'
    )
    issue = minimal(newsletter, body=[("text", typed)])
    compiled = compile_issue(issue, seed=SEED)
    for html in (compiled.laid.html, compiled.web_html):
        assert "Words go" in html
        assert "javascript" not in html
        assert "onclick" not in html
        assert "<script" not in html
        assert "<svg" not in html


def test_control_characters_do_not_break_the_mail(newsletter: Newsletter) -> None:
    issue = minimal(newsletter, body=[("text", "<p>be\x0bfore\x01</p>")])
    assert "before" in sent(issue)[1]


def test_a_name_of_the_newsletter_is_shown_beside_the_publications_once(newsletter: Newsletter, home: HomePage) -> None:
    same = sent(minimal(newsletter, body=[("divider", None)]))[2]
    assert same.startswith("Rounds\n\nRead in")
    newsletter.name = "Weekly"
    assert sent(minimal(newsletter, body=[("divider", None)]))[2].startswith("Rounds\nWeekly\n")


def test_it_works_before_the_publication_filled_in_anything(newsletter: Newsletter, home: HomePage) -> None:
    PublicationSettings.objects.all().delete()
    assert "Unsubscribe" in sent(minimal(newsletter))[1]


@pytest.mark.parametrize(
    "fields", [{"subject": "  "}, {"subject": "two\nlines"}, {"subject": "Bcc: x\r\nBcc: y@example.com"}]
)
def test_a_subject_that_cannot_be_a_header_is_refused(newsletter: Newsletter, fields: dict[str, str]) -> None:
    with pytest.raises(CompileError, match="subject"):
        compile_issue(minimal(newsletter, **fields), seed=SEED)


@pytest.mark.parametrize("field", ["sender_name", "reply_to"])
def test_a_header_cannot_be_smuggled_into_the_sender(newsletter: Newsletter, field: str) -> None:
    setattr(newsletter, field, "x@example.com\r\nBcc: y@example.com")
    with pytest.raises(CompileError):
        compile_issue(minimal(newsletter), seed=SEED)


def test_a_sample_goes_to_no_address_that_is_none(newsletter: Newsletter) -> None:
    with pytest.raises(SampleError):
        sample(compile_issue(minimal(newsletter), seed=SEED).message, date=NOW, address="x\r\nBcc: y@example.com")


def test_the_standing_conflict_statement_stands_once_for_stories_without_their_own(
    stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    PublicationSettings.objects.update(conflict_statement="The authors treat patients for a fee.")
    own, none, none_either = (make_story(stories, conflict_statement=text) for text in ("Mine.", "", ""))

    def texts(*chosen: StoryPage) -> list[str]:
        body = [("story", {"story": story, "intro": "", "show_image": False}) for story in chosen]
        return list(sent(minimal(newsletter, body=body))[1:])

    assert all(said.count("The authors treat patients for a fee.") == 1 for said in texts(own, none, none_either))
    assert not any("The authors treat" in said for said in texts(own))


def test_the_name_is_not_said_twice_when_the_address_starts_with_it(newsletter: Newsletter, home: HomePage) -> None:
    PublicationSettings.objects.update(postal_address="Rounds Ltd\n1 Quiet Lane", contact_email="")
    assert sent(minimal(newsletter))[2].endswith("\n\nRounds Ltd\n1 Quiet Lane\n")
