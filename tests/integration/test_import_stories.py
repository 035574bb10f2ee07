"""Importing plain text: the doctor's article becomes a draft, once, or nothing happens at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Page
from wagtail.signals import page_published

from blog.importing import import_stories
from blog.models import AuthorPage, HomePage, StoryIndexPage, StoryKind, StoryPage
from newsletter.models import OutgoingMail, StoryRelease
from tests.factories import make_author, publish

ARTICLE = """IV Ketamine Infusions Restore

Jacob couldn’t remember.\u00a0 He’d struggled – for long.

A Drug Called Ketamine

“Who <knew>?” & so on.

Second paragraph.

To the emerging of your best self,

Lori Calabrese, MD
"""


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "iv-ketamine.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    call_command("import_stories", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def refuse(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, Any]:
    """The complaint, and the document that was printed all the same."""
    with pytest.raises(CommandError) as refusal:
        call_command("import_stories", *arguments, "--json")
    assert refusal.value.returncode == 1
    out = capsys.readouterr().out
    return str(refusal.value), json.loads(out) if out else None


def test_the_article_becomes_a_draft_with_its_parts(stories: StoryIndexPage, article: Path) -> None:
    report = import_stories([article])

    story = StoryPage.objects.get(pk=report.stories[0].id)
    assert (story.live, story.has_unpublished_changes, story.kind) == (False, True, StoryKind.TREATMENT)
    assert story.get_parent().specific == stories
    assert [block.block_type for block in story.body] == ["text", "heading", "text", "signature"]
    assert str(story.body[0].value) == "<p>Jacob couldn’t remember. He’d struggled – for long.</p>"
    assert dict(story.body[1].value) == {"text": "A Drug Called Ketamine", "level": "2"}
    assert str(story.body[2].value) == "<p>“Who &lt;knew&gt;?” &amp; so on.</p><p>Second paragraph.</p>"
    assert dict(story.body[3].value) == {
        "closing": "To the emerging of your best self",
        "name": "Lori Calabrese",
        "credential": "MD",
    }
    assert story.get_latest_revision_as_object().title == "IV Ketamine Infusions Restore"


def test_the_json_document_has_exactly_the_agreed_shape(
    stories: StoryIndexPage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = run(capsys, str(article))

    (story,) = document["stories"]
    assert set(document) == {"stories"}
    assert set(story) == {"id", "source", "title", "status", "headings", "signature", "notes"}
    assert story["id"] == StoryPage.objects.get().pk
    assert story["source"] == str(article)
    assert (story["title"], story["status"]) == ("IV Ketamine Infusions Restore", "created")
    assert story["headings"] == [{"text": "A Drug Called Ketamine", "paragraphs": 2}]
    assert story["signature"] == "Lori Calabrese, MD"


def test_a_second_run_says_unchanged_and_changes_nothing(
    stories: StoryIndexPage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(capsys, str(article))
    story = StoryPage.objects.get()
    before = (Page.objects.count(), story.latest_revision_id, story.latest_revision_created_at)

    second = run(capsys, str(article))

    story.refresh_from_db()
    assert second["stories"][0]["status"] == "unchanged"
    assert second["stories"][0]["id"] == first["stories"][0]["id"]
    assert (Page.objects.count(), story.latest_revision_id, story.latest_revision_created_at) == before


def test_a_file_that_changed_meanwhile_is_skipped_with_the_remedy(
    stories: StoryIndexPage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, str(article))
    article.write_text(ARTICLE + "\nP.S. More.\n", encoding="utf-8")

    (story,) = run(capsys, str(article))["stories"]

    assert story["status"] == "skipped"
    assert "left alone" in story["notes"][-1]
    assert StoryPage.objects.count() == 1
    assert "More" not in str(StoryPage.objects.get().body)


def test_an_edited_draft_is_still_recognised(stories: StoryIndexPage, article: Path) -> None:
    import_stories([article])
    story = StoryPage.objects.get()
    story.title = "Another title"
    publish(story)

    assert import_stories([article]).stories[0].status == "unchanged"


def test_the_same_file_twice_in_one_run_is_one_story(stories: StoryIndexPage, article: Path) -> None:
    report = import_stories([article, article])

    assert [story.status for story in report.stories] == ["created", "unchanged"]
    assert StoryPage.objects.count() == 1


def test_a_dry_run_reports_without_ids_and_changes_nothing(
    stories: StoryIndexPage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = Page.objects.count()

    (story,) = run(capsys, str(article), "--dry-run")["stories"]

    assert (story["id"], story["status"]) == (None, "created")
    assert Page.objects.count() == pages
    assert run(capsys, str(article))["stories"][0]["status"] == "created"


def test_nothing_is_published_and_nobody_is_mailed(stories: StoryIndexPage, article: Path) -> None:
    published: list[object] = []

    def note(instance: object, **_: object) -> None:
        published.append(instance)

    page_published.connect(note)
    try:
        import_stories([article])
    finally:
        page_published.disconnect(note)

    assert published == []
    assert not StoryRelease.objects.exists()
    assert not OutgoingMail.objects.exists()
    assert not AuthorPage.objects.live().exists()


def test_an_author_page_is_found_by_name(home: HomePage, stories: StoryIndexPage, article: Path) -> None:
    author = make_author(home, title="Dr. Lori Calabrese", slug="lori")

    report = import_stories([article])

    assert StoryPage.objects.get().author == author
    assert AuthorPage.objects.count() == 1
    assert not any("author page" in note for note in report.stories[0].notes)


def test_a_missing_author_page_is_made_as_a_draft_and_said_so(stories: StoryIndexPage, article: Path) -> None:
    report = import_stories([article])

    author = AuthorPage.objects.get()
    assert StoryPage.objects.get().author == author
    assert (author.title, author.credential, author.live) == ("Lori Calabrese", "MD", False)
    assert any("Lori Calabrese" in note and "draft" in note for note in report.stories[0].notes)


def test_two_authors_of_one_name_are_left_to_a_person(home: HomePage, stories: StoryIndexPage, article: Path) -> None:
    make_author(home, title="Lori Calabrese", slug="one")
    make_author(home, title="Dr. Lori Calabrese", slug="two")

    report = import_stories([article])

    assert StoryPage.objects.get().author is None
    assert any("choose the author" in note for note in report.stories[0].notes)


def test_one_bad_file_keeps_all_the_others_out(
    stories: StoryIndexPage, article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "latin.txt"
    bad.write_bytes("Café Notes\n\nText.".encode("latin-1"))

    message, document = refuse(capsys, str(article), str(bad))

    assert "latin.txt" in message
    assert "offset 3" in message
    assert [story["status"] for story in document["stories"]] == ["skipped", "refused"]
    assert not StoryPage.objects.exists()
    assert not AuthorPage.objects.exists()


def test_each_path_that_cannot_be_read_is_named(
    stories: StoryIndexPage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    huge, empty = tmp_path / "huge.txt", tmp_path / "empty.txt"
    huge.write_bytes(b"a " * (1024 * 1024 + 1))
    empty.write_bytes(b"")

    message, _ = refuse(capsys, str(tmp_path / "missing.txt"), str(tmp_path), str(huge), str(empty))

    lines = message.splitlines()
    assert "missing.txt doesn't exist" in lines[0]
    assert f"{tmp_path} is a folder" in lines[1]
    assert "huge.txt is larger than 2 MB" in lines[2]
    assert "empty.txt is empty" in lines[3]


@pytest.mark.parametrize("name", ["story.docx", "story.md", "export.xml", "export.zip", "story.PDF"])
def test_a_file_of_another_format_is_refused_with_what_is_read(
    name: str, stories: StoryIndexPage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_text(ARTICLE, encoding="utf-8")

    message, _ = refuse(capsys, str(path))

    assert name in message
    assert "not read yet; plain text in UTF-8 is" in message


@pytest.mark.parametrize("fmt", ["markdown", "docx", "wxr", "ghost", "substack"])
def test_asking_for_a_format_that_is_not_read_yet_is_refused(
    fmt: str, stories: StoryIndexPage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message, _ = refuse(capsys, str(article), "--format", fmt)

    assert f"the format {fmt} is not read yet" in message


def test_markdown_can_be_read_as_plain_text_when_told_so(stories: StoryIndexPage, tmp_path: Path) -> None:
    path = tmp_path / "story.md"
    path.write_text(ARTICLE, encoding="utf-8")

    assert import_stories([path], fmt="text").stories[0].status == "created"


def test_an_unknown_format_is_a_mistake_in_the_command_line(stories: StoryIndexPage, article: Path) -> None:
    with pytest.raises(CommandError, match="'pages' is no format"):
        call_command("import_stories", str(article), "--format", "pages")


def test_without_a_list_of_stories_the_way_out_is_told(
    home: HomePage, article: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message, document = refuse(capsys, str(article))

    assert "manage.py demo" in message
    assert document == {"stories": []}


def test_a_very_long_file_name_is_still_remembered(stories: StoryIndexPage, tmp_path: Path) -> None:
    path = tmp_path / f"{'n' * 240}.txt"
    path.write_text(ARTICLE, encoding="utf-8")

    assert [import_stories([path]).stories[0].status for _ in range(2)] == ["created", "unchanged"]
