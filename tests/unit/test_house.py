"""The house itself: the folder `site/`, what git ignores, what the papers say about the rooms."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def packages() -> list[str]:
    """Every package of ours, as its path from the top."""
    found = {
        path.parent.relative_to(ROOT)
        for top in ("blog", "newsletter", "site")
        for path in (ROOT / top).rglob("*.py")
        if "migrations" not in path.parts
    }
    return sorted(path.as_posix() for path in found)


def test_site_is_a_folder_and_never_a_package() -> None:
    # The standard library's own `site` is frozen into Python: with an __init__.py ours would be ignored without a word.
    assert not (ROOT / "site" / "__init__.py").exists()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="only a checkout has a .gitignore that matters")
def test_git_ignores_what_is_made_and_nothing_that_is_written() -> None:
    made = [".venv/bin/python", "var/rounds.sqlite3", "var/secret_key", "blog/__pycache__/apps.cpython-311.pyc"]
    for path in made:
        assert git("check-ignore", "-q", path).returncode == 0, path
    written = ["site/config/env.py", "site/new.py", "newsletter/engine/new.py", "docs/new.md", "tests/unit/test_new.py"]
    for path in written:
        assert git("check-ignore", "-q", path).returncode == 1, path


@pytest.mark.parametrize("package", packages())
def test_the_papers_name_every_room(package: str) -> None:
    assert f"`{package}/`" in ARCHITECTURE


def test_the_papers_name_no_room_that_is_not_there() -> None:
    named = re.findall(r"^\| `([a-z_./-]+/)`", ARCHITECTURE, flags=re.MULTILINE)
    assert named
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@pytest.mark.parametrize(
    "paper", ["README.md", "CONTRIBUTING.md", *[f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")]]
)
def test_links_between_the_papers_lead_somewhere(paper: str) -> None:
    text = (ROOT / paper).read_text()
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", text) + re.findall(
        r'(?:src|href)="(?!https?:|#)([^"#]+)"', text
    )
    assert [link for link in links if not (ROOT / paper).parent.joinpath(link).exists()] == []


def test_every_requirement_is_pinned() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        lines = (ROOT / name).read_text().splitlines()
        assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+(\[[a-z,]+\])?==[\w.]+", line)] == []


def test_a_running_publication_needs_nothing_that_is_only_for_development() -> None:
    runtime = (ROOT / "requirements.txt").read_text()
    for tool in ("pytest", "mypy", "ruff", "playwright", "aiosmtpd", "honcho"):
        assert f"\n{tool}==" not in f"\n{runtime}"


def test_development_runs_what_production_runs() -> None:
    runtime = set((ROOT / "requirements.txt").read_text().splitlines())
    assert runtime <= set((ROOT / "requirements-dev.txt").read_text().splitlines())


def test_tests_with_transactions_of_their_own_leave_the_database_as_migrations_made_it() -> None:
    """Without `serialized_rollback` what migrations wrote is gone for whichever test comes next."""
    marks = {
        f"{path.name}: {mark}"
        for path in (ROOT / "tests").rglob("test_*.py")
        for mark in re.findall(r"django_db\(([^)]*transaction=True[^)]*)\)", path.read_text(encoding="utf-8"))
    }
    assert marks
    assert {mark for mark in marks if "serialized_rollback=True" not in mark} == set()


def test_unit_tests_need_no_database() -> None:
    """They run once, not on each kind of database: one that asked for it would not be seen on the second."""
    files = [path for path in (ROOT / "tests/unit").rglob("test_*.py") if path != Path(__file__)]
    asking = re.compile(r"django_db|\bdb: None|DATABASE_URL|live_server")
    assert files
    assert [path.name for path in files if asking.search(path.read_text(encoding="utf-8"))] == []
