"""What may stand in an address of Mailchimp's, and where one may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.backends.mailchimp.errors import InvalidIdError, KeyRefusedError
from newsletter.backends.mailchimp.ids import (
    Base,
    base_of,
    checked_hash,
    checked_id,
    member_hash,
    read_key,
    results_of,
)

KEY = f"{'0a' * 16}-us21"
MAILCHIMP = Base(scheme="https", host="us21.api.mailchimp.com", port=443, path="/3.0")
FAKE = Base(scheme="http", host="127.0.0.1", port=4010)
STORE = "https://mailchimp-api-batch.s3.amazonaws.com"


def test_the_key_alone_says_where_calls_go() -> None:
    assert base_of(read_key(KEY)) == MAILCHIMP


@pytest.mark.parametrize(
    "key",
    [
        "", "0a" * 16, f"{'0a' * 16}-", f"{'0a' * 16}-evil", f"{'0a' * 16}-us21/", f"{'0a' * 16}-us21.evil.example",
        f"{'0a' * 16}-us21@evil.example", f"{'0A' * 16}-us21", f"{'0a' * 15}-us21", f"{'0a' * 16}-us21-us2",
        f"{'0a' * 16}-us２１", f"{'0a' * 16}-us21\n-us5", f"{'0a' * 16}-server",
    ],
)  # fmt: skip
def test_what_can_be_no_key_leads_nowhere_and_is_not_repeated(key: str) -> None:
    with pytest.raises(KeyRefusedError) as caught:
        read_key(key)
    assert "0a0a" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:4010", FAKE),
        ("http://127.0.0.1:4010/", FAKE),
        ("http://127.0.0.1:4010/3.0/", Base(scheme="http", host="127.0.0.1", port=4010, path="/3.0")),
        ("http://localhost", Base(scheme="http", host="localhost", port=80)),
        ("http://[::1]:4010", Base(scheme="http", host="::1", port=4010)),
    ],
)
def test_another_address_on_this_machine_is_taken_as_it_is(url: str, base: Base) -> None:
    assert base_of(read_key(KEY), url) == base


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:4010", "http://evil.example", "http://127.0.0.1.evil.example", "http://127.0.0.1@evil.example",
        "http://user@127.0.0.1", "ftp://127.0.0.1", "127.0.0.1:4010", "http://127.0.0.1:99999", "http://127.0.0.1:0",
        "http://127.0.0.1/?a", "http://127.0.0.1/#a", "http://127.0.0.1\\@evil.example", "http://127.0.0.1 .evil",
        "http://0.0.0.0", "http:///", "http://[::1", "http://loc\nalhost",
    ],
)  # fmt: skip
def test_an_address_of_another_machine_is_refused(url: str) -> None:
    with pytest.raises(InvalidIdError):
        base_of(read_key(KEY), url)


def test_the_results_of_a_batch_are_fetched_from_the_store_of_mailchimp() -> None:
    base, path = results_of(f"{STORE}/some/file.tar.gz?Signature=a%2Fb&Expires=1", MAILCHIMP)
    assert base == Base(scheme="https", host="mailchimp-api-batch.s3.amazonaws.com", port=443)
    assert path == "/some/file.tar.gz?Signature=a%2Fb&Expires=1"


@pytest.mark.parametrize("host", ["storage.googleapis.com", "a-bucket-of-mailchimps.storage.googleapis.com"])
def test_the_results_of_a_batch_may_lie_at_google_where_mailchimp_moved_them(host: str) -> None:
    base, path = results_of(f"https://{host}/some/file.tar.gz?X-Goog-Signature=ab&X-Goog-Expires=600", MAILCHIMP)
    assert base == Base(scheme="https", host=host, port=443)
    assert path == "/some/file.tar.gz?X-Goog-Signature=ab&X-Goog-Expires=600"


def test_the_results_of_a_fake_lie_at_the_fake_itself() -> None:
    assert results_of("http://127.0.0.1:4010/results/1", FAKE) == (FAKE, "/results/1")


@pytest.mark.parametrize("api", [MAILCHIMP, FAKE])
@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.tar.gz", "http://mailchimp-api-batch.s3.amazonaws.com/a", f"{STORE}:8443/a",
        f"{STORE}@evil.example/a", f"{STORE}.evil.example/a", "https://evil.s3.amazonaws.com/a",
        "https://key@mailchimp-api-batch.s3.amazonaws.com/a", "http://127.0.0.1:4011/a", "http://127.0.0.1/a",
        "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "string", "//evil.example/a",
        f"{STORE}\\@evil", "http://storage.googleapis.com/a", "https://storage.googleapis.com:8443/a",
        "https://storage.googleapis.com.evil.example/a", "https://evil.googleapis.com/a",
        "https://evil.example#.storage.googleapis.com/a", "https://storage.googleapis.com@evil.example/a",
        "https://evil.evil.storage.googleapis.com/a", "https://evilstorage.googleapis.com/a",
        "https://us21.api.mailchimp.com/3.0/lists", f"{STORE}/a b", f"{STORE}/a\r\nHost: evil",
    ],
)  # fmt: skip
def test_results_on_another_host_are_not_fetched(url: str, api: Base) -> None:
    with pytest.raises(InvalidIdError) as caught:
        results_of(url, api)
    assert "evil" not in str(caught.value)


def test_mailchimp_sends_nobody_to_this_machine() -> None:
    with pytest.raises(InvalidIdError):
        results_of("http://127.0.0.1:4010/results/1", MAILCHIMP)


@given(st.text(max_size=40))
def test_an_id_that_passes_needs_no_escaping(text: str) -> None:
    try:
        checked = checked_id(text)
    except InvalidIdError:
        return
    assert checked.isascii()
    assert checked.isalnum()


@pytest.mark.parametrize("hashed", ["", "0" * 31, "0" * 33, "A" * 32, "../" + "0" * 29, "0" * 32 + "\n", "０" * 32])
def test_what_is_no_hash_names_no_member(hashed: str) -> None:
    with pytest.raises(InvalidIdError):
        checked_hash(hashed)


def test_a_member_is_named_by_the_address_in_lower_case() -> None:
    assert checked_hash(member_hash("Reader@Example.COM")) == member_hash("reader@example.com")
