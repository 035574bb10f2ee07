"""The page with the sign-up form, and what happens when a form from any page comes in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from core.client import client_ip, network
from core.limits import Limit
from core.stamp import StampError, read_stamp
from newsletter.audience.subscribe import subscribe
from newsletter.models import Newsletter
from newsletter.web.forms import SubscribeForm

#: A clinic or a campus may share one network; somebody who tries out addresses needs many more (security case 3).
FROM_ONE_NETWORK = Limit(name="network-sign-ups", amount=40, every=timedelta(hours=1))
#: What a form costs that came back within a second of being shown: mostly programs, sometimes a quick autofill.
QUICK_COST = 2


# The form stands on pages that are cached and served without cookies, so it can't carry a CSRF token. A forged
# cross-site post gains nothing: it acts with no login, the stamp ties it to a page of ours, the rate limits count it,
# and only the mailbox's owner can confirm (security case 17).
@csrf_exempt
@sensitive_post_parameters("email", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_page(request: HttpRequest) -> HttpResponse:
    """The form; a POST of it answers the same whoever the address belongs to (security case 1)."""
    newsletters = list(Newsletter.objects.visible())
    if request.method == "POST":
        return _signed_up(request, newsletters)
    chosen = request.GET.get("newsletter", "")
    form = SubscribeForm(newsletters=newsletters, place="page", path=request.path, chosen=chosen)
    return _page(request, form, newsletters)


def _signed_up(request: HttpRequest, newsletters: list[Newsletter]) -> HttpResponse:
    slug = request.POST.get("newsletter", "")
    if not newsletters or (slug and slug not in {newsletter.slug for newsletter in newsletters}):
        raise Http404  # hidden or unknown: the same answer (security case 16)
    data = request.POST if slug or len(newsletters) > 1 else {**request.POST.dict(), "newsletter": newsletters[0].slug}
    form = SubscribeForm(data, newsletters=newsletters, place="page", path=request.path)
    if not form.is_valid():
        return _page(request, form, newsletters, status=400)
    done = HttpResponseRedirect(reverse("newsletter:subscribed"))
    if form.is_from_a_program:
        return done
    now, ip = timezone.now(), client_ip(request)
    try:
        stamp = read_stamp(form.cleaned_data["stamp"], now=now)
    except StampError:
        return _page(request, form, newsletters, status=400, stale=True)
    if not FROM_ONE_NETWORK.spend(network(ip), now=now, cost=QUICK_COST if stamp.quick else 1):
        return _too_many(request)
    subscribe(
        form.cleaned_data["newsletter"],
        email=form.cleaned_data["email"],
        name=form.cleaned_data["name"],
        frequency=form.cleaned_data["frequency"],
        source=stamp.path,
        ip=ip,
        now=now,
        base_url=settings.BASE_URL,
    )
    return done


def _page(
    request: HttpRequest,
    form: SubscribeForm,
    newsletters: list[Newsletter],
    *,
    status: int = 200,
    stale: bool = False,
) -> HttpResponse:
    context = {"form": form, "newsletters": newsletters, "place": "page", "stale": stale}
    return render(request, "newsletter/web/subscribe.html", context, status=status)


def _too_many(request: HttpRequest) -> HttpResponse:
    response = render(request, "newsletter/web/too_many.html", status=429)
    response["Retry-After"] = str(int(FROM_ONE_NETWORK.every.total_seconds()))
    return response


@require_safe
def subscribed(request: HttpRequest) -> HttpResponse:
    """Where every sign-up ends: look into your inbox."""
    return render(request, "newsletter/web/subscribed.html")
