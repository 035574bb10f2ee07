"""Quoted-printable pieces: each stands at a line start, and joins with its neighbours without a second look."""

import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.message.quoted_printable import SOFT_BREAK, encode, encode_line

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=300)
AWKWARD = st.text(st.sampled_from(".F =\t\u00e9\U0001f469a"), max_size=400)


@pytest.mark.parametrize(
    ("line", "encoded"),
    [
        ("", b""),
        ("plain", b"plain"),
        ("a = b", b"a =3D b"),
        (".", b"=2E"),
        ("From me", b"=46rom me"),
        ("F", b"=46"),
        ("a ", b"a=20"),
        (" ", b"=20"),
        ("\t", b"=09"),
        ("é", b"=C3=A9"),
        ("a" * 75, b"a" * 75),
        ("a" * 76, b"a" * 75 + b"=\r\na"),
        ("a" * 75 + ".", b"a" * 75 + b"=\r\n=2E"),
        ("a" * 75 + "From", b"a" * 75 + b"=\r\n=46rom"),
        ("a" * 74 + "=", b"a" * 74 + b"=\r\n=3D"),
        ("a" * 73 + "=", b"a" * 73 + b"=\r\n=3D"),
        ("a" * 72 + "=", b"a" * 72 + b"=3D"),
        ("." + "a" * 75, b"=2E" + b"a" * 72 + b"=\r\naaa"),
    ],
)
def test_a_line_is_encoded_and_broken_at_75(line: str, encoded: bytes) -> None:
    assert encode_line(line) == encoded


def test_every_kind_of_line_break_becomes_crlf() -> None:
    assert encode("a\nb\r\nc\rd\n") == b"a\r\nb\r\nc\r\nd\r\n"


@given(st.lists(LINES | AWKWARD, min_size=1, max_size=5))
def test_joined_pieces_read_as_the_joined_texts(lines: list[str]) -> None:
    """As a campaign joins them: static piece, soft break, value, soft break, static piece ..."""
    joined = SOFT_BREAK.join(encode_line(line) for line in lines)
    assert quopri.decodestring(joined).decode() == "".join(lines)
    for line in joined.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"F"))
        assert not line.endswith((b" ", b"\t"))
    assert joined.isascii()
    assert b"=_" not in joined  # a boundary starts so
