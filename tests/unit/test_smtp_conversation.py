"""What the conversation says, step by step, and that a step that is not due changes nothing."""

from __future__ import annotations

import itertools

import pytest

from newsletter.backends.base import Envelope, Result
from newsletter.backends.smtp.conversation import Conversation
from newsletter.backends.smtp.states import STEPS, IllegalStepError, State, Step, after
from newsletter.backends.smtp.terms import Terms
from tests.fakes.model_server import ModelServer
from tests.fakes.recording_work import RecordingWork

PIPELINING = b"250-mail.test\r\n250-PIPELINING\r\n250 CHUNKING\r\n"


def message(key: int, **other: object) -> Envelope:
    text = b"Subject: %d\r\n\r\n.dot\r\n" % key
    return Envelope(key, "a@rounds.example", f"r{key}@example.com", text)._replace(**other)  # type: ignore[arg-type]


def opened(
    work: RecordingWork, *, ehlo: bytes = PIPELINING, window: int = 0, terms: Terms | None = None
) -> tuple[Conversation, bytes]:
    """A conversation that has got as far as messages, and what it said last."""
    conversation = Conversation(terms or Terms(server="mail.test:25", window=window), work)
    assert conversation.feed(b"220 hello\r\n") == b"EHLO [127.0.0.1]\r\n"
    return conversation, conversation.feed(ehlo)


def test_content_and_the_next_commands_are_one_write() -> None:
    conversation, said = opened(RecordingWork([message(1), message(2)]))
    assert said == b"MAIL FROM:<a@rounds.example>\r\nRCPT TO:<r1@example.com>\r\nDATA\r\n"
    said = conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert said.startswith(b"Subject: 1\r\n\r\n..dot\r\n.\r\nMAIL FROM:")
    assert said.endswith(b"RCPT TO:<r2@example.com>\r\nDATA\r\n")
    assert conversation.feed(b"250 ok\r\n250 ok\r\n250 ok\r\n").startswith(b"")
    assert conversation.feed(b"354 go\r\n") == b"Subject: 2\r\n\r\n..dot\r\n.\r\n"
    assert conversation.feed(b"250 ok\r\n") == b""
    assert conversation.state is State.READY


def test_no_content_goes_out_before_its_own_354() -> None:
    work = RecordingWork([message(1), message(2)])
    conversation, _ = opened(work)
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert conversation.feed(b"250 queued\r\n250 ok\r\n250 ok\r\n") == b""
    assert work.handed_over == {1}


def test_a_lone_dot_ends_a_content_that_nobody_gets_and_its_answer_counts_for_nothing() -> None:
    work = RecordingWork([message(1), message(2)])
    conversation, _ = opened(work)
    said = conversation.feed(b"250 ok\r\n550 5.1.1 no\r\n354 go\r\n")
    assert said.startswith(b".\r\nMAIL FROM:")
    conversation.feed(b"250 queued as nothing\r\n250 ok\r\n250 ok\r\n354 go\r\n")
    conversation.feed(b"250 queued\r\n")
    assert (work.keys(Result.REFUSED), work.keys(Result.ACCEPTED)) == ([1], [2])
    assert work.handed_over == {2}


def test_what_the_server_said_before_the_content_was_written_is_no_answer_to_it() -> None:
    work = RecordingWork([message(1)])
    conversation, _ = opened(work)
    assert conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n250 queued already\r\n") == b""
    assert (conversation.state, work.outcomes, work.handed_over) == (State.OVER, {}, set())
    assert conversation.carry == message(1)


def test_a_message_that_is_withdrawn_after_354_costs_the_connection_and_gets_no_dot() -> None:
    work = RecordingWork([message(1)], withheld={1})
    conversation, _ = opened(work)
    assert conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n") == b""
    assert (conversation.state, conversation.carry, work.open) == (State.OVER, None, {})


def test_without_pipelining_a_message_is_withdrawn_before_data() -> None:
    work = RecordingWork([message(1), message(2)], withheld={1})
    conversation, said = opened(work, ehlo=b"250 mail.test\r\n")
    assert said == b"MAIL FROM:<a@rounds.example>\r\n"
    assert conversation.feed(b"250 ok\r\n") == b"RCPT TO:<r1@example.com>\r\n"
    assert conversation.feed(b"250 ok\r\n") == b"RSET\r\n"
    assert conversation.feed(b"250 ok\r\n") == b"MAIL FROM:<a@rounds.example>\r\n"


def test_bdat_keeps_a_window_of_messages_under_way() -> None:
    work = RecordingWork([message(key) for key in range(1, 6)])
    conversation, said = opened(work, window=3)
    assert said.count(b"BDAT 20 LAST\r\nSubject: ") == 3
    assert b"\r\n.dot" in said
    said = conversation.feed(b"250 ok\r\n250 ok\r\n250 queued\r\n")
    assert said.count(b"BDAT") == 1
    assert len(work.open) == 3


def test_bdat_after_a_server_that_kept_a_transaction_open_begins_anew() -> None:
    work = RecordingWork([message(key) for key in range(1, 4)])
    conversation, _ = opened(work, window=2)
    conversation.feed(b"250 ok\r\n550 no\r\n554 no valid recipients\r\n")
    assert conversation.feed(b"503 nested MAIL\r\n503 no\r\n503 no\r\n") == b""
    assert conversation.feed(b"503 nested MAIL\r\n503 no\r\n503 no\r\n") == b"RSET\r\n"
    assert conversation.feed(b"250 ok\r\n").count(b"BDAT") == 2
    assert (work.keys(Result.REFUSED), sorted(work.given_back)) == ([1], [2, 3])


def test_what_stands_behind_a_421_was_not_looked_at() -> None:
    work = RecordingWork([message(key) for key in range(1, 5)])
    conversation, _ = opened(work, window=4)
    conversation.feed(b"250 ok\r\n250 ok\r\n250 queued\r\n421 enough for today\r\n")
    assert (work.keys(Result.ACCEPTED), sorted(work.given_back)) == ([1], [2, 3, 4])


def test_a_421_in_answer_to_a_content_is_that_messages_answer() -> None:
    work = RecordingWork([message(1), message(2)])
    conversation, _ = opened(work)
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    conversation.feed(b"421 4.3.2 going down\r\n")
    assert work.outcomes[1] == (1, Result.DEFERRED, "421 4.3.2 going down")
    assert conversation.carry == message(2)


def test_a_connection_that_is_lost_leaves_only_what_was_handed_over_unknown() -> None:
    work = RecordingWork([message(1), message(2)])
    conversation, _ = opened(work)
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    conversation.lost("the wire was cut")
    assert work.outcomes == {1: (1, Result.UNKNOWN, "the wire was cut (after the message)")}
    assert conversation.carry == message(2)


@pytest.mark.parametrize("answer", [b"354 more?\r\n", b"251 ok\r\n", b"220 hello\r\n", b"334 \r\n", b"235 ok\r\n"])
def test_only_250_means_that_a_content_was_taken(answer: bytes) -> None:
    work = RecordingWork([message(1)])
    conversation, _ = opened(work)
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    conversation.feed(answer)
    assert work.keys(Result.UNKNOWN) == [1]
    assert conversation.state is State.OVER


@pytest.mark.parametrize(
    "answer",
    [
        b"x" * 9000,
        b"250" + b" " * 9000 + b"\r\n",
        b"250-a\r\n" * 300,
        b"250-a\r\n550 b\r\n",
        b"99 ok\r\n",
        b"\r\n",
        b"250_ok\r\n",
    ],
)
def test_what_is_no_smtp_ends_the_conversation(answer: bytes) -> None:
    work = RecordingWork([message(1)])
    conversation, _ = opened(work)
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert conversation.feed(answer) == b""
    assert (conversation.state, work.keys(Result.UNKNOWN)) == (State.OVER, [1])


def test_a_reply_that_nobody_asked_for_ends_a_conversation_that_waits() -> None:
    conversation, _ = opened(RecordingWork([]))
    assert conversation.state is State.READY
    conversation.feed(b"250 ok\r\n")
    assert (conversation.state, conversation.failure) == (State.OVER, "")


def test_bytes_are_no_progress_and_a_whole_reply_is() -> None:
    conversation, _ = opened(RecordingWork([message(1)]))
    step = conversation.step
    for byte in b"250-first\r\n250 sec":
        conversation.feed(bytes([byte]))
    assert conversation.step == step
    conversation.feed(b"ond\r\n")
    assert conversation.step == step + 1


def test_the_wait_for_the_answer_to_a_content_is_longer_than_for_a_command() -> None:
    terms = Terms(server="mail.test:25", timeout=3, message_timeout=60)
    conversation, _ = opened(RecordingWork([message(1)]), terms=terms)
    assert conversation.patience == 3
    conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert conversation.patience == 60
    conversation.feed(b"250 ok\r\n")
    assert conversation.patience is None
    conversation.quit()
    assert conversation.patience == 2


@pytest.mark.parametrize(
    ("content", "ehlo", "parameters"),
    [
        (b"x\r\n", b"250-m\r\n250 SIZE\r\n", b" SIZE=3"),
        ("ä\r\n".encode(), b"250-m\r\n250 8BITMIME\r\n", b" BODY=8BITMIME"),
        (b"x\r\n", b"250-m\r\n250 8BITMIME\r\n", b""),
        ("ä\r\n".encode(), b"250 m\r\n", b""),
    ],
)
def test_size_and_letters_are_declared_where_the_server_knows_them(
    content: bytes, ehlo: bytes, parameters: bytes
) -> None:
    _, said = opened(RecordingWork([message(1, content=content)]), ehlo=ehlo)
    assert said == b"MAIL FROM:<a@rounds.example>" + parameters + b"\r\n"


def test_a_message_over_the_servers_size_is_refused_without_being_tried() -> None:
    work = RecordingWork([message(1, content=b"x" * 99), message(2)])
    _, said = opened(work, ehlo=b"250-m\r\n250-PIPELINING\r\n250 SIZE 50\r\n")
    assert b"r2@example.com" in said
    assert "larger than the mail server takes (50 bytes)" in work.outcomes[1].reply


def test_a_domain_of_other_letters_is_said_in_ascii_and_a_local_part_only_with_smtputf8() -> None:
    work = RecordingWork([message(1, recipient="ana@bücher.example"), message(2, recipient="jürgen@bücher.example")])
    _, said = opened(work, ehlo=b"250-m\r\n250 PIPELINING\r\n")
    assert b"MAIL FROM:<a@rounds.example>\r\nRCPT TO:<ana@xn--bcher-kva.example>\r\n" in said
    _, said = opened(work, ehlo=b"250-m\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
    assert said == (
        "MAIL FROM:<a@rounds.example> SMTPUTF8\r\nRCPT TO:<jürgen@xn--bcher-kva.example>\r\nDATA\r\n".encode()
    )


def test_a_signature_is_put_before_the_content_and_what_is_given_back_has_none() -> None:
    terms = Terms(server="mail.test:25", sign=lambda content: b"DKIM-Signature: %d\r\n" % len(content))
    work = RecordingWork([message(1), message(2)])
    conversation, _ = opened(work, terms=terms)
    said = conversation.feed(b"250 ok\r\n250 ok\r\n354 go\r\n")
    assert said.startswith(b"DKIM-Signature: 20\r\nSubject: 1\r\n")
    conversation.lost("cut")
    assert conversation.carry == message(2)


def test_a_message_that_can_not_be_signed_does_not_stop_the_others() -> None:
    def sign(content: bytes) -> bytes:
        if b"Subject: 1" in content:
            raise ValueError("it has no From")
        return b""

    work = RecordingWork([message(1), message(2)])
    opened(work, terms=Terms(server="mail.test:25", sign=sign))
    assert work.outcomes == {1: (1, Result.REFUSED, "the message can't be signed: it has no From")}
    assert list(work.open) == [2]


def test_a_relay_that_says_slow_down_is_heard() -> None:
    conversation, _ = opened(RecordingWork([message(1), message(2)]))
    conversation.feed(b"250 ok\r\n451 4.7.1 too fast\r\n503 no\r\n")
    assert conversation.throttled == 1


def test_the_table_of_states_has_no_way_out_of_the_end() -> None:
    for state, step in itertools.product(State, Step):
        if (state, step) not in STEPS:
            with pytest.raises(IllegalStepError):
                after(state, step)
    assert not [state for state, _ in STEPS if state is State.OVER]


def test_a_step_that_is_not_due_raises_and_changes_nothing() -> None:
    work = RecordingWork([message(1)])
    conversation = Conversation(Terms(server="mail.test:25"), work)
    for illegal in (conversation.wake, conversation.quit, conversation.tls_established):
        with pytest.raises(IllegalStepError):
            illegal()
    assert (conversation.state, len(work.waiting)) == (State.OPENING, 1)
    server = ModelServer()
    out = conversation.feed(server.greet())
    out = conversation.feed(server.feed(out))
    with pytest.raises(IllegalStepError):
        conversation.quit()
    with pytest.raises(IllegalStepError):
        conversation.tls_established()
    conversation.feed(server.feed(conversation.feed(server.feed(out))))
    assert (conversation.state, work.keys(Result.ACCEPTED)) == (State.READY, [1])
    conversation.lost("gone")
    with pytest.raises(IllegalStepError):
        conversation.lost("again")
    with pytest.raises(IllegalStepError):
        conversation.wake()
    assert conversation.state is State.OVER


def test_starttls_is_said_and_what_was_offered_in_the_clear_counts_no_more() -> None:
    work = RecordingWork([message(1)])
    conversation = Conversation(Terms(server="mail.test:25", tls="starttls"), work)
    conversation.feed(b"220 hello\r\n")
    assert conversation.feed(b"250-m\r\n250-PIPELINING\r\n250 STARTTLS\r\n") == b"STARTTLS\r\n"
    assert conversation.feed(b"220 go\r\n") == b""
    assert conversation.state is State.ENCRYPTING
    assert conversation.tls_established() == b"EHLO [127.0.0.1]\r\n"
    assert conversation.feed(b"250 m\r\n") == b"MAIL FROM:<a@rounds.example>\r\n"


@pytest.mark.parametrize("split", [False, True])
def test_a_byte_in_the_clear_after_starttls_ends_it(split: bool) -> None:
    conversation = Conversation(Terms(server="mail.test:25", tls="starttls"), RecordingWork([]))
    conversation.feed(b"220 hello\r\n")
    conversation.feed(b"250-m\r\n250 STARTTLS\r\n")
    for piece in (b"220 go\r\n", b"2") if split else (b"220 go\r\n2",):
        assert conversation.feed(piece) == b""
    assert conversation.state is State.OVER
    assert "before encryption began" in conversation.failure
