"""Markers: they stand only where their value is escaped rightly, and nobody can guess or damage them unnoticed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations

import pytest

from newsletter.engine.message import Markers, MessageError, Place, Slot, compile_message, markers
from tests.unit.test_engine_message import ADA, DATE, HEADERS, html_of, text_of

SEED = b"sixteen random bytes and more"
MARKS = markers(SEED)
TEXT = text_of(MARKS)


def compiles(html: str = "<p>x</p>", text: str = "x", marks: Markers = MARKS) -> bytes:
    return compile_message(headers=HEADERS, html=html, text=text, markers=marks).splice(ADA, date=DATE)


def test_markers_are_letters_and_digits_and_none_holds_another() -> None:
    names = list(MARKS.names.values())
    assert all(re.fullmatch("[a-z0-9]{32}", name) for name in names)
    assert not [pair for pair in combinations(names, 2) if pair[0] in pair[1]]


def test_the_same_seed_gives_the_same_markers_and_another_seed_others() -> None:
    assert markers(SEED) == MARKS
    assert not set(markers(SEED + b"!").names.values()) & set(MARKS.names.values())


def test_markers_keep_clear_of_texts_that_hold_them() -> None:
    fresh = markers(SEED, avoiding=["words", f"an editor who knew the future: {MARKS.stem.upper()}"])
    assert fresh.stem != MARKS.stem
    assert MARKS.stem in compiles(f"<p>{MARKS.stem}{fresh.html(Slot.NAME)}</p>", marks=fresh).decode()


def test_a_short_seed_is_refused() -> None:
    with pytest.raises(MessageError, match="at least 16"):
        markers(b"guessable")


@pytest.mark.parametrize("slot", [Slot.TO, Slot.DATE, Slot.MESSAGE_ID])
def test_what_belongs_in_headers_has_no_marker_for_bodies(slot: Slot) -> None:
    for marker in (MARKS.html, MARKS.url, MARKS.text):
        with pytest.raises(MessageError):
            marker(slot)


def test_a_name_is_never_an_address_to_follow() -> None:
    with pytest.raises(MessageError, match=Place.URL):
        MARKS.url(Slot.NAME)


@pytest.mark.parametrize(
    "html",
    [
        MARKS.text(Slot.NAME),
        f"<p>{MARKS.url(Slot.UNSUBSCRIBE_URL)}</p>",
        f"<a href={MARKS.url(Slot.UNSUBSCRIBE_URL)}>x</a>",
        f'<a href="https://x.example/{MARKS.url(Slot.UNSUBSCRIBE_URL)}">x</a>',
        f'<a href="{MARKS.html(Slot.UNSUBSCRIBE_URL)}">x</a>',
        f'<a HREF = "/{MARKS.html(Slot.NAME)}">x</a>',
        f"<img src='{MARKS.html(Slot.NAME)}'>",
        f"<a href={MARKS.html(Slot.NAME)}>x</a>",
        f'<p style="color: {MARKS.html(Slot.NAME)}">x</p>',
        f'<p title="{MARKS.html(Slot.NAME)}" onclick="f({MARKS.html(Slot.NAME)})">x</p>',
        MARKS.html(Slot.NAME)[:-1],
        MARKS.html(Slot.NAME).upper(),
        MARKS.stem,
    ],
)
def test_a_marker_at_a_wrong_place_or_damaged_is_refused(html: str) -> None:
    with pytest.raises(MessageError):
        compiles(html)


@pytest.mark.parametrize("text", [MARKS.html(Slot.NAME), MARKS.url(Slot.UNSUBSCRIBE_URL), MARKS.text(Slot.NAME)[:-1]])
def test_a_marker_of_the_html_part_or_half_of_one_is_refused_in_the_text(text: str) -> None:
    with pytest.raises(MessageError) as refusal:
        compiles(text=f"Dear {text}slot")
    assert "plain-text" in str(refusal.value)


def test_a_marker_is_refused_in_a_header() -> None:
    for field in ("subject", "sender_name", "list_name"):
        with pytest.raises(MessageError, match="headers"):
            compile_message(
                headers=replace(HEADERS, **{field: f"Dear {MARKS.text(Slot.NAME)}"}),
                html=html_of(MARKS),
                text=TEXT,
                markers=MARKS,
            )


def test_a_name_that_is_a_marker_is_only_a_name() -> None:
    sneaky = replace(ADA, name=MARKS.text(Slot.UNSUBSCRIBE_URL))
    compiled = compile_message(headers=HEADERS, html=html_of(MARKS), text=TEXT, markers=MARKS)
    assert compiled.splice(sneaky, date=DATE).count(sneaky.name.encode()) == 4


def test_no_marker_is_left_in_a_message() -> None:
    assert MARKS.stem not in compiles(html_of(MARKS), TEXT).decode()
