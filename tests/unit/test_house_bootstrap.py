"""The script that makes the virtual environment: what it says, what it redoes, what it can run on."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import bootstrap

SCRIPT = Path(bootstrap.__file__)


def run(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script as make calls it, in an empty folder."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def finished_venv(folder: Path) -> tuple[Path, Path]:
    """A venv and its requirements as a finished setup leaves them, without the minute that it takes."""
    requirements = folder / "requirements.txt"
    requirements.write_text("django==5.2.19\n")
    venv = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (venv / bootstrap.STAMP).write_text(bootstrap.stamp_of(venv, requirements))
    return venv, requirements


def test_it_is_read_by_pythons_that_are_far_too_old() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 6))
    annotations = [node.returns for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    annotations += [node.annotation for node in ast.walk(tree) if isinstance(node, ast.arg)]
    # `list[str]` and `str | None` are evaluated when the function is defined, and fail there before 3.9 and 3.10.
    assert not [node for node in annotations if isinstance(node, ast.Subscript | ast.BinOp)]


@pytest.mark.parametrize(
    ("found", "remedy"),
    [(None, "Install it, or say which: make PYTHON=python3.12"), ("python3.13", "make PYTHON=python3.13 run")],
)
def test_an_old_python_is_one_line_that_says_what_to_do(found: str | None, remedy: str) -> None:
    line = bootstrap.version_problem((3, 9), found)
    assert "Rounds needs Python 3.11 or newer, this is 3.9." in line
    assert remedy in line
    assert "\n" not in line


def test_a_finished_venv_is_left_alone(tmp_path: Path) -> None:
    venv, requirements = finished_venv(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in venv.rglob("*") if path.is_file()}
    done = run(tmp_path, "--venv", str(venv), "--requirements", str(requirements))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path: path.stat().st_mtime_ns for path in venv.rglob("*") if path.is_file()} == before


def test_a_venv_is_not_ready_any_more_when_what_it_was_made_for_has_changed(tmp_path: Path) -> None:
    venv, requirements = finished_venv(tmp_path)
    assert bootstrap.is_ready(venv, requirements)
    requirements.write_text("django==5.2.20\n")
    assert not bootstrap.is_ready(venv, requirements)
    assert bootstrap.is_reusable(venv)


def test_an_interrupted_venv_is_made_anew(tmp_path: Path) -> None:
    venv, _ = finished_venv(tmp_path)
    (venv / bootstrap.STAMP).unlink()
    (venv / bootstrap.UNFINISHED).touch()
    assert not bootstrap.is_reusable(venv)


def test_a_venv_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    venv, requirements = finished_venv(tmp_path)
    for python in (venv / "bin").glob("python*"):
        python.unlink()
    assert not bootstrap.is_ready(venv, requirements)
    assert not bootstrap.is_reusable(venv)


def test_a_venv_that_was_moved_is_made_anew(tmp_path: Path) -> None:
    venv, requirements = finished_venv(tmp_path)
    moved = venv.rename(tmp_path / "moved")
    assert not bootstrap.is_ready(moved, requirements)
    assert not bootstrap.is_reusable(moved)


def test_a_file_in_the_way_is_never_removed(tmp_path: Path) -> None:
    (tmp_path / ".venv").write_text("mine")
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    done = run(tmp_path, "--requirements", "requirements.txt")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("rounds: .venv is in the way")
    assert (tmp_path / ".venv").read_text() == "mine"


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "WARNING: Retrying ... NewConnectionError('...: [Errno -3] Temporary failure in name resolution')\n"
            "ERROR: No matching distribution found for django==5.2.19",
            "can't be reached: look at the network",
        ),
        ("ERROR: No matching distribution found for django==5.2.19", "django==5.2.19 was not found for Python 3."),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: Failed building wheel for psycopg", "take another one, like: make PYTHON=python3.12"),
        ("ERROR: something nobody has seen", "var/setup.log says why"),
    ],
)
def test_what_pip_says_becomes_one_line_that_says_what_to_do(log: str, words: str) -> None:
    line = bootstrap.remedy(log, Path(".venv"))
    assert words in line
    assert "\n" not in line


@pytest.mark.slow
def test_without_a_network_the_line_names_it_and_the_next_run_starts_anew(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1", "PIP_FIND_LINKS": ""}
    done = run(tmp_path, "--requirements", "requirements.txt", PIP_NO_CACHE_DIR="1", **offline)
    assert done.returncode == 1
    assert "the package index can't be reached" in done.stderr.splitlines()[-1]
    assert (tmp_path / ".venv" / bootstrap.UNFINISHED).exists()
    assert "NewConnectionError" in (tmp_path / "var" / "setup.log").read_text()
