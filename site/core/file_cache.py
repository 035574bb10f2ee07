"""A cache in files that several processes may count in, for a site without Redis.

Django's own keeps all entries in one folder and lists that folder with every entry it writes; and two processes that
count at once count one. Here each entry lies in one of 256 folders, and who counts waits for the folder's turn.
"""

from __future__ import annotations

import fcntl
import pickle
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

FOLDERS = 256
#: One in so many writes looks into some folder for what can be thrown out.
LOOKS_EVERY = 16


class CountingFileCache(FileBasedCache):
    """Adding and counting are atomic over all processes of a machine, and counting leaves the time to live alone."""

    _dir: str

    def set(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except FileNotFoundError:  # no entry was in this folder yet, or somebody deleted it
            self._file(key, version).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            super().set(key, value, timeout, version)

    def add(self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._alone(key, version):
            return super().add(key, value, timeout, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError when there is no such entry."""
        with self._alone(key, version):
            value = self.get(key, version=version)
            if value is None:
                raise ValueError(f"there is no entry {key!r}")
            self.set(key, value + delta, self._seconds_left(key, version), version)
            return int(value + delta)

    @contextmanager
    def _alone(self, key: Any, version: int | None) -> Iterator[None]:
        """Let no other process or thread count in the entry's folder."""
        folder = self._file(key, version).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file is closed, by the end of a process too
            yield

    def _seconds_left(self, key: Any, version: int | None) -> float | None:
        with self._file(key, version).open("rb") as file:
            expiry: float | None = pickle.load(file)  # noqa: S301 - written by ourselves, as in Django's own
        return None if expiry is None else max(expiry - time.time(), 0.0)

    def _file(self, key: Any, version: int | None) -> Path:
        return Path(self._key_to_file(key, version))

    def _key_to_file(self, key: Any, version: int | None = None) -> str:
        whole = Path(super()._key_to_file(key, version))  # type: ignore[misc]
        return str(whole.parent / whole.name[:2] / whole.name)

    def _list_cache_files(self) -> list[str]:
        return [str(file) for file in Path(self._dir).glob(f"*/*{self.cache_suffix}")]

    def _cull(self) -> None:
        """Throw out what has expired, then by chance what is too much: in one folder, once in a while."""
        if random.randrange(LOOKS_EVERY):  # noqa: S311 - no secret
            return
        folder = Path(self._dir) / f"{random.randrange(FOLDERS):02x}"  # noqa: S311 - no secret
        files = [str(file) for file in folder.glob(f"*{self.cache_suffix}")]
        if len(files) * FOLDERS <= self._max_entries:
            return
        kept = [file for file in files if not self._has_expired(file)]
        if len(kept) * FOLDERS > self._max_entries:
            for file in random.sample(kept, len(kept) // max(self._cull_frequency, 1)):
                Path(file).unlink(missing_ok=True)

    def _has_expired(self, file: str) -> bool:
        """Whether it had expired; then it is gone."""
        try:
            with Path(file).open("rb") as entry:
                return bool(self._is_expired(entry))  # type: ignore[attr-defined]
        except FileNotFoundError:
            return True
