"""Security case 24: a reader's whole trip leaves their address in no link, no redirect, no hidden field and no log."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from core.private_log import PrivateFormatter
from newsletter.audience.reader import token_for
from newsletter.models import Subscription
from tests.integration.signing_up import link_in, mail_to, sign_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db
ADA, NEW = "ada@example.com", "ada@new.example"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that any logger says, down to the smallest, as the settings have it written."""
    written, root = io.StringIO(), logging.getLogger()
    (handler,) = [handler for handler in root.handlers if isinstance(handler.formatter, PrivateFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    before, level = handler.setStream(written), root.level
    levels = {name: logging.getLogger(name).level for name in ("django", "django.template", "newsletter", "blog")}
    root.setLevel(logging.DEBUG)
    for name in levels:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger("django.template").setLevel(logging.INFO)  # tells of each variable that is not there
    yield written
    root.setLevel(level)
    for name, own in levels.items():
        logging.getLogger(name).setLevel(own)
    handler.setStream(before)


class Watched:
    """A browser that keeps every address it was shown or sent to."""

    def __init__(self, client: Client) -> None:
        self.client, self.seen = client, set[str]()

    def get(self, path: str) -> str:
        return self._note(path, self.client.get(path))

    def post(self, path: str, **data: str) -> str:
        return self._note(path, self.client.post(path, data))

    def _note(self, path: str, response: Any) -> str:
        self.seen |= {path, response.get("Location", "")}
        html: str = response.content.decode()
        for node in LexborHTMLParser(html).css("[href], [action], [src], [name], [id], input[type=hidden]"):
            self.seen |= {value or "" for name, value in node.attributes.items() if name != "value" or is_hidden(node)}
        assert response["Referrer-Policy"] in {"no-referrer", "same-origin"}
        return html


def is_hidden(node: Any) -> bool:
    return bool(node.tag == "input" and node.attributes.get("type") == "hidden")


def trip(browser: Watched) -> None:
    """Sign up, confirm, choose, move to another address, ask for the data, be erased; and look at broken links."""
    sign_up(browser.client, ADA)
    confirm = link_in(mail_to(ADA), "confirm")
    browser.get(confirm)
    browser.post(confirm)
    token = token_for(Subscription.objects.get())
    for page in ("preferences", "unsubscribe"):
        browser.get(f"/{page}/{token}/")
    browser.post(f"/preferences/{token}/", name="Ada", frequency="weekly")
    browser.post(f"/preferences/{token}/", name="<", frequency="weekly")
    browser.post(f"/preferences/{token}/", pause="1", weeks="4")
    browser.post(f"/preferences/{token}/", mailbox="1")
    mailbox = link_in(mail_to(ADA), "your-data")
    browser.get(mailbox)
    browser.post(mailbox, act="move", new_email=f"{ADA} ")
    browser.post(mailbox, act="move", new_email=NEW)
    for end in (link_in(mail_to(ADA), "change-address"), link_in(mail_to(NEW), "change-address")):
        browser.get(end)
        browser.post(end, yes="1")
    browser.post(f"/unsubscribe/{token}/", less="monthly")
    browser.post(f"/unsubscribe/{token}/", **{"List-Unsubscribe": "One-Click"})
    browser.post(f"/unsubscribe/{token}/", again="1")
    cache.clear()
    browser.post(f"/preferences/{token}/", mailbox="1")
    fresh = link_in(mail_to(NEW), "your-data")
    for broken in (mailbox, fresh[:-9] + "/", f"{fresh[:-1]}A/"):
        browser.get(broken)
        browser.post(broken, act="erase-now")
    browser.post(fresh, act="export")
    browser.post(fresh, act="erase")
    browser.post(fresh, act="erase-now")
    browser.get(fresh)


@pytest.mark.slow
def test_no_address_in_any_link_redirect_hidden_field_or_log_line(
    client: Client, home: HomePage, newsletter: Newsletter, log: io.StringIO
) -> None:
    cache.clear()
    browser = Watched(client)

    trip(browser)

    assert len(browser.seen) > 30
    assert [seen for seen in browser.seen if "@" in unquote(seen) and not seen.startswith("mailto:")] == []
    written = log.getvalue()
    assert "Gone: /your-data/[hidden]/" in written
    assert "Not Found: /your-data/[hidden]/" in written
    assert not re.search(r"ada|example", written)
    tokens = {part for seen in browser.seen for part in seen.split("/") if len(part) > 40}
    assert tokens
    assert [token for token in tokens if token[:40] in written] == []
