"""The page with the sign-up form, what happens when a form from any page comes in, and the page after it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from core.client import client_ip, network
from core.limits import Limit
from core.stamp import Stamp, StampError, read_stamp
from newsletter.audience.breaker import open_flood
from newsletter.audience.sign_ups import request_mail_again, request_sign_up
from newsletter.models import Frequency, Newsletter
from newsletter.web.sign_up_forms import AgainForm, SubscribeForm

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

#: A clinic or a campus may share one network; somebody who tries out addresses needs many more (security case 3).
FROM_ONE_NETWORK = Limit(name="network-sign-ups", amount=40, every=timedelta(hours=1))
#: What a form costs that came back within a second of being shown: mostly programs, sometimes a quick autofill.
QUICK_COST = 2
_HOST = re.compile(r"[a-z0-9.-]{1,100}")


# The form stands on pages that are cached and served without cookies, so it can't carry a CSRF token. A forged
# cross-site post gains nothing: it acts with no login, without a stamp of ours it only shows a page with a button, the
# rate limits count it, and only the mailbox's owner can confirm (security case 17).
@csrf_exempt
@sensitive_post_parameters("email", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_page(request: HttpRequest) -> HttpResponse:
    """The form; a POST of it answers the same whoever the address belongs to (security case 1)."""
    newsletters = list(Newsletter.objects.visible())
    if request.method == "POST":
        return _posted(request, newsletters)
    form = SubscribeForm(newsletters=newsletters, place="page", path=request.path, chosen=_chosen(request))
    return _page(request, form, newsletters)


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """What a link to the page may choose beforehand: `?newsletter=slug&frequency=weekly&topics=1&topics=4`."""
    frequency = request.GET.get("frequency", "")
    return {
        "newsletter": request.GET.get("newsletter", ""),
        "frequency": frequency if frequency in Frequency.values else Frequency.EACH_STORY,
        "topics": [number for number in request.GET.getlist("topics") if number.isdecimal()],
    }


def _posted(request: HttpRequest, newsletters: list[Newsletter]) -> HttpResponse:
    slug = request.POST.get("newsletter", "")
    if not newsletters or (slug and slug not in {newsletter.slug for newsletter in newsletters}):
        raise Http404  # hidden or unknown: the same answer (security case 16)
    data = request.POST.copy()
    if len(newsletters) == 1:
        data["newsletter"] = newsletters[0].slug
    now = timezone.now()
    stamp = _stamp(request, now)
    path = stamp.path if stamp else _came_from(request)
    form = SubscribeForm(data, newsletters=newsletters, place="page", path=path)
    if not form.is_valid():
        return _page(request, form, newsletters, status=400)
    done = HttpResponseRedirect(reverse("newsletter:subscribed"))
    if form.is_from_a_program:
        return done
    if stamp is None:
        form.go_along_hidden()
        return _page(request, form, newsletters, template="subscribe_check")
    ip = client_ip(request)
    if not _has_allowance(ip, stamp, now):
        return _too_many(request)
    chosen = form.cleaned_data
    request_sign_up(
        chosen["newsletter"],
        email=chosen["email"],
        name=chosen["name"],
        frequency=chosen["frequency"],
        topics=chosen["topics"],
        language=chosen.get("language", ""),
        source=stamp.path,
        wording=form.wording,
        ip=ip,
        now=now,
    )
    return done


def _stamp(request: HttpRequest, now: datetime) -> Stamp | None:
    try:
        return read_stamp(request.POST.get("stamp", ""), now=now)
    except StampError:
        return None


def _came_from(request: HttpRequest) -> str:
    """Our page, and the site whose form led to it: what the evidence will say."""
    told = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    host = told.netloc.rpartition("@")[2].partition(":")[0].lower()
    if not _HOST.fullmatch(host) or host == urlsplit(settings.BASE_URL).hostname:
        return request.path
    return f"{request.path} (form on {host})"


def _has_allowance(ip: str, stamp: Stamp, now: datetime) -> bool:
    return FROM_ONE_NETWORK.spend(network(ip), now=now, cost=QUICK_COST if stamp.quick else 1)


def _page(
    request: HttpRequest,
    form: SubscribeForm,
    newsletters: list[Newsletter],
    *,
    template: str = "subscribe",
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "newsletters": newsletters, "place": "page"}
    response = render(request, f"newsletter/web/{template}.html", context, status=status)
    if request.method == "POST":
        add_never_cache_headers(response)  # it shows what was typed
    return response


def _too_many(request: HttpRequest) -> HttpResponse:
    response = render(request, "newsletter/web/too_many.html", status=429)
    response["Retry-After"] = str(int(FROM_ONE_NETWORK.every.total_seconds()))
    return response


@csrf_exempt  # for the same reasons
@sensitive_post_parameters("email")
@require_http_methods(["GET", "HEAD", "POST"])
def subscribed(request: HttpRequest) -> HttpResponse:
    """Where every sign-up ends: look into your inbox. A POST asks for the mail once more, with the same answer."""
    if request.method != "POST":
        return inbox_page(request, sent_again="again" in request.GET)
    form = AgainForm(request.POST, path=request.path)
    if not form.is_valid():
        return inbox_page(request, form, status=400)
    now, ip = timezone.now(), client_ip(request)
    stamp = _stamp(request, now)
    if stamp is None:
        return inbox_page(request, form, status=400, stale=True)
    if not form.is_from_a_program:
        if not _has_allowance(ip, stamp, now):
            return _too_many(request)
        request_mail_again(email=form.cleaned_data["email"], source=request.path, ip=ip, now=now)
    return HttpResponseRedirect(f"{reverse('newsletter:subscribed')}?again")


def inbox_page(request: HttpRequest, form: AgainForm | None = None, *, status: int = 200, **more: bool) -> HttpResponse:
    """The page itself, also for others that have just asked for a mail."""
    context = {
        "form": form or AgainForm(path=reverse("newsletter:subscribed")),
        "is_slow": open_flood() is not None,
        **more,
    }
    return render(request, "newsletter/web/subscribed.html", context, status=status)
