"""Asking others: links on a real server, DNS on a real name server, SpamAssassin as a real program; what is kept."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from newsletter.issues.lookups import links, look_up, sender, spam
from newsletter.issues.lookups.look_up import ask_all
from newsletter.issues.preflight import examine
from newsletter.models import AnswerKind, PreflightAnswer
from tests.fakes.dns_server import FakeNames
from tests.fakes.http_server import FakeReceiver
from tests.integration.preflight_scene import NOW, issue, story

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pytest_django import Settings

    from newsletter.issues.checks.questions import Question
    from newsletter.models import Issue

__all__ = ["issue", "story"]

SHORT = 0.4  #: seconds, for servers that never answer


@pytest.fixture
def server() -> Iterator[FakeReceiver]:
    with FakeReceiver(status=200).running() as running:
        yield running


def ask(server: FakeReceiver, path: str = "/hooks", *, deadline: float = 5) -> dict[str, Any]:
    return links.ask(f"http://{server.socket}{path}", deadline=deadline, named={server.socket})


class TestLinks:
    @pytest.mark.parametrize("status", [200, 204, 301, 302, 404, 410, 500])
    def test_what_a_server_answers_is_the_answer(self, server: FakeReceiver, status: int) -> None:
        server.status = status
        assert ask(server) == {"status": status}

    def test_a_good_answer_to_head_is_enough_and_no_redirect_is_followed(self, server: FakeReceiver) -> None:
        server.status, server.headers = 302, {"Location": "http://127.0.0.1:1/elsewhere"}
        ask(server)
        assert [got.method for got in server.received] == ["HEAD"]
        assert "Rounds-Link-Check" in server.received[0].headers["user-agent"]

    def test_a_server_that_knows_no_head_is_asked_again(self, server: FakeReceiver) -> None:
        server.statuses = {"HEAD": 405}
        assert ask(server) == {"status": 200}
        assert [got.method for got in server.received] == ["HEAD", "GET"]

    def test_an_address_is_written_as_a_request_has_it(self, server: FakeReceiver) -> None:
        ask(server, "/größe?a=ü")
        assert server.received[0].path == "/gr%C3%B6%C3%9Fe?a=%C3%BC"

    def test_a_server_that_hangs_costs_no_more_than_its_time(self, server: FakeReceiver) -> None:
        server.behave = wait_for_the_end
        assert "no answer within" in ask(server, deadline=SHORT)["problem"]

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/", "https://169.254.169.254/latest", "https://localhost/", "http://example.org/"]
    )
    def test_a_private_network_is_never_looked_into(self, url: str) -> None:
        assert "problem" in links.ask(url, deadline=SHORT)

    def test_a_name_that_leads_into_a_private_network_is_not_asked(self, server: FakeReceiver) -> None:
        answer = links.ask(f"https://study.example:{443}/", deadline=SHORT, resolve=lambda host, port: ["127.0.0.1"])
        assert "none that can be looked at" in answer["problem"]
        assert server.received == []


def wait_for_the_end(connection: socket.socket) -> None:
    """Reads until the other side gives up."""
    with suppress(OSError):
        while connection.recv(1024):
            pass


class TestDns:
    def records(
        self, names: FakeNames, keys: Sequence[tuple[str, str]] = (), *, domain: str = "a.rounds.example"
    ) -> Any:
        with names.running() as resolver:
            return sender.ask(json.dumps({"domain": domain, "keys": keys}), deadline=2, resolver=resolver)

    def test_the_records_are_found(self) -> None:
        key = "v=DKIM1; k=rsa; p=" + "A" * 392
        names = FakeNames(
            {
                "a.rounds.example": ["v=spf1 -all", "google-site-verification=x", "v=spf10 x"],
                "_dmarc.a.rounds.example": ["v=DMARC1; p=none"],
                "s1._domainkey.a.rounds.example": [key],
                "gone._domainkey.a.rounds.example": ["v=DKIM1; p="],
            }
        )
        keys = [("s1", "a.rounds.example"), ("gone", "a.rounds.example"), ("no", "a.rounds.example")]
        found = self.records(names, keys)
        assert found["spf"] == {"records": ["v=spf1 -all"]}
        assert found["dmarc"] == {"record": "v=DMARC1; p=none", "at": "a.rounds.example"}
        assert [one["public"] for one in found["dkim"]] == [True, False, False]

    def test_the_domain_above_may_have_the_dmarc_record_and_a_top_level_is_not_asked(self) -> None:
        names = FakeNames({"a.rounds.example": [], "_dmarc.rounds.example": ["v=DMARC1; p=reject"]})
        assert self.records(names)["dmarc"]["at"] == "rounds.example"
        names = FakeNames()
        assert self.records(names)["dmarc"] == {"record": "", "at": ""}
        assert "_dmarc.example" not in names.asked

    @pytest.mark.slow
    def test_no_such_name_is_no_record_and_no_answer_is_a_problem(self) -> None:
        assert self.records(FakeNames())["spf"] == {"records": []}
        assert "problem" in self.records(FakeNames(broken=frozenset({"a.rounds.example"})))["spf"]
        silent = self.records(FakeNames(silent=frozenset({"a.rounds.example"})))
        assert silent["spf"] == {"problem": "LifetimeTimeout"}


def message(subject: str, text: str) -> bytes:
    mail = EmailMessage()
    for name, value in (
        ("From", "Rounds <rounds@example.org>"),
        ("To", "reader@example.com"),
        ("Subject", subject),
        ("Date", "Mon, 05 Jan 2026 09:00:00 +0000"),
        ("Message-ID", "<0123456789abcdef@example.org>"),
    ):
        mail[name] = value
    mail.set_content(text)
    return mail.as_bytes()


class TestSpam:
    @pytest.mark.spamassassin
    @pytest.mark.slow
    def test_spamassassin_names_what_it_counts(self) -> None:
        found = spam.ask(message("Viagra", "cheap viagra and cialis, buy now"), deadline=60)
        assert found["score"] > 0
        assert {"DRUGS_ERECTILE"} <= {rule["name"] for rule in found["rules"]}
        assert all(rule["words"] for rule in found["rules"])
        good = spam.ask(message("Sleep and mood", "Why sleep comes first in everything that we do."), deadline=60)
        assert good["score"] < 1

    def program(self, folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
        file = folder / "spamassassin"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    @pytest.mark.slow
    def test_one_that_hangs_is_ended_with_what_it_started(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.program(tmp_path, 'sleep infinity & echo $! > "$(dirname $0)/child"; wait', monkeypatch)
        assert "no answer within" in spam.ask(b"x", deadline=1)["problem"]
        child = int((tmp_path / "child").read_text())
        assert wait_for(lambda: not Path(f"/proc/{child}").exists() or "Z" in state_of(child))

    def test_one_that_is_missing_or_babbles_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program(tmp_path, "cat > /dev/null; echo hello", monkeypatch)
        assert spam.ask(b"x", deadline=10) == {"problem": "its report could not be read"}
        monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
        assert spam.ask(b"x", deadline=10) == {"problem": "it is not installed here"}

    def test_a_report_inside_the_message_is_not_taken_for_the_real_one(self) -> None:
        false = "Content analysis details:   (-9.0 points, 5.0 required)\n"
        real = (
            "Content analysis details:   (3.5 points, 5.0 required)\n\n pts rule name              description\n"
            "---- ---------------------- --------\n-0.0 NO_RELAYS              Informational: no relay\n"
            " 3.5 HTML_IMAGE_ONLY_28     BODY: HTML: images with 2400-2800 bytes of\n"
            "                            words\n"
        )
        found = spam.read_report(false + real)
        assert found["score"] == 3.5
        assert found["rules"][1]["words"] == "HTML: images with 2400-2800 bytes of words"


def state_of(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"


def wait_for(condition: Callable[[], bool]) -> bool:
    waiting = threading.Event()
    for _ in range(100):
        if condition():
            return True
        waiting.wait(0.05)
    return False


@pytest.mark.django_db
class TestLookingUp:
    def asked(
        self, issue: Issue, answer: Mapping[str, Any], *, only: frozenset[AnswerKind] = frozenset(AnswerKind)
    ) -> Any:
        """What is asked of the issue now, and answers it."""
        asked: list[Question] = []

        def ask(questions: Sequence[Question], message: bytes, deadline: float) -> dict[Question, Mapping[str, Any]]:
            asked.extend(questions)
            return {question: answer for question in questions if question.kind in only}

        return look_up(issue, now=NOW, ask=ask), asked

    def test_what_was_answered_well_is_not_asked_again_and_the_sender_always_is(
        self, issue: Issue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        TestSpam().program(tmp_path, "exit 0", monkeypatch)
        result, asked = self.asked(issue, {"status": 200, "score": 0, "rules": []})
        assert {question.kind for question in asked} == set(AnswerKind) - {AnswerKind.CHECKLIST}  # not from here
        assert (result.asked, result.unanswered) == (len(asked), 0)
        assert PreflightAnswer.objects.count() == len(asked)
        _, again = self.asked(issue, {})
        assert {question.kind for question in again} == {AnswerKind.SENDER}

    def test_a_link_that_did_not_answer_is_asked_again(self, issue: Issue) -> None:
        self.asked(issue, {"status": 404})
        _, again = self.asked(issue, {"status": 200})
        assert AnswerKind.LINK in {question.kind for question in again}

    def test_what_there_was_no_time_for_is_counted_and_stays_unknown(self, issue: Issue) -> None:
        result, asked = self.asked(issue, {"status": 200}, only=frozenset({AnswerKind.SENDER}))
        assert result.unanswered == len(asked) - 1
        assert set(PreflightAnswer.objects.values_list("kind", flat=True)) == {"sender"}

    def test_without_spamassassin_it_is_not_asked(self, issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        _, asked = self.asked(issue, {})
        assert AnswerKind.SPAM not in {question.kind for question in asked}

    def test_on_this_machine_only_links_and_dns_are_not_asked(self, issue: Issue, settings: Settings) -> None:
        settings.BASE_URL = "http://127.0.0.1:8000"
        _, asked = self.asked(issue, {})
        assert {question.kind for question in asked} <= {AnswerKind.SPAM}

    def test_nothing_of_a_reader_is_kept(self, issue: Issue) -> None:
        self.asked(issue, {"status": 200})
        rows = " ".join(f"{row.asked} {row.answer}" for row in PreflightAnswer.objects.all())
        assert "unsubscribe" not in rows
        assert "reader" not in rows

    def test_when_the_time_is_over_nothing_is_begun(self, issue: Issue) -> None:
        seen = examine(issue, now=NOW)
        assert seen.questions
        assert ask_all(seen.questions, seen.message, 0.1) == {}
