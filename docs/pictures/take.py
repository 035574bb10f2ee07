"""Takes the README's pictures from a demo of its own: `make pictures`.

Starts what `make run` starts, in a temporary folder on free ports, walks the trip with Debian's Chromium, and stops it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
READER = "ada@example.com"
PATIENCE = 240

DESKTOP = {"width": 1280, "height": 860}
WIDE = {"width": 1440, "height": 960}
PHONE = {"width": 375, "height": 760}


class Demo:
    """A running `make run`, and its `manage.py`."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        given = {"VAR_DIR": str(folder), "PORT": str(port), "INBOX_SMTP_PORT": str(free_port())}
        own = {"DATABASE_URL", "BASE_URL", "SMTP_URL", "MEDIA_STORAGE", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
        kept = {name: value for name, value in os.environ.items() if name not in own}
        self.environment = {**kept, **given, "PYTHONPATH": str(ROOT / "site")}

    def manage(self, *words: str) -> dict[str, Any]:
        command = [sys.executable, "manage.py", *words, "--json"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE)
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def mails(self) -> list[dict[str, Any]]:
        """What the inbox holds for the reader, newest first."""
        with urllib.request.urlopen(f"{self.url}/inbox/messages.json?to={READER}", timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)["messages"]
            return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(Path(folder))
        command = [sys.executable, "-m", "config.launch"]
        process = subprocess.Popen(command, cwd=ROOT, env=demo.environment, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            if not any(line.startswith("login analyst") for line in process.stdout):
                sys.exit("the demo did not start; the lines above say why")
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def eventually(look: Callable[[], Any]) -> Any:
    """What `look` finds, asked until it finds something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.3)
    sys.exit("the demo did not do what the pictures show; look at it with `make run`")


def keep(page: Page, name: str) -> None:
    """The visible part of a page, packed as tightly as PNG allows."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    shot.convert("RGB").save(HERE / f"{name}.png", optimize=True)


def new_page(browser: Browser, demo: Demo, viewport: Any) -> Page:
    return browser.new_context(base_url=demo.url, viewport=viewport).new_page()


def site(browser: Browser, demo: Demo) -> None:
    wide, phone = new_page(browser, demo, DESKTOP), new_page(browser, demo, PHONE)
    wide.goto("/")
    keep(wide, "home-1280")
    phone.goto("/stories/")
    phone.locator("main h2 a, main h3 a").first.click()
    keep(phone, "story-375")
    for page in (wide, phone):
        page.context.close()


def subscribe(browser: Browser, demo: Demo) -> None:
    page = new_page(browser, demo, PHONE)
    page.goto("/subscribe/")
    page.get_by_label("Your email address").fill(READER)
    page.get_by_label("Your name").fill("Ada")
    page.wait_for_timeout(1500)  # the form takes a faster hand for a robot's
    page.get_by_role("button", name="Subscribe").click()
    mail = eventually(demo.mails)[0]
    page.goto(mail["url"])
    with page.expect_popup() as opened:
        page.frame_locator("iframe").locator('a[href*="/confirm/"]').first.click()
    opened.value.get_by_role("button").first.click()
    opened.value.wait_for_load_state()
    page.context.close()


def composer(browser: Browser, demo: Demo) -> int:
    """The composer with its preview beside it; returns the issue."""
    page = new_page(browser, demo, WIDE)
    page.goto("/admin/login/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("rounds-demo-2026")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    issue = int(demo.manage("compose_issue", "--newsletter", "rounds")["issue"])
    page.goto(f"/admin/newsletter/issues/edit/{issue}/")
    page.get_by_role("button", name="Toggle preview").click()
    frame = page.frame_locator("iframe#w-preview-iframe").frame_locator("iframe")
    frame.get_by_role("heading").first.wait_for(timeout=PATIENCE * 1000)
    page.wait_for_timeout(2000)
    keep(page, "composer")
    page.context.close()
    return issue


def received(browser: Browser, demo: Demo, issue: int) -> None:
    before = len(demo.mails())
    demo.manage("schedule_issue", str(issue), "--at", "now")
    mail = eventually(lambda: demo.mails() if len(demo.mails()) > before else None)[0]
    page = new_page(browser, demo, {"width": 1280, "height": 1080})
    page.goto(mail["url"])
    keep(page, "mail")
    page.context.close()


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing: apt-get install chromium")
    with running_demo() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        site(browser, demo)
        subscribe(browser, demo)
        issue = composer(browser, demo)
        received(browser, demo, issue)
        browser.close()


if __name__ == "__main__":
    main()
