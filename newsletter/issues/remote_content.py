"""What Mailchimp is given of a campaign: the very bodies that were frozen, with its own tags for a reader's values.

Words of ours that look like a tag of Mailchimp's (`*|...|*`) are shown as they are written, and never filled in.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from newsletter.backends.mailchimp.answers import CampaignWrite, Content, RemoteCampaign
from newsletter.engine.message import CompiledMessage, Recipient
from newsletter.issues.as_seen import decoded
from newsletter.issues.errors import IssueError

if TYPE_CHECKING:
    from newsletter.models import Campaign, MailchimpAudience

UNSUBSCRIBE, PREFERENCES = "*|UNSUB|*", "*|UPDATE_PROFILE|*"
ADDRESS_IN_HTML, ADDRESS_IN_TEXT = "*|HTML:LIST_ADDRESS_HTML|*", "*|LIST:ADDRESS|*"

#: A merge tag of an audience, such as FNAME or MMERGE3.
_FIELD = re.compile(r"[A-Z][A-Z0-9_]{0,9}")
_DATE = datetime(2000, 1, 1, tzinfo=UTC)
#: Every tag begins with `*|` and ends with `|*`; an address may say it in escapes.
_BAR_OF_TAG = re.compile(r"(?<=\*)\||\|(?=\*)")
_STAR_OF_TAG = re.compile(r"\*(?=\||%7C)|(?<=\|)\*|(?<=%7C)\*", re.I)
_ADDRESS_OF_HTML = re.compile(r"""(\b(?:href|src)\s*=\s*")([^"]*)""", re.I)
_ADDRESS_OF_TEXT = re.compile(r"(?:https?://|mailto:)[^\s<>]+", re.I)
#: Reads like the bar that it stands for. Plain text knows no escapes.
_BAR = "\N{DIVIDES}"


class RemoteContentError(IssueError):
    """Mailchimp can't be given this campaign; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class _Stands:
    """Unguessable values that the message is spliced with; nothing that an editor writes can be one of them."""

    mark: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def unsubscribe(self) -> str:
        return f"https://{self.mark}.invalid/u"

    @property
    def preferences(self) -> str:
        return f"https://{self.mark}.invalid/p"

    @property
    def name(self) -> str:
        return f"N{self.mark}"


def content_for(compiled: CompiledMessage, *, name_tag: str = "") -> Content:
    """Both bodies as they were frozen.

    Args:
        name_tag: the merge field that holds a reader's name, if the audience has one that is mapped; without it all
            are greeted as readers who gave no name.

    Raises:
        MessageError: the compiled message is damaged.
        RemoteContentError: `name_tag` is no merge tag.
    """
    if name_tag and not _FIELD.fullmatch(name_tag):
        raise RemoteContentError(
            _("%(tag)s is no merge tag of Mailchimp’s. Map the fields anew.") % {"tag": repr(name_tag[:20])}
        )
    stands = _Stands()
    recipient = Recipient(
        address="reader@example.com",
        name=stands.name if name_tag else "",
        message_id="<campaign@example.com>",
        unsubscribe_url=stands.unsubscribe,
        preferences_url=stands.preferences,
    )
    shown = decoded(compiled.splice(recipient, date=_DATE))
    html = _with_address(as_literal_html(shown.html.replace("\r\n", "\n")), stands)
    text = f"{as_literal_text(shown.text.replace(chr(13), '')).rstrip()}\n{ADDRESS_IN_TEXT}\n"
    return Content(
        html=_tagged(html, stands, _name(name_tag, as_literal_html(escape(compiled.nameless)))),
        plain_text=_tagged(text, stands, _name(name_tag, as_literal_text(compiled.nameless))),
    )


def settings_for(campaign: Campaign, audience: MailchimpAudience, *, title: str) -> CampaignWrite:
    """Subject and sender as they were frozen. The line shown beside the subject is in the HTML already.

    Raises:
        MessageError: the compiled message is damaged.
        RemoteContentError: there is no address to send from.
    """
    recipient = Recipient(
        address="reader@example.com",
        name="",
        message_id="<campaign@example.com>",
        unsubscribe_url="https://example.com/",
        preferences_url="https://example.com/",
    )
    message: Any = message_from_bytes(
        CompiledMessage.load(campaign.compiled).splice(recipient, date=_DATE), policy=policy.default
    )
    (sender,) = message["From"].addresses
    answers = message["Reply-To"].addresses if message["Reply-To"] else ()
    if not sender.addr_spec:
        raise RemoteContentError(_("There is no address to send from. Give the newsletter or the publication one."))
    return CampaignWrite(
        title=title,
        list_id=audience.list_id,
        segment_id=audience.segment_id,
        subject=as_literal_text(str(message["Subject"])),
        preview_text="",
        from_name=as_literal_text(sender.display_name or sender.addr_spec),
        # Mailchimp knows one address only: it sends from the one that answers go to.
        reply_to=answers[0].addr_spec if answers else sender.addr_spec,
    )


def new_title(key: str) -> str:
    """A title that no campaign over there has: what ours is looked for by. `key` is the campaign's."""
    return f"rounds-{key.replace(':', '-')}-{secrets.token_hex(6)}"


def name_tag_of(audience: MailchimpAudience) -> str:
    """The merge tag that gets the reader's name; empty where none was named in the acknowledgement."""
    return next((str(tag) for tag, ours in sorted(audience.merge_fields.items()) if ours == "name"), "")


def digest_of(content: Content, there: RemoteCampaign) -> str:
    """Tells what readers get of one campaign from another, whatever line ends it was given back with.

    Of what Mailchimp says that it holds: it may have written our subject or sender in a way of its own.
    """
    shown = (there.subject, there.preview_text, there.from_name, there.reply_to)
    whole = "\0".join(part.replace("\r\n", "\n").strip() for part in (content.html, content.plain_text, *shown))
    return hashlib.sha256(whole.encode()).hexdigest()


def as_literal_html(html: str) -> str:
    """HTML that reads the same and holds no tag of Mailchimp's."""
    html = _ADDRESS_OF_HTML.sub(lambda found: found[1] + _STAR_OF_TAG.sub("%2A", found[2]), html)
    return _BAR_OF_TAG.sub("&#124;", html)


def as_literal_text(text: str) -> str:
    """Text that reads the same and holds no tag of Mailchimp's; addresses in it lead where they led."""
    text = _ADDRESS_OF_TEXT.sub(lambda found: _STAR_OF_TAG.sub("%2A", found[0]), text)
    return _BAR_OF_TAG.sub(_BAR, text)


def _name(tag: str, nameless: str) -> str:
    """In Mailchimp's words: who gave none is greeted as here."""
    return f"*|IF:{tag}|**|{tag}|**|ELSE:|*{nameless}*|END:IF|*"


def _tagged(body: str, stands: _Stands, name: str) -> str:
    for stand, tag in ((stands.unsubscribe, UNSUBSCRIBE), (stands.preferences, PREFERENCES), (stands.name, name)):
        body = body.replace(stand, tag)
    return body


def _with_address(html: str, stands: _Stands) -> str:
    """The audience's postal address, once, where ours stands: at the end of the block that holds the personal links."""
    shown = f'<div style="margin:12px 0 0">{ADDRESS_IN_HTML}</div>'
    links = max(html.rfind(stands.unsubscribe), html.rfind(stands.preferences))
    at = html.find("</div>", links) if links >= 0 else -1
    if at < 0:
        at = html.rfind("</body>")
    return f"{html}{shown}" if at < 0 else f"{html[:at]}{shown}{html[at:]}"
