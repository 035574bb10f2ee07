"""F1, F2, F6, E1, E2: what a story about a treatment must have."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import Block, BlockKind, Manuscript
from blog.editorial.rules.completeness import (
    alternatives_named,
    regulatory_status_given,
    review_overdue,
    risks_told,
    who_answers_for_it,
)
from tests.unit.editorial.drafts import (
    TODAY,
    article,
    block,
    draft,
    fired,
    heading,
    needs_the_article,
    patient_story,
    text_block,
)

ALL = (alternatives_named, regulatory_status_given, risks_told, who_answers_for_it)
PRAISE = "Discuss the risks and benefits of all of the available treatment options with a psychiatrist."


def words(count: int) -> str:
    return " ".join(["word"] * count)


def benefits(count: int) -> Block:
    return block(BlockKind.BENEFITS, words(count))


def risks(count: int) -> Block:
    return block(BlockKind.RISKS, words(count))


def all_at_once(manuscript: Manuscript) -> list[str]:
    return [finding.rule for rule in ALL for finding in rule(manuscript)]


@pytest.mark.parametrize("kind", ["condition", "patient_story", "news"])
def test_only_a_treatment_story_must_have_them(kind: str) -> None:
    assert all_at_once(draft("Text.", kind=kind)) == []
    assert sorted(all_at_once(draft("Text."))) == ["E1", "F1", "F2", "F6"]


TOO_LITTLE: tuple[tuple[list[str | Block], str], ...] = (
    ([], "has none (0 of at least 80 words)"),
    ([PRAISE], "has none"),
    ([heading("Risks"), text_block(words(200), section="Risks")], "has none"),
    ([block(BlockKind.CALLOUT, f"Risks\n\n{words(100)}")], "has none"),
    ([block(BlockKind.WHO_SHOULD_NOT, words(100))], "has none"),
    ([block(BlockKind.RISKS, "")], "has none"),
    ([risks(1)], "take 1 words"),
    ([risks(79)], "take 79 words. Fewer than 80"),
    ([benefits(10), risks(40)], "take 40 words"),
    ([risks(40), risks(39)], "take 79 words"),
    ([benefits(400), risks(99)], "take 99 words, the benefits 400. That is 25%"),
    ([benefits(200), benefits(400), risks(149)], "the benefits 600"),
    ([benefits(1000), risks(100)], "That is 10%; fair balance asks for 25%"),
)
ENOUGH: tuple[list[str | Block], ...] = (
    [risks(80)],
    [risks(200)],
    [risks(40), risks(40)],
    [benefits(1), risks(80)],
    [benefits(320), risks(80)],
    [benefits(400), risks(100)],
    [benefits(200), benefits(200), risks(50), risks(50)],
    [benefits(100), risks(300)],
    [PRAISE, risks(81)],
    [text_block(words(2000)), risks(80)],
    [block(BlockKind.RISKS, f"Risks\n\n{words(40)} [1].\n\n{words(40)} [2].")],
)


@pytest.mark.parametrize(("parts", "why"), TOO_LITTLE)
def test_too_little_on_the_risks_blocks_and_says_what_is_missing(parts: list[str | Block], why: str) -> None:
    (finding,) = fired(risks_told, draft(*parts))
    assert (finding.rule, finding.level) == ("F1", Level.BLOCKER)
    assert why in finding.why


@pytest.mark.parametrize("parts", ENOUGH)
def test_enough_on_the_risks_is_left_alone(parts: list[str | Block]) -> None:
    assert fired(risks_told, draft(*parts)) == []


def status(text: str = "", value: str = "") -> Block:
    return block(BlockKind.REGULATORY_STATUS, text, status=value)


NO_STATUS: tuple[list[str | Block], ...] = (
    [],
    ["Ketamine is approved as an anesthetic."],
    [status()],
    [status("Regulatory status")],
    [status("To be written.")],
    [status("We follow the rules of our country.")],
    [status("Ask your doctor.")],
    [status("  ")],
    [status("See below."), status()],
    [block(BlockKind.CALLOUT, "Regulatory status\n\nIt is off-label.")],
)
STATUS = (
    [status(value="approved")],
    [status(value="off_label")],
    [status(value="not_approved")],
    [status(value="investigational")],
    [status("In the United States its use for depression is off-label.")],
    [status("The FDA has not approved it.")],
    [status("It is licensed in Britain.")],
    [status("It was authorised in 2019.")],
    [status("The first device was cleared in 2008.")],
    [status("It is still experimental.")],
    [status(), status(value="approved")],
    [status("An unlicensed use.")],
)


@pytest.mark.parametrize("parts", NO_STATUS)
def test_a_missing_or_empty_regulatory_status_blocks(parts: list[str | Block]) -> None:
    (finding,) = fired(regulatory_status_given, draft(*parts))
    assert (finding.rule, finding.level) == ("F2", Level.BLOCKER)


@pytest.mark.parametrize("parts", STATUS)
def test_a_status_chosen_or_told_is_left_alone(parts: list[Block]) -> None:
    assert fired(regulatory_status_given, draft(*parts)) == []


def alternatives(text: str) -> Block:
    return block(BlockKind.ALTERNATIVES, text)


UNNAMED: tuple[str | Block, ...] = (
    "We treat depression with ketamine.",
    PRAISE,
    "There are many other options.",
    "Other treatments are available.",
    "His doctor prescribed an SSRI, an SNRI, and then different combinations, but none of them worked.",
    "She had tried sertraline, lithium and psychotherapy before.",
    "Unlike antidepressants, ketamine works fast.",
    "It works faster than fluoxetine.",
    "Other treatments such as SSRIs had failed him.",
    "Could it work when nothing else did?",
    "Ketamine is an alternative to suffering.",
    "You can try ketamine instead.",
    "“Alternatives include CBT and lithium,” the old leaflet said.",
    alternatives(""),
    alternatives("There are other options. Ask your doctor."),
    patient_story("Another option was lithium, and she took it."),
)
NAMED: tuple[str | Block, ...] = (
    "Alternatives include CBT, exercise and antidepressants.",
    "Other options such as talking therapy may suit you better.",
    "Other treatments for depression are electroconvulsive therapy and magnetic stimulation.",
    "You could also try cognitive behavioral therapy.",
    "Another antidepressant may suit you better, or lithium may be added.",
    "Instead of an infusion, some people choose esketamine.",
    "Before you choose it, people often try sertraline.",
    "Alternatives: psychotherapy, light therapy, exercise.",
    "Other therapies, including interpersonal therapy, help as many people.",
    "Magnetic stimulation is an option that needs no drug.",
    alternatives("Talking therapies help many people."),
    alternatives("Lithium. Electroconvulsive therapy."),
    alternatives(words(30)),
    text_block("Magnetic stimulation needs no drug at all.", section="What else there is"),
)


@pytest.mark.parametrize("part", UNNAMED)
def test_a_story_that_names_no_alternative_warns(part: str | Block) -> None:
    (finding,) = fired(alternatives_named, draft(part, title="Ketamine Infusions"))
    assert (finding.rule, finding.level) == ("F6", Level.WARNING)


@pytest.mark.parametrize("part", NAMED)
def test_a_story_that_names_one_is_left_alone(part: str | Block) -> None:
    assert fired(alternatives_named, draft(part, title="Ketamine Infusions")) == []


COMPLETE = draft(
    "Text.", author_credential="MD", conflict_statement="The author’s clinic gives infusions.", reviewed_on=TODAY
)


@pytest.mark.parametrize(
    ("taken", "missing"),
    [
        ({"author_credential": ""}, "Missing: the author’s credential."),
        ({"author_credential": "  "}, "Missing: the author’s credential."),
        ({"conflict_statement": ""}, "Missing: the conflict-of-interest statement."),
        ({"conflict_statement": "\n"}, "Missing: the conflict-of-interest statement."),
        ({"reviewed_on": None}, "Missing: the date of the last review."),
        (
            {"author_credential": "", "reviewed_on": None},
            "Missing: the author’s credential and the date of the last review.",
        ),
        (
            {"author_credential": "", "conflict_statement": "", "reviewed_on": None},
            "the author’s credential, the conflict-of-interest statement and the date of the last review.",
        ),
    ],
)
def test_one_finding_lists_who_does_not_answer_for_a_treatment(taken: dict[str, object], missing: str) -> None:
    (finding,) = fired(who_answers_for_it, replace(COMPLETE, **taken))  # type: ignore[arg-type] # fields by name
    assert (finding.rule, finding.level, finding.block) == ("E1", Level.BLOCKER, "story")
    assert finding.why.endswith(missing)


def test_a_story_that_somebody_answers_for_is_left_alone() -> None:
    assert fired(who_answers_for_it, COMPLETE) == []


@pytest.mark.parametrize("kind", ["treatment", "condition", "patient_story", "news"])
@pytest.mark.parametrize("days", [1, 2, 30, 365, 4000])
def test_an_overdue_review_warns_for_every_kind_of_story(kind: str, days: int) -> None:
    due = TODAY - timedelta(days=days)
    (finding,) = fired(review_overdue, draft(kind=kind, review_due_on=due))
    assert (finding.rule, finding.level) == ("E2", Level.WARNING)
    assert f"{due.day}, {due.year}" in finding.why
    (tomorrow,) = fired(review_overdue, draft(kind=kind, review_due_on=due, today=TODAY + timedelta(days=1)))
    assert tomorrow.fingerprint == finding.fingerprint, "what was decided about it holds tomorrow, too"


@pytest.mark.parametrize("due", [None, TODAY, *(TODAY + timedelta(days=days) for days in (1, 2, 30, 365, 4000))])
def test_a_review_that_is_not_due_yet_is_left_alone(due: date | None) -> None:
    assert fired(review_overdue, draft(review_due_on=due)) == []


def test_the_day_is_written_out() -> None:
    (finding,) = fired(review_overdue, draft(review_due_on=date(2026, 2, 1)))
    assert "February 1, 2026" in finding.why


@needs_the_article
def test_the_article_lacks_all_of_it_and_praise_of_psychiatrists_is_no_risk_section() -> None:
    assert sorted(all_at_once(article())) == ["E1", "F1", "F2", "F6"]
