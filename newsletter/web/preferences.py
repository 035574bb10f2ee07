"""The page where a reader changes name, frequency and topics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from newsletter.audience.preferences import NotSubscribedError, change
from newsletter.audience.reader import subscription_of
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Frequency, Subscription
from newsletter.web.forms import PreferencesForm
from newsletter.web.private import token_page


@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the bearer of the link may change; the address, export and erasure need a proof of the mailbox (case 23)."""
    subscription = subscription_of(token)
    if subscription is None or subscription.state != SubscriptionState.CONFIRMED:
        return _not_subscribed(request, token, subscription)
    form = PreferencesForm(request.POST if request.method == "POST" else None, subscription=subscription)
    status, saved = 200, False
    if request.method == "POST":
        if form.is_valid():
            try:
                _change(request, subscription, form)
            except NotSubscribedError:  # it ended in another tab just now
                return _not_subscribed(request, token, subscription)
            saved = True
            form = PreferencesForm(subscription=subscription)
        else:
            status = 400
    context = {"form": form, "subscription": subscription, "token": token, "saved": saved}
    return render(request, "newsletter/web/preferences.html", context, status=status)


def _change(request: HttpRequest, subscription: Subscription, form: PreferencesForm) -> None:
    change(
        subscription,
        name=form.cleaned_data["name"],
        frequency=Frequency(form.cleaned_data["frequency"]),
        topics=form.cleaned_data["topics"],
        source="/preferences/",
        now=timezone.now(),
        ip=client_ip(request),
    )


def _not_subscribed(request: HttpRequest, token: str, subscription: Subscription | None) -> HttpResponse:
    return render(request, "newsletter/web/unsubscribed.html", {"subscription": subscription, "token": token})
