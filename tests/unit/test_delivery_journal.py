"""The journal of a chunk: what it keeps, and which journals are not believed."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from newsletter.delivery import journal as journals
from newsletter.delivery.journal import Journal, JournalError, Mark, path_of, sweep

CLAIM = (7, 3, 101, 600)  # chunk, fence, first id, last id
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.NEWSLETTER_JOURNAL_DIR = tmp_path / "journals"
    return tmp_path / "journals"


def written(marks: dict[int, Mark]) -> None:
    journal = Journal.create(*CLAIM)
    for delivery, mark in marks.items():
        journal.mark(delivery, mark)
    journal.close()


def test_a_fresh_journal_says_that_everything_is_untouched() -> None:
    journal = Journal.create(*CLAIM)
    assert {journal.read(delivery) for delivery in range(101, 601)} == {Mark.UNTOUCHED}
    assert not journal.is_void
    journal.close()


@settings(max_examples=50)
@given(marks=st.dictionaries(st.integers(101, 600), st.sampled_from(Mark)))
def test_each_delivery_has_a_mark_of_its_own(marks: dict[int, Mark]) -> None:
    written(marks)
    journal = Journal.open(*CLAIM)
    found = {delivery: journal.read(delivery) for delivery in range(101, 601)}
    journal.close()
    assert found == {**dict.fromkeys(range(101, 601), Mark.UNTOUCHED), **marks}


def test_the_last_mark_counts() -> None:
    written({101: Mark.HANDED_OVER})
    journal = Journal.open(*CLAIM)
    journal.mark(101, Mark.ACCEPTED)
    journal.close()
    again = Journal.open(*CLAIM)
    assert again.read(101) == Mark.ACCEPTED
    again.close()


def test_a_journal_that_is_void_is_so_for_everybody_who_has_it_open() -> None:
    worker = Journal.create(*CLAIM)
    finder = Journal.open(*CLAIM)
    finder.void()
    assert worker.is_void
    worker.close()
    finder.close()


def test_what_one_process_marks_before_it_is_killed_another_one_reads(folder: Path) -> None:
    code = (
        "import os, signal, sys, django; from django.conf import settings;"
        f"settings.configure(NEWSLETTER_JOURNAL_DIR={str(folder)!r});"
        "from newsletter.delivery.journal import Journal, Mark;"
        f"journal = Journal.create(*{CLAIM!r});"
        "journal.mark(101, Mark.ACCEPTED); journal.mark(600, Mark.HANDED_OVER);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    journal = Journal.open(*CLAIM)
    assert [journal.read(delivery) for delivery in (101, 102, 600)] == [
        Mark.ACCEPTED,
        Mark.UNTOUCHED,
        Mark.HANDED_OVER,
    ]
    journal.close()


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut_by_a_byte(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def of_another_kind(path: Path) -> None:
    path.write_bytes(b"x" * path.stat().st_size)


def of_another_campaign(path: Path) -> None:
    other = Journal.create(CLAIM[0] + 1, CLAIM[1], CLAIM[2], CLAIM[3])
    other.close()
    other.path.replace(path)


def of_an_older_claim(path: Path) -> None:
    other = Journal.create(CLAIM[0], CLAIM[1] - 1, CLAIM[2], CLAIM[3])
    other.close()
    other.path.replace(path)


def of_an_earlier_boot(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(journals.boot().encode(), b"2" * 36))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "spoil",
    [
        missing,
        empty,
        cut_by_a_byte,
        longer,
        of_another_kind,
        of_another_campaign,
        of_an_older_claim,
        of_an_earlier_boot,
        a_folder,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_journal_that_can_not_be_believed_is_none(spoil: Callable[[Path], None]) -> None:
    written({101: Mark.ACCEPTED})
    spoil(path_of(*CLAIM[:2]))
    with pytest.raises(JournalError, match=r"chunk-7-3\.journal"):
        Journal.open(*CLAIM)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_journal_that_may_not_be_read_is_none() -> None:
    written({})
    path_of(*CLAIM[:2]).chmod(0)
    with pytest.raises(JournalError, match="can't be read"):
        Journal.open(*CLAIM)


def test_a_journal_is_for_its_owner_alone() -> None:
    journal = Journal.create(*CLAIM)
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700
    journal.close()


def test_a_journal_that_can_not_be_made_leaves_no_half(folder: Path) -> None:
    code = (
        "import resource, signal; from django.conf import settings;"
        f"settings.configure(NEWSLETTER_JOURNAL_DIR={str(folder)!r});"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "from newsletter.delivery.journal import Journal\n"
        f"try:\n    Journal.create(*{CLAIM!r})\nexcept OSError as error:\n    print(error.errno)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    assert int(done.stdout) == errno.EFBIG
    assert list(folder.iterdir()) == []


def test_a_journal_goes_with_what_was_booked() -> None:
    journal = Journal.create(*CLAIM)
    journal.remove()
    assert not journal.path.exists()
    with pytest.raises(JournalError):
        Journal.open(*CLAIM)


def test_only_old_journals_of_claims_that_are_over_are_swept(folder: Path) -> None:
    for chunk, fence in ((1, 1), (1, 2), (2, 5)):
        Journal.create(chunk, fence, 1, 5).close()
    (folder / "chunk-strange.journal").touch()
    assert sweep({1: 2}) == 0, "they are too young"
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert sweep({1: 2}) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["chunk-1-2.journal", "chunk-strange.journal"]
