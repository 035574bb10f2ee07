"""Sections are cut out of the compiled bytes: what is left reads as if it had been written without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.message import CompiledMessage, Link, MessageError, Press, Slot, compile_message, markers
from tests.unit.test_engine_message_properties import (
    DATE,
    HEADERS,
    MARKS,
    assert_bytes_are_in_order,
    body,
    modern,
    recipients_example,
)

READER = recipients_example()
#: What the holes show.
SHOWN = {
    MARKS.html(Slot.NAME): "Ada",
    MARKS.text(Slot.NAME): "Ada",
    MARKS.url(Slot.UNSUBSCRIBE_URL): READER.unsubscribe_url,
    MARKS.text(Slot.UNSUBSCRIBE_URL): READER.unsubscribe_url,
}


@dataclass(frozen=True)
class Stretch:
    """Words, or stretches that are left out together."""

    words: str = ""
    places: frozenset[int] = frozenset()
    inner: tuple[Stretch, ...] = ()

    def marked(self) -> str:
        if not self.places:
            return self.words
        begin, end = MARKS.section(self.places)
        return begin + "".join(one.marked() for one in self.inner) + end

    def without(self, left_out: frozenset[int]) -> str:
        if not self.places:
            return self.words
        return "" if self.places <= left_out else "".join(one.without(left_out) for one in self.inner)

    def sections(self) -> Iterator[frozenset[int]]:
        if self.places:
            yield self.places
        for one in self.inner:
            yield from one.sections()


ODD = st.text(st.sampled_from(".F =\té\U0001f469\n-a&"), max_size=200)


def stretches(holes: list[str]) -> st.SearchStrategy[list[Stretch]]:
    words = st.builds(Stretch, words=ODD | st.sampled_from(holes))
    places = st.frozensets(st.integers(0, 4), min_size=1, max_size=3)
    one = st.recursive(
        words,
        lambda inner: st.builds(Stretch, places=places, inner=st.lists(inner, max_size=4).map(tuple)),
        max_leaves=12,
    )
    return st.lists(one, max_size=6)


def whole(parts: list[Stretch]) -> str:
    """With a first and a last line of its own: a part of a message can't be empty."""
    return "<p>begins\n" + "".join(one.marked() for one in parts) + "ends\n"


def shown(parts: list[Stretch], left_out: frozenset[int]) -> str:
    text = "<p>begins\n" + "".join(one.without(left_out) for one in parts) + "ends\n"
    for marker, value in SHOWN.items():
        text = text.replace(marker, value)
    return text


HTML = stretches([MARKS.html(Slot.NAME), f'<a href="{MARKS.url(Slot.UNSUBSCRIBE_URL)}">x</a>'])
TEXT = stretches([MARKS.text(Slot.NAME), MARKS.text(Slot.UNSUBSCRIBE_URL)])


@given(HTML, TEXT, st.frozensets(st.integers(0, 4)))
def test_a_message_without_some_sections_reads_like_its_other_texts_put_together(
    html: list[Stretch], text: list[Stretch], wanted: frozenset[int]
) -> None:
    compiled = compile_message(headers=HEADERS, html=whole(html), text=whole(text), markers=MARKS)
    left_out = wanted & compiled.places
    content = CompiledMessage.load(compiled.dump()).without(left_out).splice(READER, date=DATE)
    assert_bytes_are_in_order(content)
    assert body(modern(content), "html") == shown(html, left_out)
    assert body(modern(content), "plain") == shown(text, left_out)


@given(HTML, TEXT, st.frozensets(st.integers(0, 4)))
def test_many_copies_without_sections_are_those_that_are_made_one_by_one(
    html: list[Stretch], text: list[Stretch], wanted: frozenset[int]
) -> None:
    compiled = compile_message(headers=HEADERS, html=whole(html), text=whole(text), markers=MARKS)
    less = compiled.without(wanted & compiled.places)
    press = Press(
        less,
        unsubscribe=Link(before="https://rounds.example/unsubscribe/", after="/"),
        preferences=Link(before="https://rounds.example/preferences/", after="/"),
        token_length=1,
    )
    copy = press.copy(address=READER.address, name=READER.name, message_id=READER.message_id, token=b"t", date=DATE)
    assert copy == less.splice(READER, date=DATE)


@given(HTML, TEXT)
def test_with_nothing_left_out_it_reads_as_it_would_without_any_marks(html: list[Stretch], text: list[Stretch]) -> None:
    marked = compile_message(headers=HEADERS, html=whole(html), text=whole(text), markers=MARKS)
    bare = compile_message(
        headers=HEADERS, html=MARKS.unmarked(whole(html)), text=MARKS.unmarked(whole(text)), markers=MARKS
    )
    assert marked.without(()).splice(READER, date=DATE) == marked.splice(READER, date=DATE)
    first, second = (modern(one.splice(READER, date=DATE)) for one in (marked, bare))
    assert [body(first, kind) for kind in ("html", "plain")] == [body(second, kind) for kind in ("html", "plain")]


def compiled(html: str, text: str = "text\n") -> CompiledMessage:
    return compile_message(headers=HEADERS, html=html, text=text, markers=MARKS)


def section(words: str, *places: int) -> str:
    begin, end = MARKS.section(places)
    return f"{begin}{words}{end}"


def test_a_section_of_several_places_goes_when_all_of_them_go() -> None:
    message = compiled(f"<i>{section('line ', 0, 1)}{section('first ', 0)}{section('second ', 1)}</i>\n")
    assert "first" not in message.without({0}).splice(READER, date=DATE).decode()
    assert "line" in message.without({0}).splice(READER, date=DATE).decode()
    assert "line" not in message.without({0, 1}).splice(READER, date=DATE).decode()
    assert message.places == {0, 1}


def test_marks_on_lines_of_their_own_change_no_byte() -> None:
    marked = f"<b>\n{section('<p>one</p>' + chr(10), 0)}{section('<p>two</p>' + chr(10), 1)}</b>\n"
    assert compiled(marked).without(()) == compiled(MARKS.unmarked(marked))


def test_a_message_without_sections_is_kept_as_the_first_version_did() -> None:
    assert compiled("<p>x</p>\n").dump().startswith(b'{"version":1,')
    assert compiled(section("<p>x</p>\n", 3)).dump().startswith(b'{"version":2,')


def test_a_place_that_it_has_no_section_of_cannot_be_left_out() -> None:
    with pytest.raises(MessageError, match=r"no section for the places \[7\]"):
        compiled(section("<p>x</p>\n", 3)).without({3, 7})


def test_a_section_belongs_to_a_place() -> None:
    with pytest.raises(MessageError, match="one place at least"):
        MARKS.section([])


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("{begin}<p>x</p>", "begins and does not end"),
        ("<p>x</p>{end}", "ends and did not begin"),
        ("{end}<p>x</p>{begin}", "ends and did not begin"),
        ('<p title="{begin}x{end}">x</p>', "within a tag"),
        ("{damaged}<p>x</p>{end}", "can't be filled in"),
    ],
)
def test_sections_that_are_no_sections_are_refused(html: str, complaint: str) -> None:
    begin, end = MARKS.section([2])
    with pytest.raises(MessageError, match=complaint):
        compiled(html.format(begin=begin, end=end, damaged=begin.upper()))


@pytest.mark.parametrize(
    "sections", ["[[[0],[0,5],[0,2]]]", "[[[0],[0,0],[9,0]]]", "[[[0],[0,0],[0,9999999]]]", "[[0]]"]
)
def test_a_dump_with_damaged_sections_is_refused(sections: str) -> None:
    dump = compiled(section("<p>x</p>\n", 0)).dump().decode()
    head, _, rest = dump.partition("\n")
    damaged = re.sub(r'"sections":.*', f'"sections":{sections}}}', head)
    with pytest.raises(MessageError):
        CompiledMessage.load(f"{damaged}\n{rest}".encode())


def test_marks_can_be_guessed_as_little_as_markers() -> None:
    fresh = markers(b"a seed that nobody knew before")
    text = f"<p>{MARKS.section([0])[0]}</p>\n"
    assert MARKS.section([0])[0] in compile_message(
        headers=replace(HEADERS), html=text, text="x", markers=fresh
    ).splice(READER, date=DATE).decode().replace("=\r\n", "")
