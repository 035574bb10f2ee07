"""The webhooks of an audience: what Mailchimp tells us, and what not."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.backends.mailchimp import reading
from newsletter.backends.mailchimp.answers import Webhook
from newsletter.backends.mailchimp.calling import Calls, nothing
from newsletter.backends.mailchimp.errors import NotFoundError
from newsletter.backends.mailchimp.ids import checked_id
from newsletter.backends.mailchimp.wire import Json

_EVENTS = {
    "subscribe": True,
    "unsubscribe": True,
    "profile": True,
    "cleaned": True,
    "upemail": True,
    "campaign": False,
}
#: What we did ourselves comes back as no event.
_SOURCES = {"user": True, "admin": True, "api": False}


class Webhooks(Calls):
    def webhooks(self, list_id: str) -> Iterator[Webhook]:
        """All of them: this list has no pages."""
        return iter(self._ask(self._client.lists.get_list_webhooks(checked_id(list_id)), _webhooks))

    def add_webhook(self, list_id: str, url: str) -> Webhook:
        body = {"url": url, "events": _EVENTS, "sources": _SOURCES}
        made = self._client.lists.create_list_webhook(checked_id(list_id), body)
        # The path of the address is a secret.
        return self._ask(made, reading.webhook, private=(url, *filter(None, url.split("/")[3:])))

    def remove_webhook(self, list_id: str, hook_id: str) -> None:
        """One that is not there is fine."""
        made = self._client.lists.delete_list_webhook(checked_id(list_id), checked_id(hook_id))
        try:
            self._ask(made, nothing, body=False)
        except NotFoundError:
            return


def _webhooks(found: Json) -> list[Webhook]:
    return [reading.webhook(entry) for entry in reading.entries(found, "webhooks")]
