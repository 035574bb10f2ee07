"""What needs the proof of the mailbox: another address, all data as a file, erasure."""

from __future__ import annotations

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from newsletter.audience.change_address import agree, ask_to_move, call_off, move_asked_for
from newsletter.audience.erase import erase
from newsletter.audience.export_reader import reader_record
from newsletter.audience.mailbox import reader_of
from newsletter.models import Subscriber
from newsletter.web.mailbox_forms import NewAddressForm
from newsletter.web.private import token_page


@sensitive_post_parameters("new_email")
@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def mailbox_page(request: HttpRequest, token: str) -> HttpResponse:
    """Everything here takes a press of a button: scanners in mail programs follow every link."""
    subscriber = reader_of(token, now=timezone.now())
    match request.POST.get("act", ""):
        case "move":
            return _ask_to_move(request, subscriber)
        case "export":
            return _export(subscriber)
        case "erase":
            return render(request, "newsletter/web/mailbox_erase.html", {"subscriber": subscriber, "token": token})
        case "erase-now":
            remains = erase(subscriber, now=timezone.now())
            return render(request, "newsletter/web/mailbox_erased.html", {"remains": remains})
        case _:
            return _page(request, subscriber, NewAddressForm(present=subscriber.email))


def _page(request: HttpRequest, subscriber: Subscriber, form: NewAddressForm) -> HttpResponse:
    context = {"subscriber": subscriber, "form": form}
    return render(request, "newsletter/web/mailbox.html", context, status=400 if form.errors else 200)


def _ask_to_move(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """The same answer whether the new address is known or not."""
    form = NewAddressForm(request.POST, present=subscriber.email)
    if not form.is_valid():
        return _page(request, subscriber, form)
    ask_to_move(subscriber, form.cleaned_data["new_email"], base_url=settings.BASE_URL, now=timezone.now())
    return render(request, "newsletter/web/mailbox_move_asked.html")


def _export(subscriber: Subscriber) -> HttpResponse:
    content = json.dumps(reader_record(subscriber), ensure_ascii=False, indent=2)
    return HttpResponse(
        content + "\n",
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def change_address_page(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link that each end of a change of address gets."""
    now = timezone.now()
    if "no" in request.POST and call_off(token, now=now):
        return render(request, "newsletter/web/mailbox_move_off.html")
    move = agree(token, ip=client_ip(request), now=now) if "yes" in request.POST else move_asked_for(token, now=now)
    return render(request, "newsletter/web/mailbox_move.html", {"move": move})
