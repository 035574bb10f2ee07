"""Replacing the links of a mail by those that are counted."""

from __future__ import annotations

import pytest
from django.conf import settings
from selectolax.lexbor import LexborHTMLParser

from newsletter.issues.render.counted_links import Counted, count_links

STEM = "slotabc123"


def counted(html: str, text: str = "") -> Counted:
    return count_links(html, text, campaign_id=7, personal=STEM, trap_leads_to="https://rounds.example/newsletters/")


def link(number: int) -> str:
    return f"{settings.BASE_URL}/r/7/{number}"


def urls(found: Counted) -> dict[int, str]:
    return {one.number: one.url for one in found.links if not one.is_trap}


def test_one_address_has_one_number_wherever_it_stands() -> None:
    found = counted(
        '<body><a href="https://a.example/?x=1&amp;y=2">A</a> <a style="color:red" href="https://b.example/">B</a> '
        '<a href="https://a.example/?x=1&amp;y=2">again</a></body>',
        "A: https://a.example/?x=1&y=2\nB: https://b.example/\n",
    )
    assert urls(found) == {1: "https://a.example/?x=1&y=2", 2: "https://b.example/"}
    assert found.html.count(f'href="{link(1)}"') == 2
    assert found.html.count(f'style="color:red" href="{link(2)}"') == 1
    assert found.text == f"A: {link(1)}\nB: {link(2)}\n"


def test_personal_links_mail_and_telephone_stay_as_they_are() -> None:
    html = (
        f'<body><a href="{STEM}00ff">Unsubscribe</a><a href="https://r.example/?u={STEM}00ff">x</a>'
        '<a href="mailto:a@b.example">m</a><a href="tel:988">988</a><a href="#top">up</a></body>'
    )
    text = f"Unsubscribe: {STEM}00ff\nhttps://r.example/?u={STEM}00ff\nmailto:a@b.example\n"
    found = counted(html, text)
    assert urls(found) == {}
    assert found.text == text
    assert found.html.startswith(html.removesuffix("</body>"))


@pytest.mark.parametrize(
    ("written", "url", "rest"),
    [
        ("see https://a.example/x.", "https://a.example/x", "."),
        ("(https://a.example/x)", "https://a.example/x", ")"),
        ("https://a.example/x_(drug)", "https://a.example/x_(drug)", ""),
        ("“https://a.example/x”,", "https://a.example/x", "”,"),
        ("HTTPS://a.example/x", "HTTPS://a.example/x", ""),
    ],
)
def test_an_address_typed_into_a_sentence_is_counted_without_its_punctuation(written: str, url: str, rest: str) -> None:
    found = counted("<body></body>", written)
    assert urls(found) == {1: url}
    assert found.text.endswith(f"{link(1)}{rest}")


def test_an_address_that_ends_in_a_full_stop_in_the_html_is_the_same_in_the_text() -> None:
    found = counted('<body><a href="https://a.example/Mr.">A</a></body>', "https://a.example/Mr.")
    assert urls(found) == {1: "https://a.example/Mr."}
    assert found.text == link(1)


@pytest.mark.parametrize("written", ["javascript:alert(1)", "data:text/html,x", "ftp://a.example/", "/relative", ""])
def test_nothing_but_web_addresses_is_ever_stored(written: str) -> None:
    assert urls(counted(f'<body><a href="{written}">x</a></body>', written)) == {}


def test_what_an_editor_wrote_can_not_break_out_of_its_attribute() -> None:
    html = '<body><a title="a &gt; b &quot; href=&quot;https://x.example/&quot;" href="https://a.example/">A</a></body>'
    assert urls(counted(html)) == {1: "https://a.example/"}


def test_a_link_is_named_by_its_longest_words_or_by_what_its_picture_shows() -> None:
    found = counted(
        '<body><a href="https://a.example/"><img src="x" alt="A moon over dark blue hills"></a>'
        '<a href="https://a.example/">Read on</a><a href="https://a.example/">Sleep and mood</a>'
        '<a href="https://b.example/"><img src="x" alt="A valley"></a></body>'
    )
    assert [one.label for one in found.links] == ["Sleep and mood", "A valley", ""]


def test_the_hidden_link_is_for_no_eye_no_ear_and_no_key() -> None:
    found = counted('<body><a href="https://a.example/">A</a></body></html>', "https://a.example/")
    trap = found.links[-1]
    assert trap.is_trap
    assert (trap.number, trap.url) == (2, "https://rounds.example/newsletters/")
    node = LexborHTMLParser(found.html).css_first(f'a[href="{link(2)}"]')
    assert node is not None
    assert node.attributes["tabindex"] == "-1"
    assert "display:none" in (node.attributes["style"] or "")
    assert node.parent is not None
    assert node.parent.attributes["aria-hidden"] == "true"
    assert "display:none" in (node.parent.attributes["style"] or "")
    assert link(2) not in found.text
