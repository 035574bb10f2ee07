"""The one way of every call: made by the official client, asked under a slot, judged, repeated where that is safe."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from django.utils.translation import gettext as _
from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClient

from newsletter.backends.mailchimp.errors import UnexpectedAnswerError
from newsletter.backends.mailchimp.ids import base_of, read_key
from newsletter.backends.mailchimp.judging import judge, unsure, wish
from newsletter.backends.mailchimp.slots import Slots, Unlimited
from newsletter.backends.mailchimp.transport import Transport
from newsletter.backends.mailchimp.wire import Answer, Asked, Json, Lost, Request

T = TypeVar("T")

#: Seconds for one call with everything: waiting for a slot, connecting, repeating where that is safe, reading.
DEADLINE = 30.0
#: Of them, what is kept for the asking itself: one that is begun with less may be done, and its answer not read.
_KEPT = 10.0
#: Of one call. Who asks comes again later when an outage lasts.
_MOST_ATTEMPTS = 4
_FIRST_PAUSE = 0.5


class Made:
    """A call as the client makes it. The client takes it for an answer with nothing in it, and hands it on as it is."""

    text = ""
    headers = {"content-type": ""}

    def __init__(self, request: Request) -> None:
        self.request = request


class OfficialClient(ApiClient):
    """Knows the paths and parameters, and stops where the wire begins.

    Beyond, it follows redirects and the proxies of the environment, has no deadline, sends `null` for no body, returns
    errors without a body as if all were well, and wraps the others with all that they hold.
    """

    def __init__(self, api_key: str, host: str) -> None:
        # An empty server: whatever is named replaces the word "server" wherever it stands in an address.
        super().__init__({"api_key": api_key, "server": ""})
        self.host = host

    def request(
        self,
        method: str,
        url: str,
        query_params: Sequence[tuple[str, object]] | None = None,
        headers: object = None,
        body: object = None,
    ) -> Made:
        query = urlencode([(name, _written(value)) for name, value in query_params or ()])
        sent = {
            "Accept": "application/json, application/problem+json",
            "Authorization": f"Basic {b64encode(f'rounds:{self.api_key}'.encode()).decode()}",
            "User-Agent": "Rounds",
        }
        content = None
        if body is not None:
            content = json.dumps(body, allow_nan=False).encode()
            sent["Content-Type"] = "application/json"
        path = urlsplit(url).path
        return Made(
            Request(method=method, path=f"{path}?{query}" if query else path, body=content, headers=sent),
        )


class Calls:
    """The account that calls go to, and how they go."""

    def __init__(
        self, *, api_key: str, api_url: str = "", slots: Slots | None = None, deadline: float = DEADLINE
    ) -> None:
        """`api_url` is for the contract server and the fake, on loopback only; otherwise the key says where it leads.

        Raises:
            KeyRefusedError: the key can't be one; it was sent nowhere.
            InvalidIdError: `api_url` leads to another machine.
        """
        key = api_key.strip()
        self._base = base_of(read_key(key), api_url)
        self._slots = slots or Unlimited()
        self._deadline = deadline
        #: Whether any call was answered with what it asked for: then the key is good.
        self.has_answered = False
        self._transport = Transport(self._base)
        self._client = _with(OfficialClient(key, f"{self._base.scheme}://{self._base.host_header}{self._base.path}"))

    def _ask(
        self,
        made: Made,
        read: Callable[[Json], T],
        *,
        again: bool | None = None,
        body: bool = True,
        private: Collection[str] = (),
    ) -> T:
        """Ask what the client made, and read the answer.

        Args:
            again: asking twice does the same as asking once; of itself true for everything but POST.
            body: one is promised.
            private: what the call says about a person.
        """
        may_repeat = made.request.method != "POST" if again is None else again
        asked = Asked(again=may_repeat, body=body, private=private)
        came = self._came(made.request, asked)
        try:
            found = read(judge(came, asked, now=datetime.now(UTC)))
        except UnexpectedAnswerError:
            if may_repeat or not _is_success(came):
                raise
            raise unsure(_("nothing of it in the answer")) from None
        self.has_answered = True
        return found

    def _came(self, request: Request, asked: Asked, transport: Transport | None = None) -> Answer | Lost:
        to = transport or self._transport
        end = time.monotonic() + self._deadline
        last_start = end - min(_KEPT, self._deadline / 3)
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            with self._slots.taken(seconds=last_start - time.monotonic()):
                came = to.ask(request, seconds=end - time.monotonic())
            wished = wish(came, asked, now=datetime.now(UTC))
            pause = wished or _FIRST_PAUSE * 2 ** (attempt - 1)
            if wished is None or attempt == _MOST_ATTEMPTS or time.monotonic() + pause >= last_start:
                break
            time.sleep(pause)
        return came


def nothing(found: Json) -> None:
    """Reads the answer of a call that promises none."""


def _is_success(came: Answer | Lost) -> bool:
    return isinstance(came, Answer) and 200 <= came.status < 300


def _written(value: object) -> str:
    """A parameter as JSON has it: `true`, and not Python's `True`, which Mailchimp refuses."""
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _with(official: OfficialClient) -> Client:
    """All groups of calls of the client, on our end of it."""
    client = Client()
    for group in vars(client).values():
        if hasattr(group, "api_client"):
            group.api_client = official
    client.api_client = official
    return client
