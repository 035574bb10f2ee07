"""What SpamAssassin thinks of a message: its own rules only, no network, nothing learned."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from typing import Any

from django.utils.translation import gettext as _

#: Local tests, a report at the end, no preferences of whoever runs it, and none written.
COMMAND = ("spamassassin", "--local", "--test-mode", "--nocreate-prefs", f"--prefspath={os.devnull}")
#: What it learned from this machine's mail says nothing about a reader's.
SETTINGS = ("use_bayes 0", "bayes_auto_learn 0", "report_safe 0")

_SCORE = re.compile(r"Content analysis details:\s+\((-?[\d.]+) points")
_LINE = re.compile(r"^\s*(-?\d+\.\d+)\s+([A-Z][A-Z0-9_]+)\s+(.*)$")


def ask(message: bytes, *, deadline: float) -> dict[str, Any]:
    """`{"score": 1.8, "rules": [{"name": .., "points": .., "words": ..}]}`, or `{"problem": ..}`."""
    program = shutil.which(COMMAND[0])
    if program is None:
        return {"problem": _("it is not installed here")}
    command = [program, *COMMAND[1:], *(f"--cf={line}" for line in SETTINGS)]
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "HOME": home}
        with subprocess.Popen(  # noqa: S603 - a fixed command; the message comes by its standard input
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                output, _errors = process.communicate(message, timeout=deadline)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)  # with what it started itself
                process.communicate()
                return {"problem": _("no answer within %(seconds)s seconds") % {"seconds": f"{deadline:.3g}"}}
    return read_report(output.decode("utf-8", "replace"))


def read_report(output: str) -> dict[str, Any]:
    """The report at the end of the message; words of the message itself that look like one stand before it."""
    start = output.rfind("Content analysis details:")
    found = _SCORE.match(output[start:]) if start >= 0 else None
    if found is None:
        return {"problem": _("its report could not be read")}
    rules: list[dict[str, Any]] = []
    for line in output[start:].splitlines()[1:]:
        if row := _LINE.match(line):
            rules.append({"name": row[2], "points": float(row[1]), "words": _in_words(row[2], row[3])})
        elif rules and line.startswith(" " * 20) and line.strip():
            rules[-1]["words"] += f" {line.strip()}"
    return {"score": float(found[1]), "rules": rules}


def _in_words(name: str, description: str) -> str:
    """Its own description, without the part that says which family of tests it is of."""
    return re.sub(r"^(?:BODY|HEADER|URI|META|RAW|FULL):\s*", "", description.strip()) or name
