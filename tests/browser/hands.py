"""How somebody uses a page: with the keyboard alone, or touching what they see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TABS = 80  #: further than any page of a reader has places to stop at


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("main").get_by_label(label)


def press(page: Page, name: str) -> None:
    """Press the button and wait for what it leads to: on a busy machine the old page stays for a while."""
    with page.expect_navigation():
        button(page, name).click()


class Hand(Protocol):
    """How somebody uses a page."""

    page: Page

    def type(self, label: str, text: str) -> None: ...

    def choose(self, label: str) -> None: ...

    def unfold(self, summary: str) -> None: ...

    def press(self, name: str) -> None: ...

    def take(self, name: str) -> str: ...

    def follow(self, link: str) -> None: ...


class Keyboard:
    """Tab, letters, arrows, Space and Enter; nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, label: str, text: str) -> None:
        self._reach(field(self.page, label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, label: str) -> None:
        """Tick a box, or go to one of several with the arrows: Tab stops once at all of these."""
        wanted = field(self.page, label)
        if wanted.get_attribute("type") == "checkbox":
            self._reach(wanted)
        else:
            name = wanted.get_attribute("name")
            self._reach(self.page.get_by_role("main").locator(f"[name={name}]:focus"))
            for _ in range(wanted.page.locator(f"[name={name}]").count()):
                if self._is_on(wanted):
                    break
                self.page.keyboard.press("ArrowDown")
            assert self._is_on(wanted), f"{label} is not reached by the arrows"
        if not wanted.is_checked():
            self.page.keyboard.press("Space")
        assert wanted.is_checked()

    def unfold(self, summary: str) -> None:
        self._reach(self.page.get_by_role("main").locator("summary", has_text=summary))
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        self._enter(button(self.page, name))

    def take(self, name: str) -> str:
        """Press what brings a file; its name."""
        self._reach(button(self.page, name))
        with self.page.expect_download() as taken:
            self.page.keyboard.press("Enter")
        return taken.value.suggested_filename

    def follow(self, link: str) -> None:
        self._enter(self.page.get_by_role("link", name=link))

    def _enter(self, wanted: Locator) -> None:
        self._reach(wanted)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _reach(self, wanted: Locator) -> None:
        for _ in range(TABS):
            self.page.keyboard.press("Tab")
            if self._is_on(wanted):
                outline = wanted.evaluate("node => getComputedStyle(node).outlineStyle")
                assert outline != "none", "whoever uses the keyboard sees where they are"
                return
        raise AssertionError(f"{wanted} is not reached by Tab")

    def _is_on(self, wanted: Locator) -> bool:
        """Whether it has the focus; what is not there has not."""
        return wanted.count() == 1 and bool(wanted.evaluate("node => node === document.activeElement"))


class Finger:
    """Touches what it sees."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def type(self, label: str, text: str) -> None:
        field(self.page, label).fill(text)

    def choose(self, label: str) -> None:
        field(self.page, label).check()

    def unfold(self, summary: str) -> None:
        self.page.get_by_role("main").locator("summary", has_text=summary).click()

    def press(self, name: str) -> None:
        press(self.page, name)

    def take(self, name: str) -> str:
        with self.page.expect_download() as taken:
            button(self.page, name).click()
        return taken.value.suggested_filename

    def follow(self, link: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=link).click()
