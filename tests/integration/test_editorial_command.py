"""`check_story`: a story's latest draft or a text file, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from blog.models import StoryIndexPage, StoryPage
from tests.factories import make_author, make_story
from tests.integration.editorial_scene import CALM, JUMP
from tests.unit.editorial.drafts import ARTICLE, needs_the_article

KEYS = ["rule", "level", "block", "sentence", "why", "remedy"]
TEXT = """Ketamine After A Failed Tablet

Some people get better.

Risks

It raises the blood pressure.

If it gets worse, call or text 988 at any hour.

References

1. Berman RM. Antidepressant effects. 2000. doi:10.1016/S0006-3223(99)00230-9

With care,

Ada Quist, MD
"""


def checked(capsys: pytest.CaptureFixture[str], what: object) -> list[dict[str, str]]:
    call_command("check_story", str(what), "--json")
    out = capsys.readouterr().out
    found: list[dict[str, str]] = json.loads(out)
    return found


def refused(capsys: pytest.CaptureFixture[str], what: object) -> str:
    """The one line on stderr; stdout still is one document."""
    with pytest.raises(CommandError) as error:
        call_command("check_story", str(what), "--json")
    assert error.value.returncode == 1
    assert json.loads(capsys.readouterr().out) == []
    complaint = str(error.value)
    assert "\n" not in complaint
    return complaint


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "story.txt"
    file.write_text(TEXT, encoding="utf-8")
    return file


def test_findings_of_a_file_have_six_fields_in_their_order(capsys: pytest.CaptureFixture[str], text: Path) -> None:
    found = checked(capsys, text)
    assert found
    assert all(list(row) == KEYS for row in found)
    assert {row["level"] for row in found} <= {"B", "A", "W"}


def test_a_file_is_a_treatment_story_by_its_words_and_has_no_defaults(
    capsys: pytest.CaptureFixture[str], text: Path
) -> None:
    (found,) = [row for row in checked(capsys, text) if row["rule"] == "E1"]
    assert "conflict-of-interest statement" in found["why"]
    assert "date of the last review" in found["why"]
    assert "credential" not in found["why"], "the signature has it"


def test_blockers_come_first(capsys: pytest.CaptureFixture[str], text: Path) -> None:
    levels = [row["level"] for row in checked(capsys, text)]
    assert levels == sorted(levels, key="BAW".index)


def test_an_id_means_the_latest_draft_and_not_what_readers_see(
    capsys: pytest.CaptureFixture[str], stories: StoryIndexPage
) -> None:
    story = make_story(stories, body=CALM)
    assert not [row for row in checked(capsys, story.pk) if row["rule"] == "A1"]
    story.body = JUMP
    story.save_revision()
    (found,) = [row for row in checked(capsys, story.pk) if row["rule"] == "A1"]
    assert (found["block"], found["level"]) == ("1 heading", "B")


def test_a_story_has_the_standing_conflict_statement_and_its_authors_credential(
    capsys: pytest.CaptureFixture[str], home: Any, stories: StoryIndexPage
) -> None:
    from core.models import PublicationSettings

    PublicationSettings.objects.update(conflict_statement="The clinic offers it.")
    story = make_story(stories, live=False, kind="treatment", author=make_author(home))
    (found,) = [row for row in checked(capsys, story.pk) if row["rule"] == "E1"]
    assert "Missing: the date of the last review." in found["why"]


def test_nothing_is_changed(capsys: pytest.CaptureFixture[str], stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, body=JUMP)
    before = StoryPage.objects.filter(pk=story.pk).values().get(), story.revisions.count()
    checked(capsys, story.pk)
    assert (StoryPage.objects.filter(pk=story.pk).values().get(), story.revisions.count()) == before


def test_for_people_findings_are_grouped_with_their_remedies(capsys: pytest.CaptureFixture[str], text: Path) -> None:
    call_command("check_story", str(text))
    out = capsys.readouterr().out
    assert out.startswith("Blocks publishing: ")
    assert "  F2 in story: " in out
    assert "     Add a Regulatory status block" in out


def test_a_story_with_nothing_to_find_says_so(capsys: pytest.CaptureFixture[str], stories: StoryIndexPage) -> None:
    story = make_story(stories, live=False, title="Rain", standfirst="", body=[("text", "<p>It rains.</p>")])
    call_command("check_story", str(story.pk))
    assert capsys.readouterr().out == "No findings.\n"


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("gone.txt", None, "doesn't exist"),
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\n\t\n", "is empty"),
        ("binary.txt", b"PNG\0\0\0", "is a binary file"),
        ("latin.txt", "Café".encode("latin-1"), "is not UTF-8"),
        ("story.docx", b"PK\x03\x04", "is not read yet"),
        ("headline.txt", b"Only A Headline\n", "has no paragraph"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: bytes | None, complaint: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    assert complaint in refused(capsys, file)


@pytest.mark.parametrize("number", ["0", "987654", "9" * 19, "9" * 5000])
def test_an_unknown_id_is_refused(capsys: pytest.CaptureFixture[str], db: None, number: str) -> None:
    assert "There is no story with the id" in refused(capsys, number)


def test_the_id_of_another_page_is_refused(capsys: pytest.CaptureFixture[str], stories: StoryIndexPage) -> None:
    assert "There is no story with the id" in refused(capsys, stories.pk)


def test_a_folder_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "is a folder" in refused(capsys, tmp_path)


@pytest.mark.parametrize(
    "words",
    ["word " * 2999 + "end.", "Seven words make up this short sentence. " * 7150, "x" * 100_000],
    ids=["a sentence of 3,000 words", "50,000 words", "one long word"],
)
@pytest.mark.slow
def test_any_length_is_answered(capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str) -> None:
    file = tmp_path / "long.txt"
    file.write_text(f"A Long Story\n\n{words}\n", encoding="utf-8")
    assert checked(capsys, file) is not None


@needs_the_article
def test_the_doctors_article_lacks_what_a_treatment_story_must_have(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, ARTICLE)
    rules = {row["rule"] for row in found if row["level"] == "B"}
    assert {"F1", "F2", "E1", "C1", "C2", "P1", "S1"} <= rules
