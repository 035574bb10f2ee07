"""What has to be asked of others: does a link answer, what says the sender's DNS, what does SpamAssassin think of it.

Only what is asked and how long an answer counts; who asks is `newsletter.issues.lookups`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from django.conf import settings

from newsletter.audience.mailchimp.account import BACKEND
from newsletter.backends import registry
from newsletter.backends.base import BackendConfigurationError
from newsletter.issues.publication import archive_url, issues_url
from newsletter.models import AnswerKind, MailchimpAudience

if TYPE_CHECKING:
    from newsletter.models import Issue, Newsletter

#: How long an answer counts. SpamAssassin thinks the same of the same words until its rules are renewed.
COUNTS_FOR = {
    AnswerKind.LINK: timedelta(hours=24),
    AnswerKind.SENDER: timedelta(hours=24),
    AnswerKind.SPAM: timedelta(days=7),
    AnswerKind.CHECKLIST: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Question:
    """`asked` is the address, or JSON of the sender's domain and its DKIM keys, or a digest of the mail's words (with
    those whom Mailchimp would send it to)."""

    kind: AnswerKind
    asked: str

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.kind}\n{self.asked}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer and when it came; its shape is told where it is made."""

    answer: Mapping[str, Any]
    at: datetime

    def counts(self, question: Question, *, now: datetime) -> bool:
        return now - self.at < COUNTS_FOR[question.kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A key that our own signature names: its public half has to stand in the DNS."""

    selector: str
    domain: str


def links_to_ask(urls: Iterable[str], *, issue: Issue) -> list[Question]:
    """One per web address. The issue's own page answers only once it was sent, and parts of a page are the page."""
    own = {archive_url(issue), issues_url(issue.newsletter)}
    addresses = dict.fromkeys(urldefrag(url).url for url in urls if _is_web_address(url))
    return [Question(AnswerKind.LINK, address) for address in addresses if address not in own]


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # such as a bracket that is not closed: `checks.links` complains of it
        return False


def sender_question(address: str, keys: Sequence[DkimKey]) -> Question | None:
    """None without a sender."""
    domain = address.rpartition("@")[2].lower()
    if not domain:
        return None
    named = sorted((key.selector, key.domain) for key in keys)
    return Question(AnswerKind.SENDER, json.dumps({"domain": domain, "keys": named}))


def spam_question(words: Sequence[str], *, without: Sequence[str]) -> Question:
    """`without`: a reader's own links, which differ every time."""
    text = "\n".join(words)
    for link in without:
        text = text.replace(link, "")
    return Question(AnswerKind.SPAM, hashlib.sha256(text.encode()).hexdigest())


def checklist_question(words: Question | None, newsletter: Newsletter) -> Question | None:
    """Of Mailchimp, about a mail whose words SpamAssassin is asked about; None where Mailchimp does not send it."""
    if words is None or newsletter.backend != BACKEND:
        return None
    audience = MailchimpAudience.objects.filter(newsletter=newsletter).first()
    if audience is None:
        return None
    whole = json.dumps([audience.list_id, audience.segment_id, words.asked])
    return Question(AnswerKind.CHECKLIST, hashlib.sha256(whole.encode()).hexdigest())


def dkim_keys(backend: str) -> list[DkimKey]:
    """The keys that the backend signs with, if it does: mostly the relay signs, and only it knows its selector."""
    try:
        entry = registry.configured().get(backend)
    except BackendConfigurationError:
        return []
    options = entry.get("OPTIONS") if isinstance(entry, Mapping) else None
    dkim = options.get("dkim") if isinstance(options, Mapping) else None
    if not isinstance(dkim, Mapping):
        return []
    names = (dkim.get("selector"), dkim.get("ed25519_selector"))
    return [DkimKey(selector=str(name), domain=str(dkim.get("domain", "")).lower()) for name in names if name]


def is_own(url: str) -> bool:
    """Whether it lies on this very site."""
    return url == settings.BASE_URL or url.startswith(f"{settings.BASE_URL}/")
