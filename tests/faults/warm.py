"""What a process of a fault test has loaded before it begins: started once, then forked for each of them.

Starting Python, Django and Wagtail costs seconds, and these tests start hundreds of workers to kill them. A fork is a
process like any other: it has its own memory, connections and files, and dies of a signal as any does. It lives with
the settings that its environment names, as if it had just been started.

Imported by the fork server alone, never by a test.
"""

from __future__ import annotations

import gc
import importlib
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command, execute_from_command_line
from django.db import connections

from tests.faults.processes import Call

django.setup()
call_command("check", "--verbosity=0")  # loads the addresses, the admin, the checks: what every command loads
connections.close_all()
gc.collect()
gc.freeze()  # a collection in a fork would touch, and so copy, all of it


def serve(call: Call) -> None:
    """Run one command or script in this process, which ends with it."""
    os.chdir(call.root)
    os.environ.update(call.environment)
    for stream, file in ((1, call.output), (2, call.errors)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    _settle_in()
    program, *arguments = call.arguments
    sys.argv = [program, *arguments]
    if program == "manage.py":
        execute_from_command_line(sys.argv)
    else:
        runpy.run_path(str(Path(program)), run_name="__main__")


def _settle_in() -> None:
    """Read the environment again, as a start would."""
    from config.settings import base, dev
    from newsletter.delivery import crash_points

    importlib.reload(base)
    importlib.reload(dev)
    for name in filter(str.isupper, dir(dev)):
        setattr(settings, name, getattr(dev, name))
    handlers: list[Any] = [connections, caches]
    for handler in handlers:
        handler.__dict__.pop("settings", None)
        handler._settings = None
        for alias in handler:
            if hasattr(handler._connections, alias):
                delattr(handler._connections, alias)
    assert connections.settings["default"]["NAME"] == settings.DATABASES["default"]["NAME"]
    importlib.reload(crash_points)
