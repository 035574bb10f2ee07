"""Leaving: a page with one button, less of it for who would rather stay, and the one-click post of mail programs."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from core.limits import Limit
from newsletter.audience.pause import pause
from newsletter.audience.preferences import NotSubscribedError, change
from newsletter.audience.reader import subscription_of
from newsletter.audience.sign_ups import request_sign_up
from newsletter.audience.unsubscribe import unsubscribe
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import Frequency, LeavingCause, Subscription
from newsletter.web.forms import LeaveForm
from newsletter.web.mailbox_forms import USUAL_PAUSE
from newsletter.web.private import token_page
from newsletter.web.subscribe import inbox_page
from newsletter.web.zones import zone_for

SOURCE = "/unsubscribe/"
LESS = frozenset({Frequency.WEEKLY.value, Frequency.MONTHLY.value})
#: Requests to be signed up again that one link can make; what they mail has its own, narrower limits.
AGAIN = Limit(name="signed-up-again", amount=10, every=timedelta(days=1))


@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the button and changes nothing (security case 19); a POST ends the subscription."""
    if request.method != "POST":
        subscription = subscription_of(token)
        if subscription is None or subscription.state == SubscriptionState.ENDED:
            return _left(request, token, subscription)
        return _offer(request, token, subscription)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(request, token)
    if "again" in request.POST:
        return _again(request, token)
    if "less" in request.POST or "pause" in request.POST:
        return _less(request, token)
    form = LeaveForm(request.POST)
    # A cause that is none of ours is no reason to keep somebody.
    cause = LeavingCause(form.cleaned_data["cause"]) if form.is_valid() and form.cleaned_data["cause"] else None
    subscription = unsubscribe(
        token, reason=EndReason.UNSUBSCRIBED, now=timezone.now(), ip=client_ip(request), cause=cause
    )
    return _left(request, token, subscription, thanks=bool(cause))


def _offer(request: HttpRequest, token: str, subscription: Subscription) -> HttpResponse:
    context = {"subscription": subscription, "token": token}
    return render(request, "newsletter/web/unsubscribe.html", context)


def _one_click(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058 section 3.2: the mail program posts without cookies and follows no redirect."""
    unsubscribe(token, reason=EndReason.ONE_CLICK, now=timezone.now(), ip=client_ip(request))
    return HttpResponse(_("You are unsubscribed.") + "\n", content_type="text/plain; charset=utf-8")


def _left(request: HttpRequest, token: str, subscription: Subscription | None, *, thanks: bool = False) -> HttpResponse:
    """Why they leave is asked afterwards: nothing stands before the way out."""
    context = {"subscription": subscription, "token": token, "form": LeaveForm(), "thanks": thanks}
    return render(request, "newsletter/web/unsubscribed.html", context)


def _less(request: HttpRequest, token: str) -> HttpResponse:
    """What the page offers beside leaving: one press, and nothing to fill in. Anything else changes nothing."""
    subscription = subscription_of(token)
    if subscription is None:
        return _left(request, token, subscription)
    if not subscription.newsletter.can.narrows:  # a page from before: nothing less can be kept to
        return _offer(request, token, subscription)
    now, ip = timezone.now(), client_ip(request)
    try:
        if "pause" in request.POST:
            pause(subscription, weeks=USUAL_PAUSE, source=SOURCE, now=now, ip=ip)
        elif (wanted := request.POST["less"]) in LESS:
            change(subscription, frequency=Frequency(wanted), source=SOURCE, now=now, ip=ip)
        else:
            return _offer(request, token, subscription)
    except NotSubscribedError:
        return _left(request, token, subscription)
    context = {
        "subscription": subscription,
        "token": token,
        "paused": "pause" in request.POST,
        "zone": zone_for(subscription),
    }
    return render(request, "newsletter/web/stayed.html", context)


def _again(request: HttpRequest, token: str) -> HttpResponse:
    """A fresh opt-in: only the mail that goes to the reader's own address can start the subscription anew."""
    subscription = subscription_of(token)
    if subscription is None or subscription.newsletter.hidden:
        return _left(request, token, subscription)
    now = timezone.now()
    if AGAIN.spend(str(subscription.pk), now=now):
        request_sign_up(
            subscription.newsletter,
            email=subscription.subscriber.email,
            frequency=Frequency(subscription.frequency),
            topics=list(subscription.topics.all()),
            source=SOURCE,
            ip=client_ip(request),
            wording="",
            now=now,
        )
    return inbox_page(request)
