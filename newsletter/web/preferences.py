"""The page where a reader changes what they get, pauses it, and asks for the link that proves the mailbox."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.client import client_ip
from newsletter.audience.mailbox import send_link
from newsletter.audience.pause import is_kept, pause, read_again
from newsletter.audience.preferences import NotSubscribedError, change
from newsletter.audience.reader import subscription_of
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Newsletter, Subscription
from newsletter.web.forms import LeaveForm, PreferencesForm
from newsletter.web.mailbox_forms import PauseForm
from newsletter.web.private import token_page
from newsletter.web.zones import zone_for

SOURCE = "/preferences/"


@sensitive_post_parameters("name")
@require_http_methods(["GET", "HEAD", "POST"])
@token_page
def preferences_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the bearer of the link may change; the address, export and erasure need a proof of the mailbox (case 23)."""
    subscription = subscription_of(token)
    if subscription and "mailbox" in request.POST:
        send_link(subscription, base_url=settings.BASE_URL, now=timezone.now())
        return render(request, "newsletter/web/mailbox_sent.html")
    if subscription is None or subscription.state != SubscriptionState.CONFIRMED:
        return _not_subscribed(request, token, subscription)
    try:
        return _page(request, token, subscription)
    except NotSubscribedError:  # it ended in another tab just now
        return _not_subscribed(request, token, subscription)


def _page(request: HttpRequest, token: str, subscription: Subscription) -> HttpResponse:
    form, pausing = PreferencesForm(subscription=subscription), PauseForm()
    done, can_pause = "", subscription.newsletter.can.narrows
    if "resume" in request.POST:
        read_again(subscription, source=SOURCE, now=timezone.now(), ip=client_ip(request))
        done = "resumed"
    elif "pause" in request.POST:
        if can_pause:  # else the page says why there is none
            pausing = PauseForm(request.POST)
            done = _pause(request, subscription, pausing)
    elif request.method == "POST":
        form = PreferencesForm(request.POST, subscription=subscription)
        if done := _save(request, subscription, form):
            form = PreferencesForm(subscription=subscription)
    context = {
        "form": form,
        "pausing": pausing,
        "wrong": pausing if pausing.errors else form,
        "subscription": subscription,
        "can_pause": can_pause,
        "paused": is_kept(subscription, now=timezone.now()),
        "zone": zone_for(subscription),
        "others": Newsletter.objects.visible().exclude(pk=subscription.newsletter_id).exists(),
        "token": token,
        "done": done,
    }
    wrong = form.errors or pausing.errors
    return render(request, "newsletter/web/preferences.html", context, status=400 if wrong else 200)


def _save(request: HttpRequest, subscription: Subscription, form: PreferencesForm) -> str:
    if not form.is_valid():
        return ""
    change(
        subscription,
        name=form.cleaned_data["name"],
        frequency=form.cleaned_data.get("frequency"),
        topics=form.cleaned_data.get("topics"),
        language=form.cleaned_data.get("language"),
        time_zone=form.cleaned_data["time_zone"],
        source=SOURCE,
        now=timezone.now(),
        ip=client_ip(request),
    )
    return "saved"


def _pause(request: HttpRequest, subscription: Subscription, form: PauseForm) -> str:
    if not form.is_valid():
        return ""
    weeks = form.cleaned_data["weeks"]
    pause(subscription, weeks=weeks, source=SOURCE, now=timezone.now(), ip=client_ip(request))
    return "paused"


def _not_subscribed(request: HttpRequest, token: str, subscription: Subscription | None) -> HttpResponse:
    context = {"subscription": subscription, "token": token, "form": LeaveForm()}
    return render(request, "newsletter/web/unsubscribed.html", context)
