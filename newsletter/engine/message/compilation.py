"""From rendered bodies to bytes: a message is encoded once, for a campaign with holes, for a single mail without."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from newsletter.engine.message import headers as fields
from newsletter.engine.message import quoted_printable
from newsletter.engine.message.compiled import CompiledMessage
from newsletter.engine.message.errors import MessageError
from newsletter.engine.message.sections import Position, Section
from newsletter.engine.message.slots import Edge, Hole, Markers, Place, Slot

#: What a message is made of, in order.
_Item = bytes | Hole | Edge

_HTML_PLACES = frozenset({Place.HTML, Place.URL})
_TEXT_PLACES = frozenset({Place.TEXT})

#: RFC 8058 section 3.1, exactly.
_ONE_CLICK = fields.field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What the headers of a campaign's messages say; the same for all of its recipients."""

    subject: str
    sender_name: str
    sender_email: str
    list_id: str  #: such as `rounds.example.com` (RFC 2919)
    feedback_id: (
        str  #: such as `issue-7:rounds:newsletter:rounds-example`; per campaign and newsletter, never per person
    )
    list_name: str = ""
    reply_to: str = ""


def compile_message(*, headers: Headers, html: str, text: str, markers: Markers, nameless: str = "") -> CompiledMessage:
    """The message of a campaign, once for all of its recipients: multipart/alternative, UTF-8, quoted-printable.

    Args:
        html: a whole HTML document with markers in it, and with the marks of its sections.
        text: its plain-text twin.
        nameless: what a greeting says to a reader without a name.

    Raises:
        MessageError: a header with a line break, an empty body, a marker at a wrong place.
    """
    markers.refuse_in(*_texts_of(headers), nameless, part="The headers")
    html_parts = markers.cut(_body(html, "The HTML part"), places=_HTML_PLACES, part="The HTML part")
    text_parts = markers.cut(_body(text, "The plain-text part"), places=_TEXT_PLACES, part="The plain-text part")
    stream = [
        *_campaign_headers(headers),
        *_alternative(_encoded(text_parts), _encoded(html_parts), boundary=_boundary(markers.stem)),
    ]
    return _assembled(stream, nameless=fields.one_line(nameless, what="The name for readers without one"))


def single_message(
    *,
    sender_name: str,
    sender_email: str,
    to: str,
    subject: str,
    text: str,
    message_id: str,
    date: datetime,
    auto_submitted: bool,
    html: str | None = None,
    name: str = "",
    reply_to: str = "",
    unsubscribe_url: str = "",
) -> bytes:
    """One mail to one reader or editor: a confirmation, a welcome, an alert. Lines end in CRLF.

    Args:
        to: the address in its normal form; `name` stands beside it.
        html: None for a mail of plain text only.
        auto_submitted: this mail answers something that happened (RFC 3834 section 5); keeps auto-responders quiet.
        unsubscribe_url: for mails that go on until the reader says stop; adds the headers of RFC 8058.

    Raises:
        MessageError: a header with a line break, a malformed address or link, an empty body.
    """
    head = [
        _from(sender_name, sender_email),
        fields.field("To", fields.mailbox(name, to, what="The recipient")),
        *_reply_to(reply_to),
        fields.field("Subject", _subject(subject)),
        fields.field("Date", fields.date(date)),
        fields.field("Message-ID", fields.message_id(message_id)),
    ]
    if auto_submitted:
        head.append(fields.field("Auto-Submitted", "auto-generated"))
    if unsubscribe_url:
        head += [fields.field("List-Unsubscribe", f"<{fields.url(unsubscribe_url)}>"), _ONE_CLICK]
    head.append(fields.field("MIME-Version", "1.0"))
    plain = [quoted_printable.encode(_body(text, "The plain-text part"))]
    if html is None:
        return _static([*head, *_part("plain", plain)])
    rich = [quoted_printable.encode(_body(html, "The HTML part"))]
    return _static([*head, *_alternative(plain, rich, boundary=_boundary(message_id))])


def _campaign_headers(headers: Headers) -> Iterator[_Item]:
    yield _from(headers.sender_name, headers.sender_email)
    yield from (b"To: ", Hole(Slot.TO, Place.HEADER), b"\r\n")
    yield from _reply_to(headers.reply_to)
    yield fields.field("Subject", _subject(headers.subject))
    yield from (b"Date: ", Hole(Slot.DATE, Place.HEADER), b"\r\n")
    yield from (b"Message-ID: ", Hole(Slot.MESSAGE_ID, Place.HEADER), b"\r\n")
    yield fields.field("List-Id", fields.list_id(headers.list_name, headers.list_id))
    yield from (b"List-Unsubscribe: <", Hole(Slot.UNSUBSCRIBE_URL, Place.HEADER), b">\r\n")
    yield _ONE_CLICK
    yield fields.field("Feedback-ID", fields.feedback_id(headers.feedback_id))
    yield fields.field("MIME-Version", "1.0")


def _alternative(plain: Iterable[_Item], rich: Iterable[_Item], *, boundary: str) -> Iterator[_Item]:
    """Both parts, the richer one last (RFC 2046 section 5.1.4)."""
    line = f"--{boundary}".encode("ascii")
    yield fields.field("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"')
    yield b"\r\n"
    for subtype, body in (("plain", plain), ("html", rich)):
        yield line + b"\r\n"
        yield from _part(subtype, body)
        yield b"\r\n"  # belongs to the delimiter, so that the body keeps its own last line end
    yield line + b"--\r\n"


def _part(subtype: str, body: Iterable[_Item]) -> Iterator[_Item]:
    yield fields.field("Content-Type", f"text/{subtype}; charset=utf-8")
    yield fields.field("Content-Transfer-Encoding", "quoted-printable")
    yield b"\r\n"
    yield from body


def _encoded(stream: Iterable[str | Hole | Edge]) -> Iterator[_Item]:
    """Each text ends in a soft break before a hole; a hole's value brings the one behind it.

    Sections begin and end at the start of a line, too: whatever of them is cut out, the rest fits together.
    """
    starts_line = True
    for item in stream:
        if isinstance(item, str):
            encoded = quoted_printable.encode(item)
            yield encoded
            starts_line = encoded.endswith(b"\r\n") if encoded else starts_line
            continue
        if isinstance(item, Hole) or not starts_line:
            yield quoted_printable.SOFT_BREAK
        yield item
        starts_line = True


def _assembled(stream: Iterable[_Item], *, nameless: str) -> CompiledMessage:
    pieces: list[bytearray] = [bytearray()]
    holes: list[Hole] = []
    begun: list[tuple[frozenset[int], Position]] = []
    sections: list[Section] = []
    for item in stream:
        position = Position(len(pieces) - 1, len(pieces[-1]))
        if isinstance(item, Hole):
            holes.append(item)
            pieces.append(bytearray())
        elif not isinstance(item, Edge):
            pieces[-1] += item
        elif item.places:
            begun.append((item.places, position))
        else:
            sections.append(Section(*begun.pop(), position))
    return CompiledMessage(
        pieces=tuple(bytes(piece) for piece in pieces),
        holes=tuple(holes),
        nameless=nameless,
        sections=tuple(sections),
    )


def _static(stream: Iterable[_Item]) -> bytes:
    (message,) = _assembled(stream, nameless="").pieces
    return message


def _boundary(seed: str) -> str:
    """Starts with "=_", which quoted-printable text never holds (RFC 2045 section 6.7), whatever fills its holes."""
    return "=_" + hashlib.blake2b(seed.encode(), digest_size=12, person=b"rounds boundary").hexdigest()


def _body(text: str, part: str) -> str:
    if not text.strip():
        raise MessageError(f"{part} is empty.")
    if "\x00" in text:
        raise MessageError(f"{part} holds a NUL character.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MessageError(f"{part} holds half a character (a lone surrogate).") from None
    return text if text.endswith("\n") else text + "\n"


def _subject(subject: str) -> str:
    if not subject.strip():
        raise MessageError("The subject is empty. Please write one.")
    return fields.unstructured(subject, what="The subject")


def _from(name: str, address: str) -> bytes:
    return fields.field("From", fields.sender(name, address, what="The sender", field_name="From"))


def _reply_to(address: str) -> list[bytes]:
    if not address:
        return []
    return [fields.field("Reply-To", fields.sender("", address, what="The reply address", field_name="Reply-To"))]


def _texts_of(headers: Headers) -> tuple[str, ...]:
    return (
        headers.subject,
        headers.sender_name,
        headers.sender_email,
        headers.reply_to,
        headers.list_name,
        headers.list_id,
        headers.feedback_id,
    )
