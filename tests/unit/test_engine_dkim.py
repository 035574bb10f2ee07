"""DKIM signatures, read by somebody else's verifier (dkimpy)."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.engine.dkim import SIGNED, DkimError, Signer, relaxed_body

GOLDEN = sorted((Path(__file__).resolve().parents[1] / "golden").glob("*.eml"))
PlainKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: PlainKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


@cache
def rsa_pem(bits: int = 2048) -> bytes:
    return pem(rsa.generate_private_key(65537, bits))


@cache
def signers() -> dict[str, Signer]:
    one = Signer(domain="rounds.example", selector="one", private_key_pem=rsa_pem())
    ed = Signer(
        domain="rounds.example", selector="two", private_key_pem=pem(ed25519.Ed25519PrivateKey.generate()).decode()
    )
    both = Signer(
        domain="Rounds.Example",
        selector="one.eu",
        private_key_pem=rsa_pem(),
        second_selector="two",
        second_private_key_pem=pem(ed25519.Ed25519PrivateKey.generate()),
    )
    return {"rsa": one, "ed25519": ed, "both": both}


def verifies(signer: Signer, message: bytes) -> bool:
    """Whether each of its signatures is right."""
    texts = {f"{record.name}.".encode(): record.text.encode() for record in signer.records}

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        return texts.get(name)

    try:
        return all(dkim.DKIM(message).verify(idx=idx, dnsfunc=look_up) for idx in range(len(texts)))
    except dkim.ValidationError:
        return False


def signed(signer: Signer, message: bytes, timestamp: int = 1_772_452_800) -> bytes:
    return signer.sign(message, timestamp) + message


@pytest.mark.parametrize("name", ["rsa", "ed25519", "both"])
@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_every_kind_of_mail_is_signed_rightly(file: Path, name: str) -> None:
    signer, message = signers()[name], file.read_bytes()
    result = signed(signer, message)
    assert verifies(signer, result)
    assert not verifies(signer, result.replace(b"Rounds", b"Round5", 1))
    assert not verifies(signer, result.replace(b"Content-Type: text/plain", b"Content-Type: text/plane", 1))
    assert all(len(line) <= 78 for line in signer.sign(message, 1_772_452_800).splitlines())
    assert result.count(b"DKIM-Signature:") == len(signer.records)


words = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=12)
spaces = st.text(st.sampled_from(" \t"), max_size=4)
values = st.lists(st.tuples(words, st.sampled_from([" ", "  ", "\t", "\r\n ", " \r\n\t "])), max_size=5).map(
    lambda pieces: "".join(word + space for word, space in pieces)
)
names = st.sampled_from([*(name.decode().title() for name in SIGNED if name != b"from"), "X-Other", "SUBJECT"])
lines = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30) | spaces
bodies = st.lists(lines, max_size=12).map(lambda text: "\r\n".join(text).encode())


@settings(max_examples=60)
@given(
    fields=st.lists(st.tuples(names, spaces, values), max_size=12),
    body=bodies,
    kind=st.sampled_from(["ed25519", "both"]),
)
def test_any_headers_and_any_body_are_signed_rightly(
    fields: list[tuple[str, str, str]], body: bytes, kind: str
) -> None:
    head = "From: a@rounds.example\r\n" + "".join(f"{name}:{space}x{value}y\r\n" for name, space, value in fields)
    signer = signers()[kind]
    assert verifies(signer, signed(signer, head.encode() + b"\r\n" + body + b"\r\n"))


def plain_relaxed(body: bytes) -> bytes:
    """RFC 6376 section 3.4.4, written the slow way."""
    shown = [re.sub(rb"[ \t]+", b" ", line).removesuffix(b" ") for line in body.split(b"\r\n")]
    while shown and not shown[-1]:
        shown.pop()
    return b"".join(line + b"\r\n" for line in shown)


@given(bodies)
@example(b"")
@example(b"\r\n\r\n")
@example(b" \t\r\n \r\n")
@example(b"a \t")
@example(b"a\r\n\t")
@example(b" C \r\nD \t E\r\n\r\n\r\n")
def test_bodies_are_relaxed_as_the_standard_says(body: bytes) -> None:
    assert relaxed_body(body) == plain_relaxed(body)


def test_a_signature_covers_what_mail_programs_act_on_and_seals_what_they_show() -> None:
    message = (Path(__file__).resolve().parents[1] / "golden" / "campaign.eml").read_bytes()
    header = signers()["rsa"].sign(message, 1_772_452_800).decode()
    tags = dict(tag.strip().split("=", 1) for tag in re.sub(r"\r\n ", " ", header.partition(":")[2]).split(";"))
    covered = tags["h"].replace(" ", "").split(":")
    for name in ("list-unsubscribe", "list-unsubscribe-post", "list-id", "feedback-id", "message-id", "to", "date"):
        assert covered.count(name) == 1
    assert [covered.count(name) for name in ("from", "subject", "reply-to")] == [2, 2, 2]
    assert (tags["t"], tags["d"], tags["s"], tags["c"]) == ("1772452800", "rounds.example", "one", "relaxed/relaxed")


@pytest.mark.parametrize("added", [b"From: evil@x.example\r\n", b"Subject: other\r\n", b"Reply-To: evil@x.example\r\n"])
def test_a_second_sender_or_subject_breaks_the_signature(added: bytes) -> None:
    signer = signers()["both"]
    message = b"From: a@rounds.example\r\nSubject: Hello\r\n\r\nText\r\n"
    assert verifies(signer, signed(signer, message))
    assert not verifies(signer, added + signed(signer, message))


def test_a_relay_may_fold_headers_anew_and_add_its_own() -> None:
    signer = signers()["both"]
    message = b"From: a@rounds.example\r\nSubject: Hello  my dear\r\n reader\r\n\r\nText \r\n\r\n"
    relayed = signed(signer, message).replace(b"Hello  my dear\r\n reader", b"Hello my\r\n\tdear reader")
    assert verifies(signer, b"Received: from somewhere\r\n" + relayed + b"\r\n")


def test_records_are_what_the_dns_wants() -> None:
    record, second = signers()["both"].records
    assert record.name == "one.eu._domainkey.rounds.example"
    assert record.text.startswith("v=DKIM1; k=rsa; p=MIIBIjAN")
    assert second.text.startswith("v=DKIM1; k=ed25519; p=")
    assert len(base64.b64decode(second.text.partition("p=")[2])) == 32


def test_a_message_without_a_sender_is_not_signed() -> None:
    with pytest.raises(DkimError, match="no From"):
        signers()["rsa"].sign(b"Subject: x\r\n\r\n", 0)


def bad_options() -> dict[str, tuple[dict[str, str | bytes], str]]:
    good = rsa_pem()
    edwards = pem(ed25519.Ed25519PrivateKey.generate())
    elliptic = pem(ec.generate_private_key(ec.SECP256R1()))
    locked = pem(ed25519.Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret"))
    return {
        "no key": ({"private_key_pem": ""}, r"^private_key_pem: the key is missing\. Make one"),
        "no PEM": ({"private_key_pem": "abc"}, r"^private_key_pem: this is no private key in PEM"),
        "a broken key": ({"private_key_pem": good[:-300]}, r"^private_key_pem: this is no private key"),
        "few bits": ({"private_key_pem": rsa_pem(1024)}, "1024 bits are too few"),
        "a passphrase": ({"private_key_pem": locked}, "has a passphrase"),
        "another kind": (
            {"private_key_pem": elliptic},
            "RSA and Ed25519 keys only",
        ),
        "no domain": ({"domain": ""}, "^domain: '' is no domain"),
        "an odd selector": ({"selector": "a b"}, "^selector: 'a b' is none"),
        "a line break": ({"selector": "a\r\nX: y"}, "^selector"),
        "no second selector": ({"second_private_key_pem": edwards}, "^second_selector: '' is none"),
        "no second key": ({"second_selector": "two"}, "^second_private_key_pem: the key is missing"),
        "two of a kind": ({"second_selector": "two", "second_private_key_pem": good}, "both keys are of one kind"),
        "one selector": ({"second_selector": "one", "second_private_key_pem": edwards}, "the same selector"),
    }


@pytest.mark.parametrize("case", list(bad_options()))
def test_a_mistake_names_the_option_and_the_remedy(case: str) -> None:
    changed, words = bad_options()[case]
    options: dict[str, str | bytes] = {"domain": "rounds.example", "selector": "one", "private_key_pem": rsa_pem()}
    with pytest.raises(DkimError, match=words) as caught:
        Signer(**{**options, **changed})  # type: ignore[arg-type]
    assert "PRIVATE KEY-----\nM" not in str(caught.value)
