"""The cache in files: counting by several processes at once, and throwing out what is too much."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from core import limits
from core.file_cache import CountingFileCache
from core.limits import Limit

SITE = Path(__file__).resolve().parents[2] / "site"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
COUNT = """
import sys
from django.conf import settings
settings.configure()
from core.file_cache import CountingFileCache
cache = CountingFileCache(sys.argv[1], {})
for _ in range(200):
    cache.add("sign-ups", 0, 60)
    cache.incr("sign-ups")
"""


def cache_in(folder: Path, **options: int) -> CountingFileCache:
    return CountingFileCache(str(folder), {"OPTIONS": options})


def files_in(folder: Path) -> int:
    return len(list(folder.glob("*/*.djcache")))


@pytest.mark.slow
def test_processes_that_count_at_once_lose_no_count(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(SITE)}
    processes = [subprocess.Popen(command, env=environment) for _ in range(3)]

    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert cache_in(tmp_path).get("sign-ups") == 600


def test_of_threads_that_add_at_once_one_wins(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda number: cache.add("first", number, 60), range(32)))

    assert won.count(True) == 1


def test_counting_leaves_the_time_to_live_alone(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    with time_machine.travel(NOW, tick=False) as time:
        cache.set("sign-ups", 1, 60)
        time.shift(timedelta(seconds=40))
        assert cache.incr("sign-ups", 2) == 3
        time.shift(timedelta(seconds=21))
        assert cache.get("sign-ups") is None
        with pytest.raises(ValueError, match="no entry"):
            cache.incr("sign-ups")


def test_a_deleted_folder_is_made_again(tmp_path: Path) -> None:
    cache = cache_in(tmp_path / "cache")
    cache.set("a", 1)
    for file in (tmp_path / "cache").glob("*/*"):
        file.unlink()
    for folder in (tmp_path / "cache").iterdir():
        folder.rmdir()

    cache.set("a", 2)
    cache.add("b", 3)

    assert (cache.get("a"), cache.get("b")) == (2, 3)


def test_a_full_cache_throws_out_what_expired_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.file_cache.LOOKS_EVERY", 1)
    monkeypatch.setattr("core.file_cache.random.randrange", lambda stop: 0)
    cache = cache_in(tmp_path, MAX_ENTRIES=512)  # two in each folder
    keys = [key for key in map(str, range(5000)) if cache._file(key, None).parent.name == "00"]
    with time_machine.travel(NOW, tick=False) as time:
        for key in keys[:2]:
            cache.set(key, "old", 10)
        time.shift(timedelta(seconds=11))
        for key in keys[2:4]:
            cache.set(key, "new", 60)
        assert [cache.get(key) for key in keys[2:4]] == ["new", "new"]
        for key in keys[4:]:
            cache.set(key, "new", 60)

    assert files_in(tmp_path) <= 4


def test_clearing_takes_everything(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    for number in range(20):
        cache.set(str(number), number)

    cache.clear()

    assert files_in(tmp_path) == 0


def test_a_limit_holds_until_its_window_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "cache", cache_in(tmp_path))
    limit = Limit(name="sign-ups", amount=3, every=timedelta(hours=1))

    assert [limit.spend("ada", now=NOW) for _ in range(5)] == [True, True, True, False, False]
    assert limit.spend("grace", now=NOW)
    assert not limit.spend("edith", now=NOW, cost=4)
    assert limit.spend("ada", now=NOW + timedelta(hours=1))
