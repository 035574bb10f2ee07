"""Leaving: a page with one button, and the one-click post of mail programs."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from newsletter.audience.reader import subscription_of
from newsletter.audience.subscribe import subscribe
from newsletter.audience.unsubscribe import unsubscribe
from newsletter.engine.subscriptions import EndReason, SubscriptionState
from newsletter.models import Frequency, LeavingCause, Subscription
from newsletter.web.forms import LeaveForm
from newsletter.web.private import token_page


@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the button and changes nothing (security case 19); a POST ends the subscription."""
    if request.method != "POST":
        subscription = subscription_of(token)
        if subscription is None or subscription.state == SubscriptionState.ENDED:
            return _left(request, token, subscription)
        context = {"subscription": subscription, "token": token, "form": LeaveForm()}
        return render(request, "newsletter/web/unsubscribe.html", context)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(request, token)
    if "again" in request.POST:
        return _again(request, token)
    form = LeaveForm(request.POST)
    # A cause that is none of ours is no reason to keep somebody.
    cause = LeavingCause(form.cleaned_data["cause"]) if form.is_valid() and form.cleaned_data["cause"] else None
    subscription = unsubscribe(
        token, reason=EndReason.UNSUBSCRIBED, now=timezone.now(), ip=client_ip(request), cause=cause
    )
    return _left(request, token, subscription)


def _one_click(request: HttpRequest, token: str) -> HttpResponse:
    """RFC 8058 section 3.2: the mail program posts without cookies and follows no redirect."""
    unsubscribe(token, reason=EndReason.ONE_CLICK, now=timezone.now(), ip=client_ip(request))
    return HttpResponse(_("You are unsubscribed.") + "\n", content_type="text/plain; charset=utf-8")


def _left(request: HttpRequest, token: str, subscription: Subscription | None) -> HttpResponse:
    return render(request, "newsletter/web/unsubscribed.html", {"subscription": subscription, "token": token})


def _again(request: HttpRequest, token: str) -> HttpResponse:
    """A fresh opt-in: only the mail that goes to the reader's own address can start the subscription anew."""
    subscription = subscription_of(token)
    if subscription is None or subscription.newsletter.hidden:
        return _left(request, token, subscription)
    subscribe(
        subscription.newsletter,
        email=subscription.subscriber.email,
        frequency=Frequency(subscription.frequency),
        topics=list(subscription.topics.all()),
        source="/unsubscribe/",
        ip=client_ip(request),
        now=timezone.now(),
        base_url=settings.BASE_URL,
    )
    return render(request, "newsletter/web/subscribed.html")
