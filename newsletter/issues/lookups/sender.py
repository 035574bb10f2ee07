"""What the DNS says of the sender's domain: its SPF and DMARC records, and the keys that our own signature names."""

from __future__ import annotations

import json
import time
from typing import Any

import dns.exception
import dns.resolver

#: More labels than any domain of a sender has; each costs one question.
_MOST_LABELS = 8


def ask(asked: str, *, deadline: float, resolver: dns.resolver.Resolver | None = None) -> dict[str, Any]:
    """The records, or for each kind of them the problem that kept it from being looked up.

    `{"domain": .., "spf": {"records": [..]}, "dmarc": {"record": .., "at": ..}, "dkim": [{"selector": .., "domain": ..,
    "public": True}]}`; `spf`, `dmarc` and each key may hold `problem` instead.

    Args:
        asked: JSON of the domain and of our keys; see `questions.sender_question`.
    """
    question = json.loads(asked)
    records = _Records(resolver, end=time.monotonic() + deadline)
    domain = question["domain"]
    return {
        "domain": domain,
        "spf": _spf(records, domain),
        "dmarc": _dmarc(records, domain),
        "dkim": [_dkim(records, selector, signed) for selector, signed in question["keys"]],
    }


class _NoAnswerError(Exception):
    """Nobody could say whether there is such a record."""


class _Records:
    """Looks TXT records up until the time is over."""

    def __init__(self, resolver: dns.resolver.Resolver | None, *, end: float) -> None:
        self._resolver, self._end = resolver, end

    def of(self, name: str) -> list[str]:
        """The texts at a name; none when there is no such name.

        Raises:
            _NoAnswerError: no server answered, or not in time.
        """
        left = self._end - time.monotonic()
        try:
            if left <= 0:
                raise dns.exception.Timeout
            # The constructor reads what the system's resolver is; a machine without one says so here.
            resolver = self._resolver = self._resolver or dns.resolver.Resolver()
            found = resolver.resolve(name, "TXT", lifetime=left, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise _NoAnswerError(type(error).__name__) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]


def _spf(records: _Records, domain: str) -> dict[str, Any]:
    try:
        texts = records.of(domain)
    except _NoAnswerError as error:
        return {"problem": str(error)}
    # RFC 7208 section 4.5: the version, then a space or the end.
    return {"records": [text for text in texts if text.lower().split(" ")[0] == "v=spf1"]}


def _dmarc(records: _Records, domain: str) -> dict[str, Any]:
    """The domain's own record, else that of a domain above it: no list of public suffixes is needed for that."""
    labels = domain.split(".")[-_MOST_LABELS:]
    for start in range(max(len(labels) - 1, 1)):
        above = ".".join(labels[start:])
        try:
            texts = records.of(f"_dmarc.{above}")
        except _NoAnswerError as error:
            return {"problem": str(error)}
        found = [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]
        if found:
            return {"record": found[0], "at": above}
    return {"record": "", "at": ""}


def _dkim(records: _Records, selector: str, domain: str) -> dict[str, Any]:
    key: dict[str, Any] = {"selector": selector, "domain": domain}
    try:
        texts = records.of(f"{selector}._domainkey.{domain}")
    except _NoAnswerError as error:
        return {**key, "problem": str(error)}
    return {**key, "public": any(_has_key(text) for text in texts)}


def _has_key(text: str) -> bool:
    """RFC 6376 section 3.6.1: an empty `p=` is a key that was taken back."""
    tags = dict(tag.strip().split("=", 1) for tag in text.split(";") if "=" in tag)
    return bool(tags.get("p", "").strip())
