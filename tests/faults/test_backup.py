"""A backup of a publication that runs, and putting it back: with real commands on a real database and a real folder."""

from __future__ import annotations

import io
import json
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.publication import call, database_file, leftovers, media, query, rows
from tests.faults.site import LiveSite, repeated, wait_for

pytestmark = pytest.mark.slow

Members = list[tuple[tarfile.TarInfo, bytes]]


def seed(site: LiveSite) -> dict[str, str]:
    ids: dict[str, int] = json.loads(site.run("tests/faults/seed_backup.py"))
    return {name: str(pk) for name, pk in ids.items()}


def test_what_was_backed_up_comes_back_and_nothing_is_sent_before_somebody_says_so(
    live_site: LiveSite, tmp_path: Path
) -> None:
    ids = seed(live_site)
    file = tmp_path / "rounds.backup"
    before, pictures = rows(live_site), media(live_site)
    made = call(live_site, "backup", str(file))
    assert made.code == 0, made.errors
    assert "SECRET_KEY is not in it" in made.errors
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows(live_site) == before

    content = file.read_bytes()
    again = call(live_site, "backup", str(file))
    assert (again.code, file.read_bytes()) == (1, content)
    assert "is there already" in again.errors

    query(live_site, "UPDATE newsletter_newsletter SET name = 'Something else'")
    (live_site.folder / "media/pictures/dawn.jpg").write_bytes(b"another picture of that name")
    (live_site.folder / "media/documents/consent.pdf").unlink()
    (live_site.folder / "media/later.jpg").write_bytes(b"of a story that the backup does not know")
    changed = rows(live_site)
    refused = call(live_site, "restore", str(file))
    assert (refused.code, rows(live_site)) == (1, changed)
    assert "holds a publication" in refused.errors

    restored = call(live_site, "restore", str(file), "--force")
    assert restored.code == 0, restored.errors
    assert "Campaigns that wait for you: 3." in restored.output
    assert media(live_site) == pictures
    assert query(live_site, "SELECT name FROM newsletter_newsletter") == ["Rounds"]
    assert [live_site.show(ids[name])["state"] for name in ids] == ["held", "held", "held", "sent"]
    assert "restored from a backup" in live_site.show(ids["free"])["reason"]
    assert live_site.counts(ids["claimed"])["uncertain"] == 20
    assert live_site.counts(ids["free"])["pending"] == 20
    live_site.finish()
    assert live_site.server.received == []
    assert leftovers(live_site) == []


def test_a_backup_taken_while_a_worker_sends_is_of_one_moment_and_sends_nothing_again(
    live_site: LiveSite, tmp_path: Path
) -> None:
    campaign = live_site.seed(2000)
    live_site.start_worker()
    wait_for(lambda: len(live_site.server.received) >= 100)
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    wait_for(lambda: len(live_site.server.received) == 2000)
    live_site.wait_for_state(campaign, "sent")
    for worker in live_site.workers:
        worker.terminate()
        worker.wait(20)

    restored = call(live_site, "restore", str(tmp_path / "file"), "--force")
    assert restored.code == 0, restored.errors
    counts = live_site.counts(campaign)
    assert live_site.show(campaign)["state"] == "held"
    assert sum(counts.values()) == 2000
    assert (counts["handed_over"], counts["accepted"] + counts["uncertain"] > 0) == (0, True)
    live_site.finish()
    assert repeated(live_site.server.recipients) == {}

    pending = {row["address"] for row in live_site.ledger(campaign) if row["state"] == "pending"}
    live_site.manage("campaign", "release", campaign)
    live_site.finish()
    assert set(repeated(live_site.server.recipients)) == pending, "only what a person let go"
    assert live_site.counts(campaign)["uncertain"] == counts["uncertain"]


def test_a_worker_that_runs_is_in_the_way(live_site: LiveSite, tmp_path: Path) -> None:
    seed(live_site)
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    query(live_site, "UPDATE newsletter_campaign SET state = 'sent'")
    live_site.start_worker()
    live_site.wait_for_clock()
    refused = call(live_site, "restore", str(tmp_path / "file"), "--force")
    assert refused.code == 1
    assert "A worker is running" in refused.errors


def test_an_older_publication_is_brought_to_this_version(live_site: LiveSite, tmp_path: Path) -> None:
    live_site.manage("migrate", "newsletter", "0009", "-v0")
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    live_site.manage("migrate", "-v0")
    restored = call(live_site, "restore", str(tmp_path / "file"), "--force")
    assert restored.code == 0, restored.errors
    live_site.manage("migrate", "--check")
    live_site.finish()


def test_a_bucket_is_not_in_the_backup_and_that_is_said(live_site: LiveSite, tmp_path: Path) -> None:
    seed(live_site)
    made = call(live_site, "backup", str(tmp_path / "file"), MEDIA_STORAGE="s3://pictures")
    assert made.code == 0, made.errors
    assert "s3://pictures, which is not in it" in made.errors
    before = media(live_site)
    restored = call(live_site, "restore", str(tmp_path / "file"), "--force")
    assert "were left as they are" in restored.errors
    assert media(live_site) == before


def test_on_a_new_machine_it_needs_no_database_and_no_media(live_site: LiveSite, tmp_path: Path) -> None:
    seed(live_site)
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    folder = tmp_path / "new-machine"
    folder.mkdir()
    new = LiveSite(folder=folder, database_url=f"sqlite:///{folder}/rounds.sqlite3", server=live_site.server)
    if live_site.database_url.startswith("postgres"):
        query(live_site, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        new.database_url = live_site.database_url
    restored = call(new, "restore", str(tmp_path / "file"))
    assert restored.code == 0, restored.errors
    assert media(new) == media(live_site)
    assert query(new, "SELECT COUNT(*) FROM newsletter_subscription") == [20]


def test_a_broken_database_is_replaced_when_told_so(live_site: LiveSite, tmp_path: Path) -> None:
    if live_site.database_url.startswith("postgres"):
        pytest.skip("a file is only what SQLite has")
    seed(live_site)
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    file = database_file(live_site)
    file.write_bytes(b"no database " * 1000)
    file.with_name(file.name + "-wal").write_bytes(b"a log that belongs to another file")
    assert call(live_site, "restore", str(tmp_path / "file")).code == 1
    restored = call(live_site, "restore", str(tmp_path / "file"), "--force")
    assert restored.code == 0, restored.errors
    assert query(live_site, "SELECT COUNT(*) FROM newsletter_subscription") == [20]


# Files that are refused


def unpacked(file: Path) -> Members:
    with tarfile.open(file) as tar:
        return [(member, (tar.extractfile(member) or io.BytesIO()).read()) for member in tar]


def packed(file: Path, members: Members) -> None:
    with tarfile.open(file, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def in_manifest(members: Members, old: bytes, new: bytes) -> None:
    member, content = members[-1]
    assert old in content
    members[-1] = (member, content.replace(old, new))


def another_database(members: Members) -> None:
    members[1] = (members[1][0], members[1][1][:-1] + b"?")


def another_picture(members: Members) -> None:
    members[2] = (members[2][0], b"?" + members[2][1][1:])


def a_picture_less(members: Members) -> None:
    del members[2]


def a_way_out(members: Members) -> None:
    members.insert(2, (tarfile.TarInfo("media/../../escaped"), b"out"))


def a_link(members: Members) -> None:
    link = tarfile.TarInfo("media/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    members.insert(2, (link, b""))


def a_migration_of_tomorrow(members: Members) -> None:
    in_manifest(members, b'"core.0001_initial"', b'"core.0001_initial", "core.9999_tomorrow"')


def another_kind_of_database(members: Members) -> None:
    head = members[0][1]
    other = head.replace(b"sqlite", b"postgresql") if b"sqlite" in head else head.replace(b"postgresql", b"sqlite")
    members[0] = (members[0][0], other)


def other_numbers(members: Members) -> None:
    in_manifest(members, b'"newsletter_subscription": 20', b'"newsletter_subscription": 21')


def test_a_file_that_is_not_right_changes_nothing(live_site: LiveSite, tmp_path: Path) -> None:
    seed(live_site)
    assert call(live_site, "backup", str(tmp_path / "file")).code == 0
    content = (tmp_path / "file").read_bytes()
    before, pictures = rows(live_site), media(live_site)
    bad = tmp_path / "bad"

    def refused(what: str, said: str) -> None:
        done = call(live_site, "restore", str(bad), "--force")
        assert (done.code, done.output) == (1, ""), what
        assert said in done.errors, what
        assert "Traceback" not in done.errors, what
        assert (rows(live_site), media(live_site)) == (before, pictures), what
        assert leftovers(live_site) == [], what

    refused("no file", "No such file")
    bad.write_bytes(content[: len(content) // 2])
    refused("cut off", "The file is damaged")
    bad.write_bytes(b"another thing")
    refused("foreign", "no backup of Rounds")
    changes: list[tuple[Callable[[Members], None], str]] = [
        (another_database, "its database is not the one"),
        (another_picture, "its media files are not those"),
        (a_picture_less, "its media files are not those"),
        (a_way_out, "no backup holds"),
        (a_link, "no backup holds"),
        (a_migration_of_tomorrow, "another version of Rounds"),
        (another_kind_of_database, "Restore it where it came from"),
        (other_numbers, "its database is not whole"),
    ]
    for change, said in changes:
        members = unpacked(tmp_path / "file")
        change(members)
        packed(bad, members)
        refused(change.__name__, said)
    assert not (tmp_path / "escaped").exists()
