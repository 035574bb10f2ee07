"""`manage.py import_subscribers`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from newsletter.models import ImportPart, Newsletter, OutgoingMail, StagedReader, Subscriber, SubscriberImport
from tests.integration.importing import MAILCHIMP_ROWS, events, states

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path / "var"
    return tmp_path / "var" / "imports"


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    file = tmp_path / "readers.csv"
    file.write_text("\n".join([*MAILCHIMP_ROWS, "=nobody,x,,,,,,,,,,,,,,,,,,"]), encoding="utf-8")
    return file


def run(*arguments: str | Path) -> dict[str, Any]:
    """The one JSON document that the command writes."""
    out = io.StringIO()
    call_command("import_subscribers", *map(str, arguments), "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def test_it_imports_at_once_and_tells_where_the_refused_rows_are(
    newsletter: Newsletter, readers: Path, folder: Path
) -> None:
    told = run(readers, "--newsletter", "rounds")
    assert states(newsletter) == {"ada@example.org": "confirmed", "bo@example.org": "pending"}
    errors_file = Path(told.pop("errors_file"))
    assert told == {"created": 2, "unchanged": 0, "refused": 1}
    assert errors_file.parent == folder
    assert errors_file.stat().st_mode & 0o777 == 0o600
    with errors_file.open(encoding="utf-8-sig", newline="") as lines:
        header, row = csv.reader(lines)
    assert header[:3] == ["line", "why", "Email Address"]
    assert (row[0], row[2]) == ("4", "'=nobody")
    assert not OutgoingMail.objects.exists()


def test_a_second_time_nothing_changes(newsletter: Newsletter, readers: Path) -> None:
    run(readers, "--newsletter", "rounds")
    told = run(readers, "--newsletter", "rounds")
    assert (told["created"], told["unchanged"], told["refused"]) == (0, 2, 1)
    assert len(events(newsletter)) == 2


def test_nothing_refused_makes_no_file(newsletter: Newsletter, tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("email\nada@example.org\n")
    assert run(file, "--newsletter", "rounds") == {"created": 1, "unchanged": 0, "refused": 0, "errors_file": None}
    assert not folder.exists()


def test_a_dry_run_counts_and_leaves_nothing(newsletter: Newsletter, readers: Path) -> None:
    told = run(readers, "--newsletter", "rounds", "--dry-run")
    assert (told["created"], told["unchanged"], told["refused"]) == (2, 0, 1)
    assert Path(told["errors_file"]).exists()
    for model in (Subscriber, SubscriberImport, StagedReader, ImportPart):
        assert not model._default_manager.exists()


def test_for_people_it_says_what_was_refused_and_why(newsletter: Newsletter, readers: Path) -> None:
    out = io.StringIO()
    call_command("import_subscribers", str(readers), "--newsletter", "rounds", stdout=out)
    assert "Imported 2; unchanged 0; refused 1." in out.getvalue()
    assert "exactly one @" in out.getvalue()


@pytest.mark.parametrize(
    ("content", "newsletter_slug", "words"),
    [
        (b"email\nada@example.org\n", "nothing", "no newsletter 'nothing'. There is: rounds"),
        (b"", "rounds", "empty"),
        (b"%PDF-1.7", "rounds", "PDF"),
        (b"name,city\nAda,Graz\n", "rounds", "or name it “email” in the first line"),
        (None, "rounds", "check the path"),
    ],
)
def test_what_can_not_be_imported_changes_nothing(
    newsletter: Newsletter, tmp_path: Path, content: bytes | None, newsletter_slug: str, words: str
) -> None:
    file = tmp_path / "readers.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=words) as refused:
        run(file, "--newsletter", newsletter_slug)
    assert refused.value.returncode == 1
    for model in (Subscriber, SubscriberImport, StagedReader, ImportPart):
        assert not model._default_manager.exists()
