"""Makes the virtual environment: what `make setup` runs, with nothing but the standard library.

Any Python from 3.6 on gets far enough to say in one line that it is too old (hence the quoted types). Whatever goes
wrong ends in one line that names the remedy; the details are in `var/setup.log`.

A venv that was finished carries a stamp (what was installed, where, for which Python); as long as it holds, nothing is
done. A venv that was interrupted carries a mark, and is made anew.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

NEEDED = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
STAMP = ".rounds-setup"
UNFINISHED = ".rounds-unfinished"
LOG = Path("var", "setup.log")

#: What pip says -> what to do about it. The first that is found in the log wins.
REMEDIES = (
    (r"No space left on device", "the disk is full: make room, then run it again"),
    (
        r"No matching distribution found for (?P<what>\S+)",
        "{what} was not found for Python {python}: look at the network and the package index (PIP_INDEX_URL), "
        "or take another Python, like: make PYTHON=python3.12",
    ),
    (
        r"Failed (?:building wheel|to build)|Could not build wheels|metadata-generation-failed",
        "a package has no build for Python {python} on this machine: take another one, like: make PYTHON=python3.12",
    ),
    (r"THESE PACKAGES DO NOT MATCH THE HASHES", "a download was damaged: run it again"),
    (r"Permission denied", "a file can't be written: look at who owns {venv} and pip's cache"),
)
#: Comes before all others: pip ends a lost network with "No matching distribution" too.
OFFLINE = re.compile(
    r"NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|NameResolutionError|Max retries exceeded"
    r"|Temporary failure in name resolution|Network is unreachable|Connection refused|SSLError"
)


class SetupError(Exception):
    """The one line that is shown."""


def version_problem(version: "tuple[int, ...]", found: "str | None") -> str:
    """The line for a Python that is too old. `found` is a newer one on this machine, or None."""
    return "Rounds needs Python {}.{} or newer, this is {}.{}. {}: make PYTHON={} run".format(
        *NEEDED,
        *version[:2],
        "There is a newer one here" if found else "Install it, or say which",
        found or "python3.12",
    )


def newer_python() -> "str | None":
    """A Python on PATH that is new enough and really starts (a version manager's shim may not)."""
    for name in NEWER:
        if (
            shutil.which(name)
            and subprocess.call([name, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
        ):
            return name
    return None


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def python_of(venv: Path) -> Path:
    return venv / "bin" / "python"


def version_of(venv: Path) -> str:
    """The venv's Python as "3.11", or "" where it doesn't start (its Python was upgraded or taken away)."""
    command = [str(python_of(venv)), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.check_output(command, stderr=subprocess.DEVNULL).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def stamp_of(venv: Path, requirements: Path) -> str:
    # The path is part of it: a venv that was moved has scripts that point to where it was.
    state = {"requirements": fingerprint(requirements), "venv": str(venv.resolve()), "python": version_of(venv)}
    return json.dumps(state, sort_keys=True)


def is_ready(venv: Path, requirements: Path) -> bool:
    try:
        return (venv / STAMP).read_text() == stamp_of(venv, requirements)
    except (OSError, UnicodeDecodeError):
        return False


def is_reusable(venv: Path) -> bool:
    """True for a venv that works and only holds other packages than it should."""
    version = version_of(venv)
    return (
        (venv / "pyvenv.cfg").is_file()
        and not (venv / UNFINISHED).exists()
        and (venv / "lib" / f"python{version}").is_dir()
        and tuple(int(part) for part in version.split(".")) >= NEEDED
        and was_made_here(venv)
    )


def was_made_here(venv: Path) -> bool:
    """False where the stamp names another folder: the checkout was moved or copied."""
    try:
        return bool(json.loads((venv / STAMP).read_text())["venv"] == str(venv.resolve()))
    except (OSError, ValueError, KeyError):
        return True


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(command: "list[str]", *, progress: bool = False) -> int:
    """Run it with its output in the log. Nothing of the caller's Python settings reaches it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    clean.update({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"})
    with LOG.open("ab") as log:
        log.write(("$ " + " ".join(command) + "\n").encode())
        log.flush()
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean) as child:
            count = 0
            for line in child.stdout or ():
                log.write(line)
                log.flush()
                count += line.startswith(b"Collecting ")
                if progress and sys.stderr.isatty():
                    say_again(f"  {count} packages" if not line.startswith(b"Installing") else "  unpacking them")
    if progress and sys.stderr.isatty():
        say_again("")
    return child.returncode


def say_again(text: str) -> None:
    """Overwrite the last line of a terminal."""
    sys.stderr.write("\r\033[K" + text)
    sys.stderr.flush()


def make_venv(venv: Path) -> None:
    """An empty venv, marked as unfinished before anything is in it.

    Raises:
        SetupError: this Python can't make one, or the folder can't be written.
    """
    if venv.is_symlink() or venv.is_file():
        raise SetupError(f"{venv} is in the way: it should be a folder that Rounds makes. Move it away")
    if venv.exists():
        shutil.rmtree(venv)
    venv.mkdir(parents=True)
    (venv / UNFINISHED).touch()
    if run([sys.executable, "-m", "venv", str(venv)]) != 0:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        raise SetupError(
            f"this Python can't make a virtual environment ({LOG} says why). On Debian and Ubuntu: "
            f"apt-get install python3-venv (or {package}), then run it again"
        )


def install(venv: Path, requirements: Path) -> None:
    """Install the pins.

    Raises:
        SetupError: pip failed; the line says what to do about it.
    """
    python = str(python_of(venv))
    (venv / UNFINISHED).touch()
    with contextlib.suppress(FileNotFoundError):
        (venv / STAMP).unlink()
    if run([python, "-m", "pip", "--version"]) != 0 and run([python, "-m", "ensurepip"]) != 0:
        raise SetupError(f"{venv} has no pip: remove the folder {venv}, then run it again")
    start = LOG.stat().st_size
    command = [python, "-m", "pip", "install", "--no-input", "--progress-bar", "off", "-r", str(requirements)]
    if run(command, progress=True) != 0:
        with LOG.open("rb") as log:
            log.seek(start)
            raise SetupError(remedy(log.read().decode(errors="replace"), venv))


def remedy(log: str, venv: Path) -> str:
    """What to do about the failure that pip's output describes."""
    if OFFLINE.search(log):
        return f"the package index can't be reached: look at the network (or proxy), then run it again. Details: {LOG}"
    for pattern, text in REMEDIES:
        found = re.search(pattern, log)
        if found:
            words = {"what": "", "python": "{}.{}".format(*sys.version_info[:2]), "venv": venv, **found.groupdict()}
            return text.format(**words) + f". Details: {LOG}"
    return f"pip could not install the packages: the end of {LOG} says why"


def set_up(venv: Path, requirements: Path) -> None:
    """Make or mend the venv.

    Raises:
        SetupError: with the one line to show.
    """
    started = time.monotonic()
    if not is_reusable(venv):
        say(f"Setting up Rounds in {venv} (once; the packages are about 150 MB). Details: {LOG}")
        make_venv(venv)
    else:
        say(f"The requirements have changed: bringing {venv} up to date. Details: {LOG}")
    install(venv, requirements)
    (venv / STAMP).write_text(stamp_of(venv, requirements))
    (venv / UNFINISHED).unlink()
    say(f"Set up in {time.monotonic() - started:.0f} s.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the virtual environment and install the pinned packages.")
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    parser.add_argument("--requirements", type=Path, default=Path("requirements-dev.txt"))
    return parser.parse_args()


def set_up_once(venv: Path, requirements: Path) -> None:
    """Do what is left to do. Of two terminals that call it at once, the second waits and finds everything done.

    Raises:
        SetupError: with the one line to show.
    """
    LOG.parent.mkdir(exist_ok=True)
    if is_ready(venv, requirements):
        return
    if sys.version_info < NEEDED:
        raise SetupError(version_problem(tuple(sys.version_info[:2]), newer_python()))
    with (LOG.parent / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_ready(venv, requirements):
            LOG.write_bytes(b"")
            set_up(venv, requirements)


def main() -> None:
    given = arguments()
    try:
        set_up_once(given.venv, given.requirements)
    except SetupError as error:
        sys.exit(f"rounds: {error}")
    except OSError as error:
        sys.exit(f"rounds: setup stopped at {error.filename or LOG}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit("rounds: setup interrupted; run it again to finish")


if __name__ == "__main__":
    main()
