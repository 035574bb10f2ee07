"""The demo in one foreground group: what `make run` starts, until Ctrl-C stops all of it.

Standard output gets the addresses, one a line and each answering, then the logins. What the site, the worker and the
inbox have to say goes to standard error, a name before each line.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from multiprocessing import connection, parent_process
from types import FrameType
from typing import Any

from honcho import manager
from honcho.printer import Printer
from honcho.process import Process

HOST = "127.0.0.1"
#: A first start on a slow machine; a site that doesn't answer by then won't.
PATIENCE = 120
#: Seconds for a program to end by itself: the worker reads the answers to what it has sent.
GRACE = 15


class LaunchError(Exception):
    """The one line that is shown."""


class Child(Process):
    """A program of the group, which ends with the group even if the launcher is killed outright."""

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        # Out of the terminal's group: Ctrl-C reaches the launcher alone, which stops the rest in order.
        os.setpgrp()
        threading.Thread(target=self.follow_the_launcher, daemon=True).start()
        super().run(events, ignore_signals)

    def follow_the_launcher(self) -> None:
        launcher = parent_process()
        if launcher is not None:
            connection.wait([launcher.sentinel])
            with contextlib.suppress(ProcessLookupError, AttributeError):
                os.killpg(self._child.pid, signal.SIGTERM)


class Group(manager.Manager):  # type: ignore[misc]  # honcho has no types
    """The programs, each in a session of its own, so that what they start is stopped with them."""

    def __init__(self, announce: threading.Thread, *, grace: float = GRACE) -> None:
        super().__init__(Printer(sys.stderr))
        manager.KILL_WAIT = grace
        self._process_ctor = Child
        self._announce = announce
        self._asked = False
        #: The program that ended by itself, or "" where the group was asked to stop.
        self.culprit = ""

    def _start(self) -> None:
        super()._start()
        self._announce.start()  # after the forks: a forked thread's locks stay locked for ever

    def _all_started(self) -> bool:
        started = bool(super()._all_started())
        if started and self._asked:
            self.terminate()
        return started

    def terminate(self) -> None:
        """Stop all. Asked while some are still starting, it waits for them: nothing is left behind."""
        self._asked = True
        if self._terminating or not super()._all_started():
            return
        stopped = [name for name, state in self._processes.items() if state.get("returncode") is not None]
        if stopped and self.returncode not in {128 + signal.SIGINT, 128 + signal.SIGTERM}:
            self.culprit = stopped[0]
        super().terminate()
        last_resort = threading.Timer(manager.KILL_WAIT, self.kill)
        last_resort.daemon = True
        last_resort.start()


def address_in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False


def check_ports(ports: dict[str, int]) -> None:
    """
    Raises:
        LaunchError: a port is taken, or two programs would share one.
    """
    if len(set(ports.values())) < len(ports):
        raise LaunchError(f"{' and '.join(ports)} are both {next(iter(ports.values()))}: give them different ports")
    for name, port in ports.items():
        if address_in_use(port):
            raise LaunchError(
                f"port {port} is taken (by another `make run`?). Stop what uses it, "
                f"or choose another: make run {name}={port + 1}"
            )


def prepare() -> None:
    """Bring the database to this version and load the demo, as far as either is still to be done.

    Raises:
        LaunchError: the database can't be used.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import DatabaseError, connection, connections
    from django.db.migrations.executor import MigrationExecutor
    from django.utils import timezone

    from demo.errors import DemoError
    from demo.load import load_demo

    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            say("Preparing the database")
            call_command("migrate", verbosity=0, interactive=False)
        loaded = load_demo(now=timezone.now())
        if loaded.created:
            say("Loaded the demo publication")
    except DemoError as error:
        say(f"Without the demo: {error}")
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise LaunchError(f"the database can't be used: {reason}. Look at DATABASE_URL, or move var/ away") from error
    finally:
        connections.close_all()


def paths() -> Iterator[str]:
    """What is worth opening, in the order of the trip."""
    from django.urls import reverse

    from blog.models import StoryIndexPage

    yield "/"
    index = StoryIndexPage.objects.live().first()
    url_parts = index.get_url_parts() if index else None
    if url_parts and url_parts[2]:
        yield url_parts[2]
    yield reverse("newsletter:subscribe")
    yield reverse("inbox:messages")
    yield reverse("wagtailadmin_login")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 (our own loopback address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=5):
        return True
    return False


def announce(urls: list[str], logins: list[str], smtp_port: int) -> None:
    """Print the addresses once all of them answer and the inbox receives, then the logins."""
    end = time.monotonic() + PATIENCE
    while not accepts(smtp_port) and time.monotonic() < end:
        time.sleep(0.1)
    lines = [""]
    for url in urls:
        while not answers(url) and time.monotonic() < end:
            time.sleep(0.1)
        if time.monotonic() < end:
            lines.append(url)
        else:
            say(f"{url} doesn't answer; the lines above may say why")
    # In one piece: other threads write to the same terminal.
    sys.stdout.write("\n".join([*lines, "", *logins, "", ""]))
    sys.stdout.flush()
    say("Everything is running. Ctrl-C stops it.")


def login_lines() -> list[str]:
    from django.contrib.auth.models import User

    from demo.people import LOGINS, PASSWORD

    there = set(User.objects.filter(username__in=[login.name for login in LOGINS]).values_list("username", flat=True))
    return [f"login {login.name:<12} password {PASSWORD}   {login.group}" for login in LOGINS if login.name in there]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def programs(port: int, *, has_redis: bool) -> dict[str, str]:
    """With Redis the tasks lie there, and have a worker of their own."""
    manage = f'exec "{sys.executable}" manage.py'
    tasks = {"tasks": f"{manage} rqworker --job-class django_tasks_rq.Job"} if has_redis else {}
    return {
        "web": f"{manage} runserver {HOST}:{port} --noreload --skip-checks",
        "worker": f"{manage} worker",
        **tasks,
        "inbox": f"{manage} inbox",
    }


def hang_up(signum: int, frame: FrameType | None) -> None:
    """A closed terminal stops the group as Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGTERM)


def launch() -> int:
    """Start everything and wait for the end; the exit code.

    Raises:
        LaunchError: before anything was started.
    """
    import django
    from django.db import connections

    from config.settings import dev as settings

    check_ports({"PORT": settings.PORT, "INBOX_SMTP_PORT": settings.INBOX_SMTP_PORT})
    django.setup()
    prepare()
    if (settings.SMTP.host, settings.SMTP.port) != (HOST, settings.INBOX_SMTP_PORT):
        say(f"SMTP_URL is set: mail goes to {settings.SMTP.host}:{settings.SMTP.port}, not to the inbox")
    urls = [f"http://{HOST}:{settings.PORT}{path}" for path in paths()]
    logins = login_lines()
    connections.close_all()

    talk = threading.Thread(target=announce, args=(urls, logins, settings.INBOX_SMTP_PORT), daemon=True)
    group = Group(talk)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "DJANGO_RUNSERVER_HIDE_WARNING": "true"}
    for name, command in programs(settings.PORT, has_redis=bool(settings.REDIS_URL)).items():
        group.add_process(name, command, env=environment, cwd=str(settings.BASE_DIR))
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # `nohup make run` means it
        signal.signal(signal.SIGHUP, hang_up)
    group.loop()
    if group.culprit:
        say(f"rounds: {group.culprit} ended by itself; its lines above say why. Everything else was stopped")
        return 1
    return 0


def main() -> None:
    # The demo is a development site, whatever else the terminal was set up for.
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.dev"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the group takes over
    try:
        sys.exit(launch())
    except LaunchError as error:
        sys.exit(f"rounds: {error}")
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
