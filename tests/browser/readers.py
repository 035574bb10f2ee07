"""Readers of the demo in every state, with links to the pages of each: what browser tests look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.conftest import Publication

#: Runs inside the publication (`manage.py shell`) and prints paths by name.
_MAKE = """
import json
from datetime import timedelta
from django.utils import timezone
from newsletter.audience.change_address import _token
from newsletter.audience.reader import token_for
from newsletter.engine.tokens import End, confirm_token, mailbox_token
from newsletter.models import AddressChange, Newsletter, Subscriber, Subscription
from newsletter.models.keys import key_ring

now, rounds, ring = timezone.now(), Newsletter.objects.get(slug="rounds"), key_ring()
soon, past = now + timedelta(hours=1), now - timedelta(hours=1)

def reader(name, **fields):
    Subscriber.objects.filter(email=f"{name}@example.org").delete()
    subscriber = Subscriber.objects.create(email=f"{name}@example.org", name="Inês Duarte")
    given = {"state": "confirmed", "confirmed_at": now, **fields}
    return Subscription.objects.create(subscriber=subscriber, newsletter=rounds, **given)

def mailbox(one, expires_at=soon):
    return mailbox_token(one.subscriber_id, one.subscriber.email, expires_at=expires_at, ring=ring)

def move(one, **fields):
    given = {"new_email": f"new-{one.subscriber.email}", "expires_at": soon, **fields}
    return AddressChange.objects.create(subscriber=one.subscriber, **given)

reads, asked = reader("reads"), reader("asked", state="pending", confirmed_at=None)
paused, left = reader("paused", paused_until=now + timedelta(weeks=3)), reader("left", state="ended", ended_at=now)
moving, half, gone = reader("moving"), reader("half"), reader("gone")
moved = reader("moved")
done = move(moved, new_email=moved.subscriber.email)
erased = reader("erased")
erased_token = token_for(erased)
erased.subscriber.delete()
print(json.dumps({
    "confirm": f"/confirm/{confirm_token(asked.pk, expires_at=soon, ring=ring)}/",
    "confirm, run out": f"/confirm/{confirm_token(asked.pk, expires_at=past, ring=ring)}/",
    "preferences": f"/preferences/{token_for(reads)}/",
    "preferences, paused": f"/preferences/{token_for(paused)}/",
    "preferences, not confirmed": f"/preferences/{token_for(asked)}/",
    "unsubscribe": f"/unsubscribe/{token_for(reads)}/",
    "unsubscribed": f"/unsubscribe/{token_for(left)}/",
    "unsubscribed and erased": f"/unsubscribe/{erased_token}/",
    "mailbox": f"/your-data/{mailbox(gone)}/",
    "mailbox, run out": f"/your-data/{mailbox(gone, past)}/",
    "move": f"/change-address/{_token(move(moving), End.NEW)}/",
    "move, from the old address": f"/change-address/{_token(move(reads), End.OLD)}/",
    "move, one yes": f"/change-address/{_token(move(half, new_agreed_at=now), End.NEW)}/",
    "move, done": f"/change-address/{_token(done, End.NEW)}/",
    "move, run out": f"/change-address/{_token(move(left, expires_at=past), End.NEW)}/",
    "unknown link": "/preferences/cut-on-its-way/",
    "subscribe": "/subscribe/",
    "check your inbox": "/subscribe/check-your-inbox/",
}))
"""


def pages_of_readers(publication: Publication) -> dict[str, str]:
    """Fresh readers, and the path of each page that one of them can open."""
    printed = publication.manage("shell", "--no-imports", "-c", _MAKE)
    paths: dict[str, str] = json.loads(printed.strip().splitlines()[-1])
    return paths


#: Presses on the page of that name that lead to another one; `fields` are filled in before, by their labels.
PRESSES: tuple[tuple[str, str, dict[str, str], str], ...] = (
    ("a sign-up with mistakes", "subscribe", {"Your email address": "nobody"}, "Subscribe"),
    ("another mail, with mistakes", "check your inbox", {"Your email address": "nobody"}, "Send it again"),
    ("confirmed", "confirm", {}, "Yes, subscribe me"),
    ("preferences with mistakes", "preferences", {"Your name": "<b>"}, "Save"),
    ("preferences, saved", "preferences", {"Your name": "Inês"}, "Save"),
    ("preferences, pause begun", "preferences", {}, "Pause"),
    ("preferences, pause ended", "preferences, paused", {}, "Read again now"),
    ("the link is mailed", "preferences", {}, "Mail me the link"),
    ("mailbox with mistakes", "mailbox", {"Your new email address": "nobody"}, "Ask both mailboxes"),
    ("both are asked", "mailbox", {"Your new email address": "nobody@example.com"}, "Ask both mailboxes"),
    ("erase?", "mailbox", {}, "Erase me"),
    ("moved, one yes", "move", {}, "Yes, write to me here"),
    ("called off", "move, one yes", {}, "No, leave all as it is"),
    ("once a month", "unsubscribe", {}, "Once a month"),
    ("a pause instead", "unsubscribe", {}, "A pause of four weeks"),
    ("just unsubscribed", "unsubscribe", {}, "Unsubscribe"),
    ("told why", "unsubscribed", {}, "Tell us"),
    ("signed up again", "unsubscribed", {}, "Subscribe again"),
)

#: Uses up, or gives back, what this machine's network may sign up in an hour.
SPEND = (
    "from django.utils import timezone; from newsletter.web.subscribe import FROM_ONE_NETWORK;"
    "FROM_ONE_NETWORK.spend('127.0.0.0/24', now=timezone.now(), cost={cost})"
)
