"""Whether a link answers: HEAD, and GET where a server knows no HEAD. A redirect is an answer and is not followed."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from core.connecting import Resolve, UnreachableError
from core.outgoing import TargetError, look
from newsletter.issues.checks.questions import is_own

if TYPE_CHECKING:
    import ssl

#: Says who asks, so that a site can tell us from its readers.
AGENT = "Mozilla/5.0 (compatible; Rounds-Link-Check/1; +{site})"


def ask(
    url: str,
    *,
    deadline: float,
    named: Collection[str] = (),
    resolve: Resolve | None = None,
    tls: ssl.SSLContext | None = None,
) -> dict[str, Any]:
    """`{"status": 200}`, or `{"problem": ...}` with why nobody answered, as the end of "The link to ...".

    Args:
        named: `host:port` that may be private, beside this very site's.
    """
    headers = {"User-Agent": AGENT.format(site=settings.BASE_URL), "Accept": "*/*", "Connection": "close"}
    own = {_socket(settings.BASE_URL)} if is_own(url) else set()
    end = time.monotonic() + deadline
    methods: tuple[Literal["HEAD", "GET"], ...] = ("HEAD", "GET")
    answer: dict[str, Any] = {}
    for method in methods:
        left = end - time.monotonic()
        if answer and left <= 0:
            break
        try:
            found = look(
                _plain(url),
                method=method,
                headers=headers,
                named={*named, *own},
                deadline=max(left, 0.1),
                resolve=resolve,
                tls=tls,
            )
        except (TargetError, UnicodeError):
            return {"problem": _("is none that can be looked at from here")}
        except UnreachableError as error:
            answer = answer or {"problem": _("does not answer: %(reason)s") % {"reason": error}}
        else:
            answer = {"status": found.status}
        if is_good(answer):
            break
    return answer


def is_good(answer: Mapping[str, Any]) -> bool:
    return 200 <= int(answer.get("status", 0)) < 400


def _plain(url: str) -> str:
    """As a request has it: the host's name in ASCII, everything else quoted."""
    parts = urlsplit(iri_to_uri(url))
    host = urlsplit(url).hostname or ""
    if host.isascii():
        return urlunsplit(parts)
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{host.encode('idna').decode()}{port}"))


def _socket(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
