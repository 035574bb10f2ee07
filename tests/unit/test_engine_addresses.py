"""Addresses: one normal form, or a kind refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.addresses import AddressError, Problem, clean_name, given_name, keyed_hash, normalise


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("reader@example.com", "reader@example.com"),
        ("  Reader@Example.COM\t", "reader@example.com"),
        ("o'brien+news/x=1@example.co.uk", "o'brien+news/x=1@example.co.uk"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@bu\u0308cher.example", "a@xn--bcher-kva.example"),
        ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@ｅｘａｍｐｌｅ.com", "a@example.com"),
    ],
)
def test_an_address_has_one_normal_form(typed: str, kept: str) -> None:
    assert normalise(typed) == kept


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("   ", Problem.EMPTY),
        ("reader", Problem.ONE_AT),
        ("a@b@example.com", Problem.ONE_AT),
        ("reader@example.com\r\nBcc: x@example.com", Problem.UNSEEN_CHARACTER),
        ("reader@example.com\n", Problem.UNSEEN_CHARACTER),
        ("rea\x00der@example.com", Problem.UNSEEN_CHARACTER),
        ("reader@exam\u200bple.com", Problem.UNSEEN_CHARACTER),
        ("\u202ereader@example.com", Problem.UNSEEN_CHARACTER),
        ("reader\u2028@example.com", Problem.UNSEEN_CHARACTER),
        ("rea\ud800der@example.com", Problem.UNSEEN_CHARACTER),
        ('"a b"@example.com', Problem.QUOTED),
        ("jürgen@example.com", Problem.NOT_ASCII),
        ("a b@example.com", Problem.LOCAL_PART),
        (".a@example.com", Problem.LOCAL_PART),
        ("a..b@example.com", Problem.LOCAL_PART),
        ("@example.com", Problem.LOCAL_PART),
        ("<a@example.com>", Problem.LOCAL_PART),
        ("a@localhost", Problem.DOMAIN),
        ("a@", Problem.DOMAIN),
        ("a@example", Problem.DOMAIN),
        ("a@example.com.", Problem.DOMAIN),
        ("a@example..com", Problem.DOMAIN),
        ("a@-example.com", Problem.DOMAIN),
        ("a@exa mple.com", Problem.DOMAIN),
        ("a@exa_mple.com", Problem.DOMAIN),
        ("a@[127.0.0.1]", Problem.DOMAIN),
        ("a@127.0.0.1", Problem.DOMAIN),
        ("a@xn--a.example", Problem.DOMAIN),
        ("a@" + "b" * 64 + ".example", Problem.DOMAIN),
        ("a" * 65 + "@example.com", Problem.TOO_LONG),
        ("a@" + "b.1" * 85 + ".com", Problem.TOO_LONG),
        ("a" * 10_000 + "@example.com", Problem.TOO_LONG),
        ("a@" + "ß" * 10_000, Problem.TOO_LONG),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence_for_the_reader(typed: str, problem: Problem) -> None:
    with pytest.raises(AddressError) as refusal:
        normalise(typed)
    assert refusal.value.problem is problem
    assert str(refusal.value) == problem.value


@given(st.text(max_size=300) | st.from_regex(r"\A[\w.+'-]{1,70}@[\w.-]{1,260}\Z"))
def test_any_text_is_normalised_once_and_for_all_or_refused(text: str) -> None:
    try:
        normal = normalise(text)
    except AddressError:
        return
    assert normalise(normal) == normal
    assert normal.isascii()
    assert normal == normal.lower()
    assert len(normal) <= 254


@given(st.emails())
def test_case_and_surrounding_space_make_no_second_subscriber(address: str) -> None:
    try:
        normal = normalise(address)
    except AddressError:
        return
    assert normalise(f" {address.upper()} ") == normal


def test_a_name_is_trimmed_and_keeps_its_joiners() -> None:
    family = "\U0001f469\u200d\U0001f467"
    assert clean_name(f"  Zoe\u0308 {family} ") == f"Zoë {family}"


@pytest.mark.parametrize("name", ["a\r\nBcc: x", "a\nb", "a\x00", "a\x1b[1m", "a\u2028b", "\ud800"])
def test_a_name_with_a_line_break_or_control_character_is_refused(name: str) -> None:
    with pytest.raises(AddressError) as refusal:
        clean_name(name)
    assert refusal.value.problem is Problem.NAME_CONTROL


@pytest.mark.parametrize("name", ["a" * 101, "a" * 10_000])
def test_a_name_of_more_than_100_characters_is_refused(name: str) -> None:
    with pytest.raises(AddressError) as refusal:
        clean_name(name)
    assert refusal.value.problem is Problem.NAME_TOO_LONG


@pytest.mark.parametrize(
    "name", ["<b>Ana</b>", "Win at https://evil.example", "www.evil.example", "Buy at evil.COM now", "a > b"]
)
def test_a_name_that_somebody_types_carries_neither_markup_nor_a_link(name: str) -> None:
    with pytest.raises(AddressError) as refusal:
        given_name(name)
    assert refusal.value.problem is Problem.NAME_LINK


@pytest.mark.parametrize("name", ["Dr. J.R. Quist-O’Hara", "St.John", "李娜", "Ana & Bo", "A.Comstock", ""])
def test_names_with_dots_and_signs_are_names(name: str) -> None:
    assert given_name(name) == name


def test_a_keyed_hash_depends_on_address_and_key() -> None:
    digest = keyed_hash("a@example.com", b"one")
    assert len(digest) == 64
    assert digest == keyed_hash("a@example.com", b"one")
    assert digest != keyed_hash("b@example.com", b"one")
    assert digest != keyed_hash("a@example.com", b"two")
