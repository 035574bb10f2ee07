"""The conversation against servers that refuse at random, cut their bytes anywhere, or talk nonsense."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.backends.base import Envelope, Result
from newsletter.backends.smtp.conversation import Conversation
from newsletter.backends.smtp.states import State
from newsletter.backends.smtp.terms import Terms
from tests.fakes.model_server import DROP, ModelServer
from tests.fakes.recording_work import RecordingWork

PIPELINING = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000")
KINDS = {
    "stepwise": (("SIZE 100000",), 0),
    "pipelined": (PIPELINING, 0),
    "chunked": (("CHUNKING", *PIPELINING), 4),
}


def messages(count: int) -> list[Envelope]:
    return [
        Envelope(key, f"bounces+{key}@rounds.example", f"reader{key}@example.com", content(key)) for key in range(count)
    ]


def content(key: int) -> bytes:
    return b"Subject: %d\r\n\r\n.a dot\r\n..\r\n.\r\nmarker-%d-\r\n" % (key, key)


#: Cuts bytes into pieces; their sum is the same.
Cut = Callable[[bytes], Sequence[bytes]]


def whole(data: bytes) -> Sequence[bytes]:
    return [data]


def converse(conversation: Conversation, server: ModelServer, cut: Cut = whole) -> list[bytes]:
    """Until the conversation has nothing more to say; what it said, turn by turn."""
    said: list[bytes] = []
    answer = server.greet()
    while True:
        out = b"".join(conversation.feed(piece) for piece in cut(answer))
        if conversation.state is State.OVER:
            return said
        if server.is_closed:
            conversation.lost("the server closed the connection")
            return said
        if conversation.state is State.READY and not out:
            out = conversation.quit()
        assert out, f"nothing is said and nothing is ready: {conversation.state}"
        said.append(out)
        answer = server.feed(out)


def send(work: RecordingWork, server_of: Callable[[], ModelServer], *, window: int, cut: Cut = whole) -> list[str]:
    """As the shell does it: connection after connection while there is work; the failures."""
    terms = Terms(server="mail.test:25", window=window)
    failures: list[str] = []
    carry: Envelope | None = None
    for _ in range(100):
        first = carry or work.take()
        if first is None:
            return failures
        conversation = Conversation(terms, work, first=first, is_suspect=carry is not None)
        converse(conversation, server_of(), cut)
        carry = conversation.carry
        if conversation.failure:
            failures.append(conversation.failure)
            if carry is not None:
                work.give_back(carry)
                carry = None
            if len(failures) >= 3:
                return failures
    raise AssertionError("it does not come to an end")


REPLIES = (
    b"250 ok\r\n",
    b"250-ok\r\n250 really\r\n",
    b"450 4.2.0 later\r\n",
    b"451 4.7.1 slow down\r\n",
    b"550 5.1.1 never\r\n",
    b"552 5.3.4 too large\r\n",
    b"530 5.7.0 log in\r\n",
    b"421 4.3.2 closing\r\n",
    b"354 go on\r\n",
    b"334 \r\n",
    b"nonsense\r\n",
    DROP,
)
VERBS = ("connect", "ehlo", "mail", "rcpt", "data", "dot", "rset")

faults = st.dictionaries(st.tuples(st.sampled_from(VERBS), st.integers(1, 12)), st.sampled_from(REPLIES), max_size=6)


@pytest.mark.parametrize("kind", KINDS)
@given(faults=faults, goes_on=st.booleans(), withheld=st.frozensets(st.integers(0, 11), max_size=2))
@settings(max_examples=150, deadline=None)
def test_whatever_is_refused_each_message_has_one_fate_and_none_is_accepted_falsely(
    kind: str, faults: dict[tuple[str, int], bytes], goes_on: bool, withheld: frozenset[int]
) -> None:
    extensions, window = KINDS[kind]
    counts: dict[str, int] = {}
    servers: list[ModelServer] = []

    def rule(verb: str, _: int) -> bytes | None:
        counts[verb] = counts.get(verb, 0) + 1  # over all connections
        return faults.get((verb, counts[verb]))

    def server_of() -> ModelServer:
        servers.append(ModelServer(extensions=extensions, rule=rule, goes_on_for_nobody=goes_on))
        return servers[-1]

    work = RecordingWork(messages(12), withheld=withheld)
    failures = send(work, server_of, window=window)

    assert not work.open
    assert failures or len(work.outcomes) + len(work.withdrawn) == 12
    taken = [one for server in servers for one in server.took]
    assert all(text == content(int(to[6:].split("@")[0])) for to, text in taken)
    took = [int(to[6:].split("@")[0]) for to, _ in taken]
    assert len(took) == len(set(took)), "somebody got it twice"
    assert set(work.keys(Result.ACCEPTED)) <= set(took)
    assert set(took) <= {*work.keys(Result.ACCEPTED), *work.keys(Result.UNKNOWN)}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data(), faults=faults)
@settings(max_examples=80, deadline=None)
def test_however_the_servers_bytes_are_split_the_same_is_said_and_settled(
    kind: str, data: st.DataObject, faults: dict[tuple[str, int], bytes]
) -> None:
    extensions, window = KINDS[kind]

    def cut(text: bytes) -> Sequence[bytes]:
        places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6))) if text else []
        edges = [0, *places, len(text)]
        return [memoryview(text)[start:end] for start, end in itertools.pairwise(edges)]  # type: ignore[misc]

    results = []
    for how in (whole, lambda text: [text[at : at + 1] for at in range(len(text))], cut):
        work = RecordingWork(messages(5))
        conversation = Conversation(Terms(server="mail.test:25", window=window), work, first=work.take())
        server = ModelServer(extensions=extensions, rule=lambda verb, number: faults.get((verb, number)))
        converse(conversation, server, how)
        results.append((b"".join(server.said), server.took, work.outcomes, conversation.failure, conversation.carry))
    assert results[0] == results[1] == results[2]


nonsense = st.lists(
    st.one_of(
        st.sampled_from([b"250 ok\r\n250 ok\r\n354 go\r\n", b"250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n"]),
        st.sampled_from([reply for reply in REPLIES if reply != DROP]),
        st.sampled_from(
            [b"220 hi\r\n", b"250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n", b"250 PIPELINING\r\n", b"250-"]
        ),
        st.binary(max_size=20),
        st.just(b"2" * 9000),
        st.just(b"250-x\r\n" * 201),
    ),
    max_size=40,
)


#: Without these, chance would seldom get as far as a content.
beginnings = st.sampled_from(
    [
        [],
        [b"220 hi\r\n", b"250 m\r\n", b"250 ok\r\n", b"250 ok\r\n"],
        [b"220 hi\r\n", b"250-m\r\n250-CHUNKING\r\n250 PIPELINING\r\n"],
    ]
)


@given(begin=beginnings, talk=nonsense, window=st.sampled_from([0, 3]))
@settings(max_examples=500, deadline=None)
def test_a_server_that_talks_nonsense_never_counts_as_having_accepted(
    begin: list[bytes], talk: list[bytes], window: int
) -> None:
    work = RecordingWork(messages(6))
    conversation = Conversation(Terms(server="mail.test:25", window=window), work, first=work.take())
    written: set[int] = set()
    heard_after: set[int] = set()
    for piece in [*begin, *talk]:
        before = frozenset(written)
        out = conversation.feed(piece)
        if b"250" in piece:
            heard_after |= before
        written |= {key for key in range(6) if b"marker-%d-" % key in out}
        if conversation.state is State.OVER:
            assert conversation.feed(b"250 ok\r\n") == b""
            break
    if conversation.state is not State.OVER:
        conversation.lost("the server closed the connection")
    assert {*work.open} == ({conversation.carry.key} if conversation.carry else set())
    assert set(work.keys(Result.ACCEPTED)) <= heard_after
    assert written <= work.handed_over | set(work.given_back)  # by BDAT, behind a MAIL that was refused
