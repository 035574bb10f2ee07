"""Trying everything that a campaign at Mailchimp needs, with one that is never sent and is deleted again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models import PublicationSettings
from newsletter.audience.mailchimp.account import backend
from newsletter.audience.mailchimp.proving import open_account
from newsletter.backends.base import BackendConfigurationError, BackendError
from newsletter.backends.mailchimp.answers import Audience, CampaignWrite, Content, RemoteCampaign
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.backend import GRID
from newsletter.backends.mailchimp.errors import MailchimpError, NotFoundError, UnexpectedAnswerError, UnsureError
from newsletter.engine.grid import next_on
from newsletter.models import MailchimpAudience, Newsletter

#: Should it stay scheduled over there, a person has so long to take it back before it would be mailed.
AHEAD = timedelta(days=28)
#: Between the clocks of two machines.
_TOLERANCE = timedelta(minutes=5)
_HTML = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>Check</title></head><body><p>{mark}: a check of the '
    'connection. It is not meant for readers.</p><p>*|LIST:ADDRESS|* <a href="*|UNSUB|*">Unsubscribe</a></p>'
    "</body></html>"
)
_PLAIN = "{mark}: a check of the connection. It is not meant for readers.\n\n*|LIST:ADDRESS|*\nUnsubscribe: *|UNSUB|*\n"
_UNVERIFIED = "Accepted; not read back, because this stand-in keeps no state."


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    step: str
    ok: bool
    #: What was found or why it failed, for people; holds no address and no secret.
    said: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    name: str
    reply_to: str


class _NotAsItShouldBeError(Exception):
    """A call was answered, and what it should have done is not done."""


class Walk:
    """One check. `run` it once; nothing of it stays over there, or the last step says what does."""

    def __init__(
        self,
        connect: Callable[[], Mailchimp],
        *,
        sender: Sender,
        list_id: str = "",
        test_address: str = "",
        stands_in: bool = False,
        now: datetime,
        tell: Callable[[Step], None] = lambda step: None,
    ) -> None:
        """
        Args:
            sender: whom the campaign would come from.
            list_id: empty for the first audience over there that has members.
            test_address: who gets the test; empty leaves that step out. Nobody else is ever mailed.
            stands_in: a stand-in is asked, which may have no memory; then only what it answers can be judged.
            tell: hears of each step when it is over.
        """
        self._connect, self._sender = connect, sender
        self._list_id, self._test_address = list_id, test_address
        self._stands_in, self._tell = stands_in, tell
        self._title = f"Rounds check {secrets.token_hex(8)}"
        self._now, self._at = now, next_on(GRID, now + AHEAD)
        self._remembers = True
        self._campaign: RemoteCampaign | None = None
        self._may_be_there = False

    def run(self) -> list[Step]:
        """All steps up to the first that fails or is interrupted, and the cleaning up."""
        ways = {
            "connect": self._connects,
            "audience": self._chooses,
            "create": self._creates,
            "content": self._fills,
            "checklist": self._reads_checklist,
            "test": self._tests,
            "schedule": self._schedules,
            "unschedule": self._unschedules,
        }
        steps: list[Step] = []
        try:
            for name, act in ways.items():
                steps.append(self._walk(name, act))
                if not steps[-1].ok:
                    break
        finally:
            if self._may_be_there:
                steps.append(self._walk("delete", self._deletes))
        return steps

    def _walk(self, name: str, act: Callable[[], str]) -> Step:
        started = time.monotonic()
        try:
            said, ok = act(), True
        except (BackendError, _NotAsItShouldBeError) as error:
            said, ok = str(error), False
        except KeyboardInterrupt:
            said, ok = "Ended from outside.", False
        step = Step(step=name, ok=ok, said=said, milliseconds=round((time.monotonic() - started) * 1000))
        self._tell(step)
        return step

    def _connects(self) -> str:
        self._api = self._connect()
        self._api.ping()
        return f"The key is taken; the account is “{self._api.account().name}”."

    def _chooses(self) -> str:
        found = [self._api.audience(self._list_id)] if self._list_id else [*self._api.audiences()]
        if not found:
            raise _NotAsItShouldBeError("There is no audience over there yet. Make one at Mailchimp, then check again.")
        self._audience: Audience = next((one for one in found if one.members), found[0])
        segments = [*self._api.segments(self._audience.id)]
        fields = [*self._api.merge_fields(self._audience.id)]
        required = ", ".join(field.tag for field in fields if field.required) or "none"
        return (
            f"“{self._audience.name}” ({self._audience.id}) has {self._audience.members} subscribed members, "
            f"{len(segments)} segments and tags, {len(fields)} merge fields (required: {required})."
        )

    def _creates(self) -> str:
        self._may_be_there = True
        try:
            self._campaign = self._api.create_campaign(self._wanted())
            said = ""
        except (UnsureError, UnexpectedAnswerError) as error:
            self._campaign = self._found_by_title()
            if self._campaign is None:
                raise
            said = f" Its answer was lost ({error}), and it was found by its title."
        except MailchimpError:
            self._may_be_there = False
            raise
        made = self._api.campaign(self._campaign.id)
        self._remembers = made.title == self._title
        if not self._remembers and not self._stands_in:
            raise _NotAsItShouldBeError("What was made has another title when it is read back.")
        if self._remembers and made.tracked:
            raise _NotAsItShouldBeError(
                f"Mailchimp tracks readers ({', '.join(made.tracked)}) although it was asked not to. The plan "
                "may not let that be turned off; campaigns are held where it is on."
            )
        return self._if_verified(f"Made, and read back as a draft.{said}")

    def _if_verified(self, said: str) -> str:
        return said if self._remembers else _UNVERIFIED

    def _wanted(self) -> CampaignWrite:
        return CampaignWrite(
            title=self._title,
            list_id=self._audience.id,
            segment_id=None,
            subject="Check of the connection",
            preview_text="",
            from_name=self._sender.name,
            reply_to=self._sender.reply_to,
        )

    def _found_by_title(self) -> RemoteCampaign | None:
        found = self._api.campaigns_titled(self._title, since=self._now - _TOLERANCE)
        return found[0] if found else None

    def _made(self) -> RemoteCampaign:
        assert self._campaign is not None  # noqa: S101 - no step is walked after one that failed
        return self._campaign

    def _fills(self) -> str:
        html, plain = _HTML.format(mark=self._title), _PLAIN.format(mark=self._title)
        self._api.put_content(self._made().id, Content(html=html, plain_text=plain))
        kept = self._api.content(self._made().id)
        if not self._remembers:
            return _UNVERIFIED
        if self._title not in kept.html or self._title not in kept.plain_text:
            raise _NotAsItShouldBeError("HTML or text is not what was put in when it is read back.")
        return "HTML and text are there when they are read back."

    def _reads_checklist(self) -> str:
        told = self._api.checklist(self._made().id)
        wrong = ", ".join(item.heading for item in told.items if item.type == "error")
        if not told.is_ready and self._remembers:
            raise _NotAsItShouldBeError(f"Mailchimp would not send it: {wrong or 'it does not say why'}.")
        return self._if_verified("Ready to be sent.")

    def _tests(self) -> str:
        if not self._test_address:
            return "Left out: nobody was named with --test-address."
        self._api.send_test(self._made().id, [self._test_address])
        return self._if_verified("Taken for the one address that was named; whether it arrives is seen there.")

    def _schedules(self) -> str:
        self._surely(lambda: self._api.schedule(self._made().id, self._at), status="schedule")
        return self._if_verified(f"Scheduled for {self._at:%Y-%m-%d %H:%M} UTC, and its status says so.")

    def _unschedules(self) -> str:
        self._surely(lambda: self._api.unschedule(self._made().id), status="save")
        return self._if_verified("A draft again, as its status says.")

    def _surely(self, call: Callable[[], None], *, status: str) -> None:
        """Make the call; whatever became of its answer, the status is what counts."""
        lost: UnsureError | None = None
        try:
            call()
        except UnsureError as error:
            lost = error
        found = self._api.campaign(self._made().id).status
        if self._remembers and found != status:
            raise lost or _NotAsItShouldBeError(f"It was answered, and the status is still “{found}”.")
        if lost and not self._remembers:
            raise lost

    def _deletes(self) -> str:
        try:
            made = self._campaign or self._found_by_title()
            if made is None:
                return "Nothing is found under its title, so nothing has to be deleted."
            self._campaign = made
            if self._remembers and self._api.campaign(made.id).status == "schedule":
                self._unschedules()
            self._surely_deleted(made.id)
        except NotFoundError:
            return "What was made is deleted again, and is not found any more."
        except (MailchimpError, _NotAsItShouldBeError, KeyboardInterrupt) as error:
            raise _NotAsItShouldBeError(
                f"{error} LEFT OVER THERE: the campaign “{self._title}”. If it is scheduled, it is for "
                f"{self._at:%Y-%m-%d %H:%M} UTC: delete it by hand at Mailchimp before then."
            ) from error
        return _UNVERIFIED

    def _surely_deleted(self, campaign_id: str) -> None:
        lost: UnsureError | None = None
        try:
            self._api.delete_campaign(campaign_id)
        except UnsureError as error:
            lost = error
        if self._remembers:
            # What is expected is that it is not found.
            status = self._api.campaign(campaign_id).status
            raise lost or _NotAsItShouldBeError(f"Deleting it was answered, and it is still there as “{status}”.")
        if lost:
            raise lost


def check(*, list_id: str, test_address: str, now: datetime, tell: Callable[[Step], None]) -> list[Step]:
    """Walk as this site would: with its key, and with the sender of the newsletter that has this audience.

    Without a `list_id`, the first audience that a newsletter uses is tried, else the first over there.
    """
    used = MailchimpAudience.objects.select_related("newsletter").order_by("pk")
    audience = (used.filter(list_id=list_id) if list_id else used.exclude(switched_on_at=None)).first()
    newsletter = audience.newsletter if audience else Newsletter.objects.order_by("pk").first() or Newsletter()
    name, address = newsletter.sender(PublicationSettings.of_default_site())
    return Walk(
        open_account,
        list_id=list_id or (audience.list_id if audience else ""),
        sender=Sender(name=name or "Check", reply_to=newsletter.reply_to or address or "check@example.com"),
        test_address=test_address,
        stands_in=_stands_in(),
        now=now,
        tell=tell,
    ).run()


def _stands_in() -> bool:
    try:
        return backend().stands_in
    except BackendConfigurationError:
        return False  # connecting says so
