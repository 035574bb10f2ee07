"""The check before sending: what it makes of answers about links, the sender's DNS and SpamAssassin."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from newsletter.issues.checks import looked_up
from newsletter.issues.findings import Level
from newsletter.issues.kept_answers import FORGOTTEN_AFTER, keep
from newsletter.issues.preflight import examine, preflight
from newsletter.models import AnswerKind, PreflightAnswer
from tests.integration.preflight_scene import NOW, UNKNOWN, cards, issue, story, with_answers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_django import Settings

    from newsletter.issues.checks.questions import Question
    from newsletter.models import Issue

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db

STUDY = "https://example.org/study"
RECORDS: dict[str, Any] = {
    "domain": "rounds.example",
    "spf": {"records": ["v=spf1 include:relay.example -all"]},
    "dmarc": {"record": "v=DMARC1; p=quarantine", "at": "rounds.example"},
    "dkim": [{"selector": "s1", "domain": "rounds.example", "public": True}],
}


def linked(issue: Issue) -> Issue:
    issue.body = [*cards(issue), ("button", {"text": "See the study", "url": STUDY})]
    return issue


def of_study(answer: Mapping[str, Any] | None) -> Any:
    """Answers of all links: this one of the study's, and a good one of the others'."""

    def answer_to(question: Question) -> Mapping[str, Any] | None:
        return answer if question.asked == STUDY else {"status": 200}

    return answer_to


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ({"status": 200}, None),
        ({"status": 301}, None),
        ({"status": 399}, None),
        ({"status": 400}, "B"),
        ({"status": 404}, "B"),
        ({"status": 410}, "B"),
        ({"problem": "does not answer: no answer within 6 seconds"}, "B"),
        ({"status": 403}, "W"),
        ({"status": 429}, "W"),
        ({"status": 503}, "W"),
        ({"status": 999}, "W"),
        (None, "U"),
    ],
)
def test_what_a_link_answers(issue: Issue, answer: Mapping[str, Any] | None, level: str | None) -> None:
    findings = with_answers(linked(issue), looked_up.link_answers, of_study(answer))
    assert [str(finding.level) for finding in findings] == ([level] if level else [])


def test_a_dead_link_is_named_with_its_block_and_when_it_was_asked(issue: Issue) -> None:
    (finding,) = with_answers(linked(issue), looked_up.link_answers, of_study({"status": 404}))
    assert f"{STUDY} answers 404" in finding.text
    assert "01/05/2026" in finding.text
    assert str(finding.place) == "block 2: Button"


def test_an_answer_of_yesterday_is_no_answer_and_is_told_when_it_was(issue: Issue) -> None:
    yesterday = NOW - timedelta(hours=25)
    (finding,) = with_answers(linked(issue), looked_up.link_answers, of_study({"status": 404}), at=yesterday)
    assert finding.level == Level.NOT_CHECKED
    assert "01/04/2026" in finding.text


def test_neither_the_issues_own_page_nor_a_readers_links_are_asked(issue: Issue) -> None:
    seen = examine(linked(issue), now=NOW)
    asked = {question.asked for question in seen.link_questions}
    assert STUDY in asked
    assert any("/stories/" in address for address in asked)
    assert not any(
        "unsubscribe" in address or "preferences" in address or "newsletters/" in address for address in asked
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"spf": {"records": []}}, {"dns-spf": "B"}),
        ({"spf": {"records": ["v=spf1 a -all", "v=spf1 mx -all"]}}, {"dns-spf": "B"}),
        ({"spf": {"records": ["v=spf1 +all"]}}, {"dns-spf": "B"}),
        ({"spf": {"records": ["v=spf1 ~all"]}}, {}),
        ({"spf": {"problem": "Timeout"}}, {"dns-not-checked": "U"}),
        ({"dmarc": {"record": "", "at": ""}}, {"dns-dmarc": "B"}),
        ({"dmarc": {"problem": "NoNameservers"}}, {"dns-not-checked": "U"}),
        ({"dkim": []}, {"dns-not-checked": "U"}),
        ({"dkim": [{"selector": "s1", "domain": "rounds.example", "public": False}]}, {"dns-dkim": "B"}),
        ({"dkim": [{"selector": "s1", "domain": "other.example", "public": True}]}, {"dns-dkim": "B"}),
        ({"dkim": [{"selector": "s1", "domain": "mail.rounds.example", "public": True}]}, {}),
        ({"dkim": [{"selector": "s1", "domain": "rounds.example", "problem": "Timeout"}]}, {"dns-not-checked": "U"}),
    ],
)
def test_what_the_dns_says(issue: Issue, changed: dict[str, Any], expected: dict[str, str]) -> None:
    findings = with_answers(issue, looked_up.sender_records, lambda _: {**RECORDS, **changed})
    assert {finding.rule: str(finding.level) for finding in findings} == expected
    assert all(str(finding.place) == "the DNS of the sender’s domain" for finding in findings)


def test_dns_that_nobody_looked_up_is_not_checked(issue: Issue) -> None:
    (finding,) = with_answers(issue, looked_up.sender_records, lambda _: None)
    assert finding.level == Level.NOT_CHECKED


@pytest.mark.parametrize(("score", "level"), [(-0.1, None), (0.9, None), (1.0, "W"), (2.9, "W"), (3.0, "B")])
def test_the_spam_score(issue: Issue, score: float, level: str | None) -> None:
    rules = [
        {"name": "SUBJ_ALL_CAPS", "points": score, "words": "Subject is all capitals"},
        {"name": "NO_RECEIVED", "points": -0.0, "words": "Informational"},
    ]
    findings = with_answers(issue, looked_up.spam_score, lambda _: {"score": score, "rules": rules})
    assert [str(finding.level) for finding in findings] == ([level] if level else [])
    assert all("Subject is all capitals" in finding.text for finding in findings)
    assert not any("Informational" in finding.text for finding in findings)


def test_without_spamassassin_it_is_said_that_it_is_not_installed(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    (finding,) = with_answers(issue, looked_up.spam_score, lambda _: None)
    assert finding.level == Level.NOT_CHECKED
    assert "not installed" in finding.text


def test_a_score_is_for_the_words_that_were_read_and_not_for_the_readers_links(issue: Issue) -> None:
    first, again = (examine(issue, now=NOW).spam_question for _ in range(2))
    assert first == again
    issue.subject = "Another subject"
    assert examine(issue, now=NOW).spam_question != first


def test_what_spamassassin_could_not_say_is_not_checked(issue: Issue) -> None:
    (finding,) = with_answers(issue, looked_up.spam_score, lambda _: {"problem": "no answer within 12 seconds"})
    assert (finding.level, "no answer within 12 seconds" in finding.text) == (Level.NOT_CHECKED, True)


def test_what_was_looked_up_and_is_well_is_shown_with_its_time(issue: Issue) -> None:
    answers = {
        AnswerKind.LINK: {"status": 200},
        AnswerKind.SENDER: RECORDS,
        AnswerKind.SPAM: {"score": 0.1, "rules": []},
    }
    keep({question: answers[question.kind] for question in examine(issue, now=NOW).questions}, now=NOW)
    well = {finding.rule: finding for finding in preflight(issue, now=NOW)}
    assert set(well) == {"link-answer", "dns-spf", "dns-dkim", "dns-dmarc", "spam-score"}
    assert {finding.level for finding in well.values()} == {Level.WELL}
    assert all("checked 01/05/2026" in finding.text for finding in well.values())
    assert "0.1 points" in well["spam-score"].text


def test_kept_answers_reach_the_preflight_and_block(issue: Issue) -> None:
    assert {finding.rule for finding in preflight(issue, now=NOW)} >= UNKNOWN
    question = next(one for one in examine(linked(issue), now=NOW).questions if one.asked == STUDY)
    keep({question: {"status": 404}}, now=NOW)
    levels = {finding.rule: str(finding.level) for finding in preflight(linked(issue), now=NOW)}
    assert levels["link-answer"] == "B"


def test_a_newer_answer_takes_the_place_of_the_older_and_old_ones_are_forgotten(issue: Issue) -> None:
    question = examine(issue, now=NOW).link_questions[0]
    keep({question: {"status": 404}}, now=NOW - FORGOTTEN_AFTER)
    keep({question: {"status": 200}}, now=NOW)
    (row,) = PreflightAnswer.objects.all()
    assert (row.kind, row.answer, row.at) == (AnswerKind.LINK, {"status": 200}, NOW)
    keep({}, now=NOW + FORGOTTEN_AFTER + timedelta(seconds=1))
    assert not PreflightAnswer.objects.exists()


def test_on_this_machine_only_nothing_is_said_of_links_and_dns(issue: Issue, settings: Settings) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    rules = {finding.rule: str(finding.level) for finding in preflight(issue, now=NOW)}
    assert rules == {"public-address": "N", "spam-not-checked": "U"}
