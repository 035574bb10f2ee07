"""The connections of the SMTP backend: to several relays by their weights, one too many, and none refused twice."""

from __future__ import annotations

import socket

import pytest

from newsletter.backends.base import BackendDownError, Result
from newsletter.backends.smtp import SmtpBackend
from tests.fakes.recording_work import RecordingWork
from tests.fakes.scripted_server import modelled, scripted_server
from tests.fakes.smtp_server import FakeSmtpServer, always
from tests.integration.smtp_shell import Models, envelopes, recipients, sent


def test_a_relay_that_is_down_leaves_its_share_to_the_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    with FakeSmtpServer().running() as server:
        relays = [
            {"host": "127.0.0.1", "port": closed, "tls": "none", "weight": 5},
            {"host": "127.0.0.1", "port": server.port, "tls": "none"},
        ]
        work = RecordingWork(envelopes(10))
        SmtpBackend(relays=relays, timeout=5).send(work)
    assert sorted(server.recipients) == recipients(10)


def test_several_relays_have_connections_by_their_weights() -> None:
    models = Models(), Models()
    with scripted_server(modelled(models[0])) as one, scripted_server(modelled(models[1])) as other:
        relays = [
            {"host": "127.0.0.1", "port": one, "tls": "none", "weight": 4},
            {"host": "127.0.0.1", "port": other, "tls": "none", "weight": 1},
        ]
        several = SmtpBackend(relays=relays, connections=4)
        assert several.capabilities.in_flight == 5
        several.send(RecordingWork(envelopes(2000)))
    assert [len(servers.all) for servers in models] == [4, 1]
    assert sorted([*models[0].took, *models[1].took]) == recipients(2000)
    assert min(len(servers.took) for servers in models) > 0


def test_only_when_all_relays_are_down_the_backend_is() -> None:
    faults = {"mail": always("451 no space")}
    with FakeSmtpServer(faults=faults).running() as one, FakeSmtpServer(faults=faults).running() as other:
        relays = [{"host": "127.0.0.1", "port": server.port, "tls": "none"} for server in (one, other)]
        work = RecordingWork(envelopes(5))
        with pytest.raises(BackendDownError) as error:
            SmtpBackend(relays=relays).send(work)
    assert str(error.value).count("refused our sender address (MAIL): 451 no space") == 2
    assert (work.outcomes, len(work.waiting)) == ({}, 5)
    assert one.connections + other.connections == 2


def test_a_relay_that_dies_in_the_middle_leaves_the_rest_to_the_other() -> None:
    dying = FakeSmtpServer(faults={"mail": lambda argument, count: "451 full" if count > 3 else None})
    with dying.running() as one, FakeSmtpServer().running() as other:
        relays = [{"host": "127.0.0.1", "port": server.port, "tls": "none"} for server in (one, other)]
        SmtpBackend(relays=relays, connections=2).send(RecordingWork(envelopes(60)))
    assert sorted([*one.recipients, *other.recipients]) == recipients(60)
    assert len(one.recipients) == 3


def test_a_first_connection_that_is_refused_is_not_tried_by_all_the_others() -> None:
    with FakeSmtpServer(faults={"connect": always("554 no")}).running() as server, pytest.raises(BackendDownError):
        sent(server.port, 20, connections=10)
    assert server.connections == 1


def test_a_connection_that_is_one_too_many_halves_them_and_the_others_go_on() -> None:
    def only_four(argument: str, count: int) -> str | None:
        return "421 4.7.0 too many connections" if count > 4 else None

    with FakeSmtpServer(faults={"connect": only_four}).running() as server:
        work = sent(server.port, 200, connections=8)
    assert len(work.keys(Result.ACCEPTED)) == 200
    assert server.connections <= 8
