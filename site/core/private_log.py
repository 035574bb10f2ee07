"""What may not stand in a log: mail addresses, and tokens in the paths of readers' pages.

A keyed hash stands for each address, so that lines of one reader are found.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import Any

from django.utils.crypto import salted_hmac

#: Every address that we can mail (`newsletter.engine.addresses`), and international ones as others write them.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{1,63}")


def pseudonym(address: str) -> str:
    """Twelve hex digits for an address: the same each time under the same key, and never read back.

    >>> len(pseudonym("ada@example.com"))
    12
    """
    return salted_hmac("core.private_log", address.lower(), algorithm="sha256").hexdigest()[:12]


def without_addresses(text: str) -> str:
    """The text with `reader:<pseudonym>` in place of every mail address."""
    return _ADDRESS.sub(lambda found: f"reader:{pseudonym(found[0])}", text) if "@" in text else text


class PrivateFormatter(logging.Formatter):
    """Also looks through tracebacks: an exception's text may repeat what somebody typed.

    `secret_after` are the beginnings of paths whose next part acts for a reader, such as `/unsubscribe/`: an altered or
    expired link stands in Django's lines about it, and most of it may be genuine.
    """

    def __init__(self, *args: Any, secret_after: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        beginnings = "|".join(re.escape(path) for path in secret_after)
        self._secret = re.compile(rf"({beginnings})[^/\s'\"]+") if beginnings else None

    def format(self, record: logging.LogRecord) -> str:
        line = without_addresses(super().format(record))
        return self._secret.sub(r"\1[hidden]", line) if self._secret else line
