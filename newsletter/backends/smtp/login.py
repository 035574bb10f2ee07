"""Logging in: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195) and XOAUTH2, each a few lines there and back."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _

from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.reply import DownError, Reply
from newsletter.backends.smtp.terms import Terms

#: Says lines (without their ends) and hears replies; returns the reply that decides.
Talk = Generator[str, Reply, Reply]

_GO_ON = 334
_LOGGED_IN = 235


def log_in(terms: Terms, extensions: Extensions) -> Generator[str, Reply, None]:
    """Log in the way that is told or the best that is offered.

    Raises:
        DownError: no way that both sides know, or a refusal. It never holds what was sent.
    """
    way = _choose(terms, extensions)
    reply = yield from WAYS[way](terms)
    if reply.code != _LOGGED_IN:
        words = kept_reply(str(reply), recipient="")[:300]
        text = _("The mail server %(server)s refused our login: %(reply)s")
        raise DownError(text % {"server": terms.server, "reply": words})


def _choose(terms: Terms, extensions: Extensions) -> str:
    if terms.access_token:
        wanted: tuple[str, ...] = ("XOAUTH2",)
    elif terms.auth:
        wanted = (terms.auth,)
    elif terms.is_private:
        wanted = ("PLAIN", "LOGIN", "CRAM-MD5")
    else:  # the only one of them that keeps the password to itself goes first
        wanted = ("CRAM-MD5", "PLAIN", "LOGIN")
    for way in wanted:
        if way in extensions.auth:
            return way
    raise DownError(
        _(
            "The mail server %(server)s offers no way to log in that we know (AUTH %(wanted)s). "
            "Does it want encryption first? See tls= in SMTP_URL."
        )
        % {"server": terms.server, "wanted": ", ".join(wanted)}
    )


def _plain(terms: Terms) -> Talk:
    return (yield f"AUTH PLAIN {_base64(chr(0) + terms.user + chr(0) + terms.password)}")


def _login(terms: Terms) -> Talk:
    reply = yield "AUTH LOGIN"
    for word in (terms.user, terms.password):
        if reply.code == _GO_ON:
            reply = yield _base64(word)
    return reply


def _cram_md5(terms: Terms) -> Talk:
    reply = yield "AUTH CRAM-MD5"
    if reply.code != _GO_ON:
        return reply
    try:
        challenge = base64.b64decode("".join(reply.lines), validate=True)
    except (binascii.Error, ValueError):
        yield "*"  # RFC 4954 section 4: this ends the attempt
        text = _("The mail server %(server)s sent no proper challenge for AUTH CRAM-MD5.")
        raise DownError(text % {"server": terms.server}) from None
    digest = hmac.new(terms.password.encode(), challenge, "md5").hexdigest()
    return (yield _base64(f"{terms.user} {digest}"))


def _xoauth2(terms: Terms) -> Talk:
    """A refusal comes as a challenge with its reason in JSON, which wants an empty answer before the reply proper."""
    bearer = f"user={terms.user}\x01auth=Bearer {terms.access_token}\x01\x01"
    reply = yield f"AUTH XOAUTH2 {_base64(bearer)}"
    if reply.code != _GO_ON:
        return reply
    reason = _reason("".join(reply.lines))
    reply = yield ""
    return Reply(reply.code, (*reply.lines, reason))


def _reason(challenge: str) -> str:
    try:
        given = json.loads(base64.b64decode(challenge))
    except ValueError:
        return ""
    status = given.get("status", "") if isinstance(given, dict) else ""
    return f"(status {status})" if status else ""


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


#: The names as servers write them.
WAYS: Mapping[str, Callable[[Terms], Talk]] = MappingProxyType(
    {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram_md5, "XOAUTH2": _xoauth2}
)
