"""The pages that show what was received."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from inbox import message
from inbox.store import Inbox, NoSuchMessageError, received_at

PER_PAGE = 25
MOST_LISTED = 200
#: A long line or a huge message would only make the browser slow; the whole of it is a download.
MOST_SHOWN = 500_000

VIEWS = {"html": _("HTML"), "text": _("Text"), "source": _("Source"), "headers": _("Headers")}

#: The mail sees nothing of the site it is shown in: no script, no form, no frame, no origin.
#: Its links open beside the inbox, as a mail program's do.
FRAME_RIGHTS = "allow-popups allow-popups-to-escape-sandbox"


def inbox() -> Inbox:
    return Inbox(settings.INBOX_DIR)


def stored(key: str) -> bytes:
    try:
        return inbox().read(key)
    except NoSuchMessageError:
        raise Http404("no such message") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message in the list."""

    key: str
    time: datetime
    summary: message.Summary


def listed(keys: Iterable[str]) -> Iterator[Line]:
    """The lines for these keys, without those that were deleted meanwhile."""
    for key in keys:
        with contextlib.suppress(NoSuchMessageError):
            yield Line(key=key, time=received_at(key), summary=message.summarise(inbox().read(key)))


@never_cache
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Newest first, a page at a time; `?to=` narrows it to one address. Only the shown ones are opened."""
    recipient = request.GET.get("to", "").strip()
    page = Paginator(inbox().keys(recipient), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": list(listed(page.object_list)),
        "recipient": recipient,
        "smtp_port": settings.INBOX_SMTP_PORT,
    }
    return render(request, "inbox/messages.html", context)


@never_cache
@require_safe
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One message; `?view=` says which side of it."""
    read = message.read(stored(key))
    there = {
        "html": read.html is not None,
        "text": read.text is not None,
        "headers": bool(read.headers),
        "source": True,
    }
    first = next(name for name in ("html", "text", "source") if there[name])
    wanted = request.GET.get("view", "")
    view = wanted if there.get(wanted) else first
    context = {
        "key": key,
        "time": received_at(key),
        "message": read,
        "view": view,
        "tabs": [(name, label) for name, label in VIEWS.items() if there[name]],
        "source": read.source[:MOST_SHOWN],
        "shortened": len(read.source) > MOST_SHOWN,
        "frame_rights": FRAME_RIGHTS,
    }
    return render(request, "inbox/message.html", context)


@never_cache
@require_safe
@xframe_options_sameorigin
def html_part(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part alone, for the frame: pictures of this site and styles, nothing else."""
    html = message.read(stored(key)).html
    if html is None:
        raise Http404("this message has no HTML")
    # Before the document: browsers take it into the head. Links would otherwise open inside the frame.
    response = HttpResponse('<base target="_blank">' + html)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; img-src 'self' {settings.BASE_URL} data:; style-src 'unsafe-inline'; "
        f"font-src 'self'; form-action 'none'; frame-ancestors 'self'; sandbox {FRAME_RIGHTS}"
    )
    return response


@never_cache
@require_safe
def raw(request: HttpRequest, key: str) -> HttpResponse:
    """The message's bytes, as a file."""
    content = stored(key)
    name = escape(key[:20])
    return HttpResponse(
        content, content_type="message/rfc822", headers={"Content-Disposition": f'attachment; filename="{name}.eml"'}
    )


@never_cache
@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """The same list for scripts and tests: `count` of all that match, the newest 200 of them."""
    keys = inbox().keys(request.GET.get("to", ""))
    found = [document(line) for line in listed(keys[:MOST_LISTED])]
    return JsonResponse({"count": len(keys), "messages": found})


def document(line: Line) -> dict[str, object]:
    return {
        "id": line.key,
        "to": line.summary.recipient,
        "from": line.summary.sender,
        "subject": line.summary.subject,
        "time": line.time,
        "url": reverse("inbox:message", args=[line.key]),
        "raw": reverse("inbox:raw", args=[line.key]),
    }


@require_POST
def delete_all(request: HttpRequest) -> HttpResponse:
    inbox().clear()
    return HttpResponseRedirect(reverse("inbox:messages"))
