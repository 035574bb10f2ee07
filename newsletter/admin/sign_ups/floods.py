"""Sign-ups that wait because too many came: what they look like, and the two decisions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet

from core.refusals import Guarded, may, user_of
from newsletter.admin.trail import Trail
from newsletter.audience import breaker
from newsletter.models import SignUpFlood

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractUser

DECIDE = ("newsletter.change_signupflood",)
DOMAINS_SHOWN = 5
LET_THROUGH, THROW_AWAY = "let-through", "throw-away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one flood has brought, so that a person can tell readers from a program."""

    flood: SignUpFlood
    count: int
    first: datetime | None
    last: datetime | None
    domains: list[tuple[str, int]]
    networks: int  #: distinct client addresses, told apart by their hashes
    named: int  #: how many gave a name


def held_by(flood: SignUpFlood) -> Held:
    rows = flood.sign_ups.all()
    times = rows.aggregate(first=Min("requested_at"), last=Max("requested_at"))
    domains = Counter(email.partition("@")[2] for email in rows.values_list("email", flat=True).iterator())
    return Held(
        flood=flood,
        count=domains.total(),
        first=times["first"],
        last=times["last"],
        domains=domains.most_common(DOMAINS_SHOWN),
        networks=rows.exclude(ip_hash="").values("ip_hash").distinct().count(),
        named=rows.exclude(name="").count(),
    )


class FloodsView(Guarded, Trail, TemplateView):
    http_method_names = ["get", "head"]
    permissions_required = DECIDE
    template_name = "newsletter/admin/sign_ups/floods.html"
    page_title = gettext_lazy("Sign-ups held back")
    header_icon = "warning"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        undecided = breaker.undecided()
        return {
            **super().get_context_data(**kwargs),
            "waiting": [held_by(flood) for flood in undecided],
            "past": SignUpFlood.objects.exclude(pk__in=undecided.values("pk")).select_related("decided_by")[:20],
            "allowance": breaker.allowance(),
        }


class DecideView(Guarded, Trail, TemplateView):
    """GET asks once more, for neither can be taken back; POST does it."""

    http_method_names = ["get", "head", "post"]
    permissions_required = DECIDE
    template_name = "newsletter/admin/sign_ups/decide.html"
    header_icon = "warning"
    kwargs: dict[str, Any]

    @cached_property
    def flood(self) -> SignUpFlood:
        if self.kwargs["decision"] not in {LET_THROUGH, THROW_AWAY}:
            raise Http404
        return get_object_or_404(SignUpFlood, pk=self.kwargs["pk"])

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_floods:index"), _("Sign-ups held back"))]

    def get_page_title(self) -> str:
        return _("Let them through?") if self.kwargs["decision"] == LET_THROUGH else _("Throw them away?")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "held": held_by(self.flood),
            "letting": self.kwargs["decision"] == LET_THROUGH,
            **super().get_context_data(**kwargs),
        }

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        user, now = user_of(request), timezone.now()
        if self.kwargs["decision"] == LET_THROUGH:
            count = breaker.let_through(self.flood, by=user, now=now)
            said = ngettext("One confirmation goes out now.", "%(count)d confirmations go out now.", count)
        else:
            count = breaker.throw_away(self.flood, by=user, now=now)
            said = ngettext("One sign-up is forgotten.", "%(count)d sign-ups are forgotten.", count)
        messages.success(request, said % {"count": count} if count != 1 else said)
        return redirect("newsletter_floods:index")


class FloodPanel(Component):
    """A notice on the admin's first page, for those who may decide."""

    name = "newsletter_floods"
    template_name = "newsletter/admin/sign_ups/flood_panel.html"
    order = 10

    def __init__(self, user: AbstractUser) -> None:
        self.user = user

    def is_shown(self) -> bool:
        return may(self.user, required=DECIDE) and breaker.undecided().exists()

    def get_context_data(self, parent_context: dict[str, Any]) -> dict[str, Any]:
        return {"waiting": [held_by(flood) for flood in breaker.undecided()]}


class FloodMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return FloodPanel(user_of(request)).is_shown()


class FloodViewSet(ViewSet):
    name = "newsletter_floods"
    url_prefix = "newsletter/sign-ups"
    icon = "warning"
    menu_label = gettext_lazy("Sign-ups held back")
    menu_name = "newsletter-floods"
    menu_item_class = FloodMenuItem

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", FloodsView.as_view(), name="index"),
            path("<int:pk>/<slug:decision>/", DecideView.as_view(), name="decide"),
        ]
