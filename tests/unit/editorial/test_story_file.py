"""A text file becomes a manuscript: sections by their headings, and nothing that the file doesn't say."""

from __future__ import annotations

from pathlib import Path

import pytest

from blog.editorial.file import kind_of, kind_under, manuscript_of_file, references, rows
from blog.editorial.manuscript import BlockKind, CitedReference, Manuscript
from blog.importing.document import Section
from tests.unit.editorial.drafts import TODAY


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Risks", BlockKind.RISKS),
        ("Side Effects", BlockKind.RISKS),
        ("What Are the Risks?", BlockKind.RISKS),
        ("Common Side-Effects", BlockKind.RISKS),
        ("Benefits", BlockKind.BENEFITS),
        ("The Benefits of Walking", BlockKind.BENEFITS),
        ("Alternatives", BlockKind.ALTERNATIVES),
        ("Other Options", BlockKind.ALTERNATIVES),
        ("What Are the Alternatives?", BlockKind.ALTERNATIVES),
        ("Who Should Not Take It", BlockKind.WHO_SHOULD_NOT),
        ("Who Shouldn’t Have It", BlockKind.WHO_SHOULD_NOT),
        ("Contraindications", BlockKind.WHO_SHOULD_NOT),
        ("Regulatory Status", BlockKind.REGULATORY_STATUS),
        ("Is It Approved?", BlockKind.REGULATORY_STATUS),
        ("Key Points", BlockKind.KEY_POINTS),
        ("If You Are in Crisis", BlockKind.CRISIS_HELP),
        ("References", BlockKind.REFERENCES),
        ("Sources", BlockKind.REFERENCES),
        ("Risks and Benefits", BlockKind.TEXT),
        ("Benefits and Risks", BlockKind.TEXT),
        ("Discussing Risks", BlockKind.TEXT),
        ("A Risky Season", BlockKind.TEXT),
        ("The Art of Treatment", BlockKind.TEXT),
        ("References to Rain", BlockKind.TEXT),
        ("", BlockKind.TEXT),
    ],
)
def test_a_heading_says_what_the_section_is(heading: str, kind: BlockKind) -> None:
    assert kind_under(heading) is kind


@pytest.mark.parametrize(
    ("paragraph", "is_help"),
    [
        ("If it gets worse, call or text 988.", True),
        ("Call 988 at any hour.", True),
        ("Phone the Samaritans on 116 123.", True),
        ("Text HOME to 741741.", True),
        ("The 988 Suicide & Crisis Lifeline answers.", True),
        ("We asked 988 patients in twelve towns.", False),
        ("He ran up 988 steps.", False),
        ("Every crisis is a turning point.", False),
        ("The hotline of the bank was engaged.", False),
        ("Call us on Monday.", False),
    ],
)
def test_a_paragraph_with_a_crisis_line_is_crisis_help(paragraph: str, is_help: bool) -> None:
    assert (kind_of(paragraph, BlockKind.TEXT) is BlockKind.CRISIS_HELP) is is_help


def manuscript(tmp_path: Path, text: str, name: str = "story.txt") -> Manuscript:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return manuscript_of_file(file, today=TODAY)


TEXT = """A Morning Walk

It helps.

It is cheap.

Risks

A fall.

Call 988 at any hour if you need it.

Ice.

With care,

Lori Calabrese, MD
"""


def test_blocks_are_named_by_place_and_kind(tmp_path: Path) -> None:
    story = manuscript(tmp_path, TEXT)
    assert [block.name for block in story.blocks] == [
        "title",
        "1 text",
        "2 heading",
        "3 risks",
        "4 crisis_help",
        "5 risks",
        "6 signature",
    ]
    assert [block.section for block in story.blocks[2:6]] == ["Risks"] * 4
    assert story.blocks[1].paragraphs == ("It helps.", "It is cheap.")


@pytest.mark.parametrize("line", ["Risks", "Side effects", "What are the risks?"])
def test_a_plain_line_may_be_the_heading_of_a_section(tmp_path: Path, line: str) -> None:
    story = manuscript(tmp_path, f"A Walk\n\nIt helps.\n\n{line}\n\nA fall.\n")
    assert [block.name for block in story.blocks] == ["title", "1 text", "2 heading", "3 risks"]


@pytest.mark.parametrize("line", ["Risks are everywhere.", "risks", "Benefits and risks", "Risks, and how I met them:"])
def test_a_line_of_the_text_opens_no_section(tmp_path: Path, line: str) -> None:
    story = manuscript(tmp_path, f"A Walk\n\nIt helps.\n\n{line}\n\nA fall.\n")
    assert [block.name for block in story.blocks] == ["title", "1 text"]


def test_a_signature_gives_the_credential_and_the_name(tmp_path: Path) -> None:
    story = manuscript(tmp_path, TEXT)
    assert (story.author_credential, story.people) == ("MD", frozenset({"Lori Calabrese"}))


def test_nothing_is_filled_in(tmp_path: Path) -> None:
    story = manuscript(tmp_path, "A Walk\n\nIt helps.\n")
    assert (story.kind, story.author_credential, story.conflict_statement) == ("news", "", "")
    assert (story.reviewed_on, story.review_due_on, story.references) == (None, None, ())


def test_a_title_made_of_the_files_name_is_no_title(tmp_path: Path) -> None:
    story = manuscript(tmp_path, "it rained all day long and nobody came.\n", name="suicide.txt")
    assert [block.name for block in story.blocks] == ["1 text"]


def test_the_kind_is_guessed_from_the_treatments_named(tmp_path: Path) -> None:
    assert manuscript(tmp_path, "Ketamine at Home\n\nA text.\n").kind == "treatment"


@pytest.mark.parametrize(
    "text",
    [
        "Conflict of Interest\n\nThe author owns the clinic.",
        "It rains.\n\nDisclosure: The author owns the clinic.",
        "It rains.\n\nCompeting interests: The author owns the clinic.",
    ],
)
def test_a_conflict_statement_that_is_in_the_file_counts(tmp_path: Path, text: str) -> None:
    assert manuscript(tmp_path, f"A Walk\n\nIt helps.\n\n{text}\n").conflict_statement == "The author owns the clinic."


def test_talk_of_disclosure_is_no_statement(tmp_path: Path) -> None:
    assert manuscript(tmp_path, "A Walk\n\nDisclosure matters: it helps readers.\n").conflict_statement == ""


def test_numbered_lines_under_references_are_the_references() -> None:
    section = Section(
        heading="References",
        paragraphs=(
            "1. Berman RM. Effects. 2000. doi:10.1016/S0006-3223(99)00230-9.",
            "2) A line that goes on",
            "in the next paragraph. PMID: 12345",
            "[3] A page. https://example.org/a.",
        ),
    )
    first, second, third = references([section])
    assert first.doi == "10.1016/S0006-3223(99)00230-9"
    assert (second.text, second.pmid) == ("A line that goes on in the next paragraph. PMID: 12345", "12345")
    assert third == CitedReference(text="A page. https://example.org/a.", url="https://example.org/a")


def test_references_on_one_line_are_told_by_their_brackets() -> None:
    assert rows(["[1] One. 2000. [2] Two. 2001."]) == ["One. 2000.", "Two. 2001."]


def test_a_year_at_the_start_of_a_line_is_no_number() -> None:
    assert rows(["1. One", "2000. It goes on"]) == ["One 2000. It goes on"]
