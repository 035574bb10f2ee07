"""A running publication and a real Chromium: what the tests of whole trips need."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300
PATIENCE = 90_000  #: milliseconds for one step in the browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One `make run` in folders and on ports of its own."""

    url: str
    environment: dict[str, str]
    log: Path
    printed: list[str] = field(default_factory=list)

    def manage(self, *words: str) -> str:
        """What a `manage.py` command prints to stdout; its failure is the test's."""
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def publication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publication]:
    """The demo publication."""
    with published(tmp_path_factory.mktemp("publication")) as running:
        yield running


@contextmanager
def published(folder: Path, **more: str) -> Iterator[Publication]:
    """A demo publication as `make run` starts it, stopped again with Ctrl-C; `more` goes into its environment."""
    port, smtp_port = free_port(), free_port()
    # With Redis the tasks would wait for `manage.py rqworker`, which `make run` doesn't start.
    of_the_tests = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "MAILCHIMP_API_KEY", "MAILCHIMP_API_URL"}
    inherited = {name: value for name, value in os.environ.items() if name not in of_the_tests}
    environment = inherited | {
        "VAR_DIR": str(folder / "var"),
        "PORT": str(port),
        "INBOX_SMTP_PORT": str(smtp_port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?tls=none",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
        **more,
    }
    log = folder / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.launch"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Publication(url=environment["BASE_URL"], environment=environment, log=log)
    try:
        until = time.monotonic() + START_SECONDS
        while not answers(f"{running.url}/subscribe/"):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, log.read_text(errors="replace")
            time.sleep(0.3)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium: Playwright's own build is not downloaded.

    It ends with its test, and Playwright's event loop with it: one that ran on would be in the way of every later test
    of this process.
    """
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=switches)
        yield running
        running.close()


@contextmanager
def logged_in(browser: Browser, publication: Publication, name: str) -> Iterator[BrowserContext]:
    """A browser in which this login of the demo is at work."""
    context = browser.new_context(base_url=publication.url, viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/admin/login/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill("rounds-demo-2026")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    page.close()
    yield context
    context.close()


@pytest.fixture
def editor(browser: Browser, publication: Publication) -> Iterator[BrowserContext]:
    with logged_in(browser, publication, "editor") as context:
        yield context


@pytest.fixture
def doctor(browser: Browser, publication: Publication) -> Iterator[BrowserContext]:
    with logged_in(browser, publication, "doctor") as context:
        yield context


@pytest.fixture
def new_story(doctor: BrowserContext, publication: Publication) -> Page:
    """The form of a story that the doctor is about to write."""
    find = "from blog.models import StoryIndexPage; print(StoryIndexPage.objects.first().pk)"
    index = publication.manage("shell", "--no-imports", "-c", find).strip()
    page = doctor.new_page()
    page.goto(f"/admin/pages/add/blog/storypage/{index}/")
    return page


@pytest.fixture
def phone(browser: Browser, publication: Publication) -> Iterator[BrowserContext]:
    """A reader's browser: small, without JavaScript, and nobody is logged in."""
    context = browser.new_context(
        base_url=publication.url, viewport={"width": 375, "height": 812}, java_script_enabled=False
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
