"""The file of a backup: what is written is read again, and everything else is refused with words."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.backup import media
from core.backup.archive import MANIFEST, MediaSum, read_manifest, reading, writing
from core.backup.errors import ArchiveError, BackupError
from core.backup.manifest import FORMAT, Head, Manifest
from core.backup.tables import refuse_unknown
from core.backup.workroom import workroom

HEAD = Head(format=FORMAT, made_at=datetime(2026, 3, 2, 12, 0, tzinfo=UTC), vendor="sqlite")
DATABASE = b"rows" * 5000
FILES = {"a.jpg": b"picture" * 900, "documents/ä.pdf": b"%PDF", "empty": b""}


def make(file: Path, files: dict[str, bytes] = FILES) -> Manifest:
    snapshot = file.with_name("snapshot")
    snapshot.write_bytes(DATABASE)
    with file.open("wb") as output, writing(output, HEAD) as archive:
        archive.add_database(snapshot)
        for name, content in files.items():
            archive.add_media(name, io.BytesIO(content), len(content))
        return archive.finish(migrations=("core.0001_initial",), rows={"core_thing": 3}, bucket="")


def read(file: Path) -> tuple[Head, dict[str, bytes], Manifest | None]:
    found: dict[str, bytes] = {}
    manifest = None
    with reading(file) as (head, members):
        for member in members:
            if member.name == MANIFEST:
                manifest = read_manifest(member)
            else:
                found[member.name] = b"".join(member.pieces())
    return head, found, manifest


def tar_of(file: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(file, "w:gz") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return file


def plain(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo(name), content


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = make(tmp_path / "file")
    head, found, manifest = read(tmp_path / "file")
    assert (head, manifest) == (HEAD, made)
    assert found == {"database": DATABASE, **{f"media/{name}": content for name, content in FILES.items()}}
    assert made.media.files == 3
    assert made.media.size == sum(map(len, FILES.values()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no archive at all",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"text " * 500, mtime=0),
        gzip.compress(b"\0" * 10240, mtime=0),
        b"\x1f\x8b",
        b"\x1f\x8b\x08" + b"\0" * 40,
    ],
    ids=["empty", "words", "gzip of nothing", "gzip of words", "gzip of zeros", "two bytes", "a head alone"],
)
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ArchiveError, match="no backup of Rounds"):
        read(tmp_path / "file")


@pytest.mark.parametrize(
    "head",
    [
        b"{}",
        b"[]",
        b"not json",
        b'{"rounds_backup": "1"}',
        b'{"rounds_backup": 1}',
        b'{"rounds_backup": 1, "made_at": "2026-03-02"}',
    ],
)
def test_somebody_elses_archive_is_refused(tmp_path: Path, head: bytes) -> None:
    with pytest.raises(ArchiveError, match="no backup of Rounds"):
        read(tar_of(tmp_path / "file", plain("rounds-backup.json", head)))
    with pytest.raises(ArchiveError, match="no backup of Rounds"):
        read(tar_of(tmp_path / "file", plain("photos/cat.jpg", b"cat")))


def test_a_newer_format_is_refused_and_says_what_to_install(tmp_path: Path) -> None:
    newer = replace(HEAD, format=FORMAT + 1).dump()
    with pytest.raises(ArchiveError, match="newer version of Rounds"):
        read(tar_of(tmp_path / "file", plain("rounds-backup.json", newer)))


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("media/../../etc/passwd"),
        tarfile.TarInfo("media/a/../../../b"),
        tarfile.TarInfo("/etc/passwd"),
        tarfile.TarInfo("media//a"),
        tarfile.TarInfo("media/./a"),
        tarfile.TarInfo("other"),
        link("media/a", "/etc/passwd", tarfile.SYMTYPE),
        link("media/a", "database", tarfile.LNKTYPE),
        link("media/a", "", tarfile.CHRTYPE),
        link("media/a", "", tarfile.FIFOTYPE),
        link("media/a", "", tarfile.DIRTYPE),
    ],
    ids=lambda member: f"{member.name}-{member.type.decode()}",
)
def test_what_could_leave_its_folder_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    file = tar_of(tmp_path / "file", plain("rounds-backup.json", HEAD.dump()), (member, b""))
    with pytest.raises(ArchiveError, match="no backup holds"):
        read(file)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=1, max_value=2000))
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    make(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "file").write_bytes(whole[: max(0, len(whole) - cut)])
    with pytest.raises(ArchiveError):
        read(tmp_path / "file")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(min_value=10), bit=st.integers(min_value=0, max_value=7))
def test_no_flipped_bit_passes(tmp_path: Path, place: int, bit: int) -> None:
    make(tmp_path / "whole")
    damaged = bytearray((tmp_path / "whole").read_bytes())
    damaged[10 + place % (len(damaged) - 10)] ^= 1 << bit  # the first ten bytes are gzip's own head
    (tmp_path / "file").write_bytes(damaged)
    try:
        found = read(tmp_path / "file")
    except ArchiveError:
        return
    assert found == read(tmp_path / "whole"), "only bits that mean nothing may pass: deflate pads its last byte"


def test_something_after_the_manifest_is_refused(tmp_path: Path) -> None:
    manifest = make(tmp_path / "whole")
    file = tar_of(
        tmp_path / "file",
        plain("rounds-backup.json", HEAD.dump()),
        plain("manifest.json", manifest.dump()),
        plain("database", b"another"),
    )
    with pytest.raises(ArchiveError, match="after its manifest"):
        read(file)


@pytest.mark.parametrize("lack", ["head", "migrations", "rows", "database", "media"])
def test_a_manifest_that_lacks_something_is_refused(tmp_path: Path, lack: str) -> None:
    document = json.loads(make(tmp_path / "file").dump())
    del document[lack]
    with pytest.raises(ArchiveError, match="lacks something"):
        Manifest.load(json.dumps(document).encode())


def test_a_migration_that_nobody_here_knows_is_refused() -> None:
    refuse_unknown(["core.0001_initial", "django_rq.0001_initial"])
    with pytest.raises(ArchiveError, match="another version of Rounds"):
        refuse_unknown(["core.0001_initial", "core.9999_from_the_future"])


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "file", {"a": b"1", "b": b""})
    staged = media.Staged(tmp_path / "media", tmp_path / "staging")
    with reading(tmp_path / "file") as (_, members):
        next(members)
        staged.receive("same", next(members))
        with pytest.raises(ArchiveError, match="twice"):
            staged.receive("same", next(members))


def test_a_workroom_is_private_tidied_and_for_one_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / ".work"
    folder.mkdir()
    (folder / "left behind").write_text("by a killed process")
    with workroom(folder) as room:
        assert list(room.iterdir()) == []
        with pytest.raises(BackupError, match="Another process"), workroom(folder):
            pass
    assert not folder.exists()
    with workroom(folder) as room:
        assert stat.S_IMODE(room.stat().st_mode) == 0o700


# The media, without any archive around them


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {name: path.read_text() for name, path in media.walk(folder)}


OLD = {"same": "old", "gone/deep/file": "old", "kept": "kept"}
NEW = {"same": "new", "fresh/file": "new", "kept": "kept"}


@pytest.fixture
def staged(tmp_path: Path) -> Callable[[], media.Staged]:
    put(tmp_path / "media", OLD)
    put(tmp_path / "media" / media.STAGING, NEW)
    return lambda: media.Staged(tmp_path / "media", tmp_path / "media" / media.STAGING)


def test_before_the_database_changes_no_old_file_does(tmp_path: Path, staged: Callable[[], media.Staged]) -> None:
    staged().add()
    assert contents(tmp_path / "media") == {**NEW, **OLD}
    staged().take_back()
    assert contents(tmp_path / "media") == OLD


def test_afterwards_the_media_are_those_of_the_backup(tmp_path: Path, staged: Callable[[], media.Staged]) -> None:
    staged().add()
    staged().finish()
    assert contents(tmp_path / "media") == NEW
    assert not (tmp_path / "media" / "gone").exists()


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    put(tmp_path / "other disk", {"picture": "1"})
    folder = put(tmp_path / "media", {"a": "2"})
    (folder / "pictures").symlink_to(tmp_path / "other disk")
    (folder / "again").symlink_to(folder)
    assert contents(folder) == {"a": "2", "pictures/picture": "1"}


def test_the_sum_of_the_media_tells_names_from_contents() -> None:
    def sum_of(*files: tuple[str, bytes]) -> str:
        found = MediaSum()
        for name, content in files:
            found.begin(name, len(content))
            found.feed(content)
        return found.media().sha256

    assert len({sum_of(("a", b"bc")), sum_of(("ab", b"c")), sum_of(("a", b"b"), ("c", b"")), sum_of()}) == 4
