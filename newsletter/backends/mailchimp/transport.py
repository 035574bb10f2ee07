"""One HTTP call, and what came of it: an answer, or nothing and whether anything had been sent by then."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl

from django.utils.translation import gettext as _

from core.connecting import Resolve, UnreachableError, Watch, connect, default_tls, look_up
from newsletter.backends.mailchimp.ids import Base
from newsletter.backends.mailchimp.wire import Answer, Lost, Request

#: Of an answer, in bytes: a full page of members has about one million, and a batch of results less.
MOST_READ = 32 * 1024 * 1024
_PIECE = 64 * 1024


class Transport:
    """Calls to one host. Nothing of the environment is asked (no proxy, no netrc), and no redirect is followed."""

    def __init__(
        self, base: Base, *, resolve: Resolve = look_up, tls: ssl.SSLContext | None = None, most: int = MOST_READ
    ) -> None:
        self.base = base
        self._resolve = resolve
        self._tls = tls
        self._most = most

    def ask(self, request: Request, *, seconds: float) -> Answer | Lost:
        """`seconds` are for all of it, and cut off an answer that drips, too."""
        watch = Watch(seconds)
        connection = http.client.HTTPConnection(self.base.host, self.base.port)
        connection.auto_open = 0  # it never connects by itself
        was_sent = False
        with watch, contextlib.closing(connection):
            try:
                connection.sock = self._connected(watch)
                was_sent = True
                headers = {**request.headers, "Host": self.base.host_header, "Connection": "close"}
                connection.request(request.method, request.path, request.body, headers)
                answer = self._read(connection.getresponse())
            except UnreachableError as error:
                return Lost(reason=str(error), was_sent=False)
            # ValueError: what the ssl module says of a connection that was cut in the middle.
            except (OSError, http.client.HTTPException, ValueError) as error:
                return Lost(reason=_reason(error, watch), was_sent=was_sent)
        if watch.is_over:  # cut off in the middle, which can look like an end
            return Lost(reason=watch.too_late(), was_sent=True)
        return answer

    def _connected(self, watch: Watch) -> socket.socket:
        base = self.base
        try:
            addresses = watch.within(lambda: self._resolve(base.host, base.port))
        except UnreachableError as error:
            if error.__cause__ is None:  # no answer in time
                raise
            reason = _("the name %(host)s is not known; if others are, look at the end of the key, such as -us21")
            raise UnreachableError(reason % {"host": base.host}) from None
        tls = (self._tls or default_tls()) if base.scheme == "https" else None
        return connect(addresses, base.port, watch, tls=tls, name=base.host)

    def _read(self, response: http.client.HTTPResponse) -> Answer:
        pieces = []
        length = 0
        while piece := response.read(_PIECE):
            pieces.append(piece)
            length += len(piece)
            if length > self._most:
                raise http.client.HTTPException(
                    _("an answer of more than %(most)d MB") % {"most": self._most // 1024 // 1024}
                )
        # Neither read(amount) nor the parser of headers minds an early end.
        if response.length or response.headers.defects:
            raise http.client.HTTPException(_("the answer ended early"))
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(status=response.status, headers=headers, body=b"".join(pieces))


def _reason(error: Exception, watch: Watch) -> str:
    """What happened, in a form that never repeats what the other side said, which may quote an address."""
    if watch.is_over or isinstance(error, TimeoutError):
        return watch.too_late()
    if isinstance(error, ssl.SSLCertVerificationError):
        return (_("its certificate is not good: %(why)s") % {"why": error.verify_message})[:200]
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"[:200]
    return str(error) if type(error) is http.client.HTTPException else type(error).__name__
