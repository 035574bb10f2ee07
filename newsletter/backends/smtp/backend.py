"""The SMTP backend: one relay or several, each over several connections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newsletter.backends.base import BackendConfigurationError, Capabilities, Work
from newsletter.backends.smtp.options import RelayOptions, SharedOptions, Token, in_range, relay_options, server
from newsletter.backends.smtp.sending import Sending
from newsletter.backends.smtp.signing import signer
from newsletter.engine.relays import shares

MOST_CONNECTIONS = 100
MOST_WINDOW = 64


class SmtpBackend:
    """Hands messages to a relay, or to several.

    Args:
        host: the one relay; with `port`, `user`, `password`, `tls`, `auth`, `access_token` and `ca_file`.
        relays: several instead: dictionaries with the same options and a `weight`. Connections are spread by weight; 0
            is a stand-by for when the others are down.
        tls: `starttls`, `implicit` or `none`; certificates are always verified.
        auth: the only way of logging in to use (PLAIN, LOGIN, CRAM-MD5, XOAUTH2); empty: the best that is offered.
        access_token: for XOAUTH2: a token, a function that returns one, or its dotted path.
        connections: the most at once to the heaviest relay. It starts with 10 at most, and grows while that is faster.
        timeout: seconds for one reply, in total.
        message_timeout: seconds for a message's content and the answer to it. Shorter saves a hung connection, longer
            saves an uncertain delivery (RFC 5321 section 4.5.3.2.6 advises 10 minutes).
        window: messages under way at once on a connection by BDAT (RFC 3030), where the relay offers it; 0: not used.
            As many become uncertain when a connection is lost.
        dkim: sign messages here, which mostly is the relay's work: `domain`, `selector`, `key_file` (PEM), and for a
            second signature `ed25519_selector` and `ed25519_key_file`.
        ca_file: a PEM file of authorities to trust instead of the system's.

    Raises:
        BackendConfigurationError: an option is out of range; the text names it.
    """

    def __init__(
        self,
        *,
        host: str = "",
        port: int = 587,
        user: str = "",
        password: str = "",
        tls: str = "starttls",
        auth: str = "",
        access_token: Token = "",
        ca_file: str = "",
        relays: Sequence[Mapping[str, Any]] | None = None,
        connections: int = 10,
        timeout: float = 30,
        message_timeout: float = 120,
        window: int = 0,
        dkim: Mapping[str, str] | None = None,
    ) -> None:
        in_range("connections", connections, 1, MOST_CONNECTIONS)
        in_range("window", window, 0, MOST_WINDOW)
        shared = SharedOptions(
            timeout=in_range("timeout", timeout, 0.1, 600),
            message_timeout=in_range("message_timeout", message_timeout, 0.1, 1800),
            window=int(window),
            sign=None if dkim is None else signer(dkim),
        )
        if relays is not None and host:
            raise BackendConfigurationError("give either host or relays, not both")
        one = RelayOptions(
            host=host,
            port=port,
            user=user,
            password=password,
            tls=tls,
            auth=auth,
            access_token=access_token,
            ca_file=ca_file,
        )
        servers = [server(relay, shared) for relay in ([one] if relays is None else relay_options(relays))]
        self._servers = list(zip(servers, shares([one.weight for one in servers], int(connections)), strict=True))
        self._window = max(1, int(window))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=sum(most for _, most in self._servers) * self._window)

    def send(self, work: Work) -> None:
        """As `MessageBackend.send` says."""
        Sending(self._servers, work).run()
