"""Backups and restores that are killed: the old publication or the new one, never a half."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path

import pytest

from core.backup import crash_points
from tests.faults.processes import Process
from tests.faults.publication import call, leftovers, media, query, rows
from tests.faults.site import LiveSite

pytestmark = pytest.mark.slow


def test_a_killed_backup_leaves_no_file_and_the_next_one_tidies_up(live_site: LiveSite, tmp_path: Path) -> None:
    live_site.run("tests/faults/seed_backup.py")
    backups = tmp_path / "backups"
    backups.mkdir()
    for point in crash_points.BACKUP_POINTS:
        died = call(live_site, "backup", str(backups / "file"), BACKUP_CRASH_AT=point)
        assert died.code == -signal.SIGKILL
        assert [path.name for path in backups.iterdir()] == [".file.unfinished"], point
    assert call(live_site, "backup", str(backups / "file")).code == 0
    assert [path.name for path in backups.iterdir()] == ["file"]


def test_a_killed_backup_keeps_the_one_that_it_was_to_replace(live_site: LiveSite, tmp_path: Path) -> None:
    live_site.run("tests/faults/seed_backup.py")
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    before = (tmp_path / "file").read_bytes()
    died = call(live_site, "backup", str(tmp_path / "file"), "--force", BACKUP_CRASH_AT="before_rename")
    assert died.code == -signal.SIGKILL
    assert (tmp_path / "file").read_bytes() == before


def change(site: LiveSite) -> None:
    """What happened after the backup."""
    query(site, "UPDATE newsletter_newsletter SET name = 'Of today'")
    query(site, "UPDATE newsletter_campaign SET state = 'sent'")
    (site.folder / "media/pictures/dawn.jpg").write_bytes(b"another picture of that name")
    (site.folder / "media/pictures/today.jpg").write_bytes(b"today")
    (site.folder / "media/documents/consent.pdf").unlink(missing_ok=True)


def restore(site: LiveSite, file: Path, point: str = "") -> int:
    return call(site, "restore", str(file), "--force", BACKUP_CRASH_AT=point).code


def test_a_killed_restore_leaves_the_old_publication_or_the_new_one(live_site: LiveSite, tmp_path: Path) -> None:
    live_site.run("tests/faults/seed_backup.py")
    file = tmp_path / "file"
    assert call(live_site, "backup", str(file)).code == 0
    pictures = media(live_site)
    change(live_site)
    today, pictures_of_today = rows(live_site), media(live_site)

    for point in ("after_staging", "after_preparing", "before_commit"):
        assert restore(live_site, file, point) == -signal.SIGKILL
        assert rows(live_site) == today, point
        assert media(live_site).items() >= pictures_of_today.items(), point

    assert restore(live_site, file, "after_commit") == -signal.SIGKILL
    assert query(live_site, "SELECT name FROM newsletter_newsletter") == ["Rounds"]
    assert query(live_site, "SELECT COUNT(*) FROM newsletter_campaign WHERE state = 'held'") == [3]
    assert media(live_site).keys() >= pictures.keys()

    assert restore(live_site, file, "inside_media") == -signal.SIGKILL
    assert query(live_site, "SELECT name FROM newsletter_newsletter") == ["Rounds"]
    assert media(live_site).items() >= pictures.items()

    assert restore(live_site, file) == 0
    assert media(live_site) == pictures
    assert query(live_site, "SELECT COUNT(*) FROM newsletter_campaign WHERE state = 'held'") == [3]
    assert leftovers(live_site) == []


def test_a_restore_killed_at_any_moment_is_whole_one_way_or_the_other(live_site: LiveSite, tmp_path: Path) -> None:
    live_site.run("tests/faults/seed_backup.py")
    file = tmp_path / "file"
    assert call(live_site, "backup", str(file)).code == 0
    pictures = media(live_site)
    change(live_site)
    today, pictures_of_today = rows(live_site), media(live_site)
    began = time.monotonic()
    assert restore(live_site, file) == 0
    takes = time.monotonic() - began

    for _ in range(6):
        change(live_site)
        query(live_site, "UPDATE newsletter_campaign SET reason = '', retries = 0")
        before = rows(live_site)
        dying = Process(live_site._call(("manage.py", "restore", str(file), "--force"), name="dying"))
        time.sleep(takes * random.uniform(0.2, 1.0))
        dying.kill()
        if query(live_site, "SELECT name FROM newsletter_newsletter") == ["Rounds"]:
            assert query(live_site, "SELECT COUNT(*) FROM newsletter_campaign WHERE state = 'held'") == [3]
            assert media(live_site).keys() >= pictures.keys()
        else:
            assert rows(live_site) == before
            assert media(live_site).items() >= pictures_of_today.items()
    assert restore(live_site, file) == 0
    assert media(live_site) == pictures
    assert rows(live_site) != today
