"""The page with the sign-up form, and what happens when a form from any page comes in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from newsletter.models import Newsletter
from newsletter.web.forms import SubscribeForm
from newsletter.web.stamp import StampError, read_stamp


# The form stands on pages that are cached and served without cookies, so it can't carry a CSRF token. A forged
# cross-site post gains nothing: it acts with no login, the stamp ties it to a page of ours, the rate limits count it,
# and only the mailbox's owner can confirm (security case 17).
@csrf_exempt
@sensitive_post_parameters("email", "name")
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe_page(request: HttpRequest) -> HttpResponse:
    """The form; a POST of it answers the same whoever the address belongs to."""
    newsletters = list(Newsletter.objects.visible())
    if request.method == "POST":
        return _signed_up(request, newsletters)
    wanted = request.GET.get("newsletter", "")
    form = SubscribeForm(newsletters=newsletters, place="page", path=request.path, initial={"newsletter": wanted})
    return _page(request, form, newsletters)


def _signed_up(request: HttpRequest, newsletters: list[Newsletter]) -> HttpResponse:
    slug = request.POST.get("newsletter", "")
    if slug and slug not in {newsletter.slug for newsletter in newsletters}:
        raise Http404  # hidden or unknown: the same answer (security case 16)
    form = SubscribeForm(request.POST, newsletters=newsletters, place="page", path=request.path)
    if not form.is_valid():
        return _page(request, form, newsletters, status=400)
    now = timezone.now()
    try:
        read_stamp(form.cleaned_data["stamp"], now=now)
    except StampError:
        return _page(request, form, newsletters, status=400, stale=True)
    return HttpResponseRedirect(reverse("newsletter:subscribed"))


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


@require_safe
def subscribed(request: HttpRequest) -> HttpResponse:
    """Where every sign-up ends: look into your inbox."""
    return render(request, "newsletter/web/subscribed.html")
