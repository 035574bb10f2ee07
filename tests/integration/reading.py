"""An issue as a reader's mail program decodes it, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser

from newsletter.engine.message import Recipient
from newsletter.issues.render import compile_issue

if TYPE_CHECKING:
    from newsletter.models import Issue

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Read:
    """`web` is the page of the archive."""

    message: Any
    html: str
    text: str
    web: str

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.html)

    @cached_property
    def words(self) -> str:
        return words(self.tree)

    @property
    def hrefs(self) -> set[str]:
        return {node.attributes.get("href") or "" for node in self.tree.css("a")}


def read(issue: Issue, *, name: str = "Ada") -> Read:
    compiled = compile_issue(issue, seed=bytes(range(32)))
    reader = Recipient(
        address="ada@example.com",
        name=name,
        message_id="<1.2@testserver>",
        unsubscribe_url="https://testserver/unsubscribe/TOKEN/",
        preferences_url="https://testserver/preferences/TOKEN/",
    )
    message: Any = message_from_bytes(compiled.message.splice(reader, date=NOW), policy=policy.default)
    html, text = (message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("html", "plain"))
    return Read(message=message, html=html, text=text, web=compiled.web_html)


def words(tree: LexborHTMLParser) -> str:
    """What a document shows, white space collapsed."""
    body = tree.body
    return " ".join(body.text(separator=" ").split()) if body else ""
