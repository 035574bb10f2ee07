"""What mail servers say, in plain words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine import reply_meanings
from newsletter.engine.replies_explained import explain, read_reply, without_addresses
from newsletter.engine.reply_meanings import Explanation

#: Answers as they were seen in the wild, shortened; the address was taken out when they were kept.
SEEN = {
    "550-5.1.1 The email account that you tried to reach does not exist. 5.1.1 gsmtp": "No such mailbox",
    "550 5.1.1 <…>: Recipient address rejected: User unknown in local recipient table": "No such mailbox",
    "550 5.1.2 Host unknown": "The domain takes no mail",
    "556 5.1.10 Recipient address has null MX": "The domain takes no mail",
    "550 5.1.0 Address rejected": "Refused",
    "552 5.2.2 The recipient's inbox is out of storage space. gsmtp": "The mailbox is full",
    "452-4.2.2 The recipient's inbox is out of storage space": "The mailbox is full for now",
    "550 5.2.1 The email account that you tried to reach is disabled": "The mailbox is switched off",
    "550 5.4.1 Recipient address rejected: Access denied": "The address is refused by its own server",
    "550 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org": "Refused by a rule",
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated": "The sender is not proven",
    "550 5.7.515 Access denied, sending domain doesn't meet the required level": "The sender is not proven",
    "550 5.7.509 Access denied, sending domain does not pass DMARC verification": "The sender's own rule",
    "550 5.7.25 The IP address sending this message does not have a PTR record": "Our mail server has no proper name",
    "550 5.7.606 Access denied, banned sending IP [192.0.2.7]": "Our mail server is blocked",
    "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail": "Too many mails for this provider",
    "421 4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume or user complaints": "Too many mails",
    "421 4.7.0 Try again later, closing connection": "The provider is cautious with us",
    "421 Service not available, closing transmission channel": "The mail server is busy",
    "421 4.3.2 System not accepting network messages": "The mail server is busy",
    "450 4.2.0 <…>: Recipient address rejected: Greylisted, see http://postgrey.example.com": "Asked to come back",
    "451 4.7.1 Greylisting in action, please come back later": "Asked to come back",
    "450 please try again, you are graylisted": "Asked to come back",
    "450 4.4.1 connect to mx.example.com: Connection timed out": "The reader's mail server can't be reached",
    "451 4.4.3 Temporary server error": "The reader's mail server can't be reached",
    "554 5.4.6 Too many hops": "No way to the reader's mail server",
    "552 5.3.4 Message size exceeds fixed limit": "The mail is too big",
    "552 Message size exceeds maximum permitted": "The mail is too big",
    "552 mailbox full": "The mailbox is full",
    "554 5.6.0 Message contains NUL characters": "The mail's form was not understood",
    "553 5.6.7 Non-ASCII addresses not permitted": "Letters that the server can't take",
    "the mail server takes no such letters in an address (SMTPUTF8)": "Letters that the server can't take",
    "553 5.1.8 Sender address rejected: Domain not found": "Our sender address is not accepted",
    "503 5.5.1 Bad sequence of commands": "The servers misunderstood each other",
    "550 No such user here": "No such mailbox",
    "550 Mailbox unavailable": "No such mailbox",
    "550 This message looks like spam": "Refused by a rule of the server",
    "550 192.0.2.7 is blocked": "Refused by a rule of the server",
    "554 delivery error: dd This user doesn't have a yahoo.com account": "No such mailbox",
    "554 Transaction failed": "Refused",
    "599 is a number that nobody knows": "Refused",
    "499 is another": "Not now",
    "expired: deferred for more than 48 hours; last answer: 450 4.2.0 not now": "Given up after 48 hours",
    "it was in a worker's hands when the backup was made": "The backup does not know",
    "the worker ended before the answer came": "Our worker ended before the answer came",
    "the worker ended, and what it had noted can't be read": "Our worker ended before the answer came",
    "the worker ended before the server's words were written down": "The server's words are lost",
    "the message can't be signed: no such key": "The mail could not be signed",
    "the message is larger than the mail server takes (1000 bytes); it was not tried": "The mail is too big",
    "the server closed the connection (after the message)": "The answer was lost",
    "no answer within 30 seconds (before the message)": "The connection broke before",
    "the address is malformed; it was not tried": "The address can't be right",
    "the reader had left before it was sent": "The reader had left",
    "": "No answer was kept",
    "lunch": "Something else",
}


@pytest.mark.parametrize(("reply", "title"), SEEN.items())
def test_each_answer_is_explained_by_what_it_means(reply: str, title: str) -> None:
    assert explain(reply).title.startswith(title)


def test_a_reply_is_taken_apart() -> None:
    whole = read_reply("421-4.7.28 slow down")
    assert (whole.code, whole.enhanced, whole.words, whole.expired) == (421, "4.7.28", "slow down", False)
    old = read_reply("550 192.0.2.7 is blocked")
    assert (old.code, old.enhanced, old.words) == (550, "", "192.0.2.7 is blocked")


def test_the_last_answer_of_an_expired_one_is_read_from_it() -> None:
    answer = read_reply("expired: deferred for more than 48 hours; last answer: 452 4.2.2 full")
    assert answer.expired
    assert (answer.code, answer.enhanced, answer.words) == (452, "4.2.2", "full")


@given(st.text(max_size=600))
def test_any_text_has_an_explanation(text: str) -> None:
    assert all(explain(text))


@given(st.integers(200, 599), st.integers(0, 999), st.integers(0, 999), st.text(max_size=40))
def test_what_is_for_now_is_never_explained_as_final(code: int, subject: int, detail: int, words: str) -> None:
    final = {"FOR_GOOD", "NO_MAILBOX", "FULL", "UNREACHABLE", "POLICY"}
    found = explain(f"{code} {code // 100}.{subject}.{detail} {words}")
    titles = {getattr(reply_meanings, name).title for name in final}
    assert (found.title in titles) <= (code >= 500)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 <ana.b+c@mail.example.com>: unknown", "550 <…>: unknown"),
        ("550 forwarded to ana@b.example, bo@c.example", "550 forwarded to …, …"),
        ("550 ünü@exämple.org gone", "550 … gone"),
        ('550 "Ana B"@example.org gone', "550 … gone"),
        ("250 2.0.0 OK", "250 2.0.0 OK"),
    ],
)
def test_no_address_stays_in_an_example(said: str, kept: str) -> None:
    assert without_addresses(said) == kept


@given(st.emails())
def test_no_address_of_any_shape_stays(address: str) -> None:
    local = address.rpartition("@")[0]
    assert f"{local}@" not in without_addresses(f"550 5.1.1 <{address}>: unknown")


def test_the_texts_fit_a_row_of_a_table_and_end_like_sentences() -> None:
    texts = [value for value in vars(reply_meanings).values() if isinstance(value, Explanation)]
    assert len(texts) > 30
    for text in texts:
        assert len(text.title) < 60
        assert text.meaning.endswith(".")
        assert text.remedy.endswith(".")
