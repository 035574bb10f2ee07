"""The golden mails as receiving servers judge them: size, headers, lines, links, pictures, SpamAssassin."""

from __future__ import annotations

import re
import subprocess
from email import message_from_bytes, policy
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter.engine.message import headers_problems

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MAILS = ["issue-every-block.eml", "issue-whole.eml"]
#: What SpamAssassin says of itself, such as "Content analysis details:   (0.0 points, 5.0 required)".
_SCORE = re.compile(r"\((-?[\d.]+) points")

each_mail = pytest.mark.parametrize("name", MAILS)


@cache
def raw(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def bodies(name: str) -> tuple[str, str]:
    parsed: Any = message_from_bytes(raw(name), policy=policy.default)
    html, text = (parsed.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("html", "plain"))
    return html, text


@each_mail
def test_it_is_well_below_what_gmail_cuts_off(name: str) -> None:
    html, _text = bodies(name)
    assert len(html.encode()) < 80_000
    styles = LexborHTMLParser(html).css("style")
    assert 0 < sum(len(node.text()) for node in styles) < 16_000


@each_mail
def test_no_parser_finds_a_defect(name: str) -> None:
    parsed: Any = message_from_bytes(raw(name), policy=policy.default)
    parts = list(parsed.walk())
    assert [part.get_content_type() for part in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert [defect for part in parts for defect in part.defects] == []
    assert [defect for part in parts for value in part.values() for defect in value.defects] == []
    assert headers_problems(raw(name)) == []


@each_mail
def test_every_line_is_short_and_ends_in_crlf(name: str) -> None:
    lines = raw(name).split(b"\r\n")
    assert max(map(len, lines)) <= 78  # quoted-printable and folded headers; RFC 5322 allows 998
    assert not any(b"\n" in line or b"\r" in line for line in lines)


@each_mail
def test_every_link_leads_somewhere_and_stands_in_both_versions(name: str) -> None:
    html, text = bodies(name)
    hrefs = {node.attributes.get("href") or "" for node in LexborHTMLParser(html).css("a")}
    assert len(hrefs) > 10
    for href in hrefs:
        parts = urlsplit(href)
        assert (parts.scheme in {"http", "https"} and parts.hostname) or parts.scheme in {"mailto", "tel"}, href
        if parts.scheme not in {"mailto", "tel"}:
            assert href in text, href


@each_mail
def test_every_picture_has_words_a_size_and_a_kind_that_all_programs_show(name: str) -> None:
    html, _text = bodies(name)
    pictures = LexborHTMLParser(html).css("img")
    assert pictures
    for node in pictures:
        given = node.attributes
        assert "alt" in given
        assert (given["width"] or "").isdigit()
        assert (given["height"] or "").isdigit()
        assert (given["src"] or "").startswith("https://testserver/media/")
        assert (given["src"] or "").endswith((".jpg", ".png"))


def judged(mail: bytes) -> tuple[float, str]:
    """SpamAssassin's points without the network and without anybody's own settings, and all it says."""
    command = ["spamassassin", "--local", "--test-mode", "--nocreate-prefs", "--prefspath=/dev/null"]
    done = subprocess.run(command, input=mail, capture_output=True, check=True, timeout=120)
    said = done.stdout.decode(errors="replace")
    found = _SCORE.search(said)
    assert found, said[-2000:]
    return float(found[1]), said


@pytest.mark.spamassassin
@pytest.mark.slow
@each_mail
def test_spamassassin_finds_nothing_suspicious(name: str) -> None:
    points, said = judged(raw(name))
    assert points < 1, said[-2000:]


@pytest.mark.spamassassin
@pytest.mark.slow
def test_spamassassin_knows_spam_when_it_sees_it() -> None:
    """The GTUBE line, which every installation counts as spam."""
    line = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
    points, _said = judged(raw(MAILS[0]).replace(b"Rounds\r\nThe Weekly Round", line, 1))
    assert points > 100
