"""What Mailchimp is given of a campaign: our bodies, its tags for a reader's values, and no other tag."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from newsletter.backends.mailchimp.answers import RemoteCampaign
from newsletter.engine.message import CompiledMessage, Headers, Slot, compile_message, markers
from newsletter.issues.remote_content import (
    RemoteContentError,
    as_literal_html,
    as_literal_text,
    content_for,
    digest_of,
    settings_for,
)
from newsletter.models import Campaign, MailchimpAudience

TAG = re.compile(r"\*\|.*?\|\*", re.S)
BARS = st.text(alphabet="*|ab %7C\n", max_size=30)


def message(words: str = "", *, plain: str = "", nameless: str = "reader", subject: str = "Sleep") -> CompiledMessage:
    slots = markers(b"sixteen bytes or more")
    html = (
        f"<html><body><p>Dear {slots.html(Slot.NAME)},</p>{words}<div><p>"
        f'<a href="{slots.url(Slot.UNSUBSCRIBE_URL)}">Unsubscribe</a> '
        f'<a href="{slots.url(Slot.PREFERENCES_URL)}">Preferences</a></p><p>1 Quiet Lane</p></div></body></html>'
    )
    text = f"Dear {slots.text(Slot.NAME)},\n\n{plain}\n{slots.text(Slot.UNSUBSCRIBE_URL)}\n1 Quiet Lane\n"
    headers = Headers(
        subject=subject,
        sender_name="Rounds",
        sender_email="editor@rounds.example",
        list_id="rounds.rounds.example",
        feedback_id="issue-1:rounds:newsletter:rounds-example",
    )
    return compile_message(headers=headers, html=html, text=text, markers=slots, nameless=nameless)


def test_personal_links_are_mailchimps_own_in_both_bodies() -> None:
    content = content_for(message())
    page = LexborHTMLParser(content.html)
    assert [node.attributes["href"] for node in page.css("a")] == ["*|UNSUB|*", "*|UPDATE_PROFILE|*"]
    assert content.plain_text == "Dear reader,\n\n\n*|UNSUB|*\n1 Quiet Lane\n*|LIST:ADDRESS|*\n"


def test_the_audiences_address_stands_once_behind_ours() -> None:
    html = content_for(message()).html
    assert html.count("*|HTML:LIST_ADDRESS_HTML|*") == 1
    assert html.index("1 Quiet Lane") < html.index("*|HTML:LIST_ADDRESS_HTML|*") < html.index("</div></body>")


def test_without_a_field_for_names_all_are_greeted_as_readers_without_one() -> None:
    content = content_for(message(nameless="dear <reader>"))
    assert "Dear dear &lt;reader&gt;," in content.html
    assert content.plain_text.startswith("Dear dear <reader>,")


def test_a_mapped_field_greets_by_name_and_those_without_one_as_here() -> None:
    content = content_for(message(nameless="<reader>"), name_tag="FNAME")
    assert "Dear *|IF:FNAME|**|FNAME|**|ELSE:|*&lt;reader&gt;*|END:IF|*," in content.html
    assert content.plain_text.startswith("Dear *|IF:FNAME|**|FNAME|**|ELSE:|*<reader>*|END:IF|*,")


def test_a_field_that_can_be_none_is_refused() -> None:
    with pytest.raises(RemoteContentError, match="no merge tag"):
        content_for(message(), name_tag="FNAME|**|EMAIL")


def test_a_tag_that_an_editor_typed_is_shown_and_not_filled_in() -> None:
    words = '<p>Write *|EMAIL|* or |*|UNSUB|*|.</p><p><a href="https://x.example/?q=*|EMAIL|*">x</a></p>'
    content = content_for(message(words, plain="Write *|EMAIL|*, https://x.example/?q=*|EMAIL|*&r=*%7cEMAIL%7C*"))
    assert set(TAG.findall(content.html)) == {"*|UNSUB|*", "*|UPDATE_PROFILE|*", "*|HTML:LIST_ADDRESS_HTML|*"}
    assert set(TAG.findall(content.plain_text)) == {"*|UNSUB|*", "*|LIST:ADDRESS|*"}
    assert "Write *|EMAIL|* or |*|UNSUB|*|." in LexborHTMLParser(content.html).body.text()  # type: ignore[union-attr]
    assert "https://x.example/?q=%2A|EMAIL|%2A" in content.html
    assert "https://x.example/?q=%2A|EMAIL|%2A&r=%2A%7cEMAIL%7C%2A" in content.plain_text


@given(BARS)
def test_no_text_holds_a_tag_afterwards(words: str) -> None:
    html, text = as_literal_html(words), as_literal_text(words)
    assert not re.search(r"\*\||\|\*", html)
    assert not re.search(r"\*\||\|\*", text)
    assert unescape(html) == unescape(words)
    assert text.replace("∣", "|") == words


@given(BARS.filter(lambda words: "\n" not in words and " " not in words))
def test_no_address_holds_a_tag_afterwards(path: str) -> None:
    url = f"https://x.example/{path}"
    for made in (as_literal_html(f'<a href="{url}">'), as_literal_text(url)):
        assert "*|" not in made
        assert "|*" not in made
        assert "*%7C" not in made.upper()


def test_an_editors_words_can_not_take_the_place_of_a_readers_value() -> None:
    first, second = content_for(message()), content_for(message())
    assert first == second  # what stood for the values, different each time, has left no trace


def test_the_settings_are_those_that_were_frozen() -> None:
    campaign = Campaign(compiled=message(subject="About *|FNAME|* – “naïve” readers").dump())
    settings = settings_for(campaign, MailchimpAudience(list_id="abc123", segment_id=7), title="rounds-1-x")
    assert (settings.title, settings.list_id, settings.segment_id) == ("rounds-1-x", "abc123", 7)
    assert settings.subject == "About *∣FNAME∣* – “naïve” readers"
    assert (settings.from_name, settings.reply_to, settings.preview_text) == ("Rounds", "editor@rounds.example", "")


THERE = RemoteCampaign(
    id="a1",
    web_id=1,
    title="rounds-1-x",
    status="save",
    subject="Sleep",
    list_id="abc123",
    segment_id=None,
    send_time=None,
    emails_sent=0,
    archive_url="",
    from_name="Rounds",
    reply_to="editor@rounds.example",
)


def test_a_digest_tells_contents_apart_and_not_line_ends() -> None:
    content, other = content_for(message()), content_for(message("<p>More.</p>"))
    as_crlf = type(content)(html=content.html.replace("\n", "\r\n"), plain_text=f"{content.plain_text}\r\n")
    assert digest_of(content, THERE) == digest_of(as_crlf, THERE) != digest_of(other, THERE)


@pytest.mark.parametrize("name", ["subject", "preview_text", "from_name", "reply_to"])
def test_a_digest_tells_apart_what_readers_see_of_the_settings(name: str) -> None:
    content, edited = content_for(message()), {name: "x@example.com"}
    assert digest_of(content, THERE) != digest_of(content, replace(THERE, **edited))  # type: ignore[arg-type]
    assert digest_of(content, THERE) == digest_of(content, replace(THERE, status="schedule", web_id=2))
