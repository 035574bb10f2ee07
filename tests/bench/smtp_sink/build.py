"""Compiles the receiving end once per version of its source, into `var/`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).with_name("smtp_sink.c")
CACHE = Path(__file__).resolve().parents[3] / "var" / "smtp_sink"
FLAGS = ("-O2", "-Wall", "-Wextra")
INSTALL = "apt-get install gcc libc6-dev"


def missing(what: str, install: str) -> None:
    """Skip what needs a program that isn't there; in CI, where everything has to be, fail."""
    stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    stop(f"needs {what}: {install}")


def sink_program() -> Path:
    """The compiled program. Several processes may ask at once: each builds its own, and the last one stays."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    digest = hashlib.sha256(SOURCE.read_bytes() + repr((compiler, FLAGS)).encode()).hexdigest()
    program = CACHE / f"smtp_sink-{digest[:16]}"
    if program.exists():
        return program
    if compiler is None:
        missing("a C compiler", INSTALL)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        fresh = Path(folder) / "smtp_sink"
        done = subprocess.run(
            [str(compiler), *FLAGS, "-o", str(fresh), str(SOURCE)], capture_output=True, text=True, check=False
        )
        if "stdio.h" in done.stderr:
            missing("the C library's headers", INSTALL)
        assert done.returncode == 0, done.stderr
        assert not done.stderr, done.stderr
        fresh.replace(program)
    return program
