"""Subscribers, to look at, for the few who may: who reads what, since when. Addresses are personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn
from wagtail.admin.viewsets.base import ViewSet

from core.listing import ReadOnlyIndexView
from core.refusals import shown_to
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Subscription

if TYPE_CHECKING:
    from django.db.models import QuerySet

STATES = {
    SubscriptionState.PENDING: gettext_lazy("not confirmed yet"),
    SubscriptionState.CONFIRMED: gettext_lazy("reads it"),
    SubscriptionState.ENDED: gettext_lazy("left"),
}


class SubscriberIndexView(ReadOnlyIndexView):
    """One line per subscription. Nothing can be added, edited or deleted here: readers do that, by their links."""

    permissions_required = ("newsletter.view_subscriber",)
    model = Subscription
    page_title = gettext_lazy("Subscribers")
    header_icon = "group"
    index_url_name = "newsletter_subscribers:index"
    index_results_url_name = "newsletter_subscribers:index_results"
    default_ordering = "-created_at"
    paginate_by = 50
    list_filter = ["newsletter", "state", "frequency"]
    search_fields = ["subscriber__email", "subscriber__name"]

    def get_base_queryset(self) -> QuerySet[Subscription]:
        return Subscription.objects.select_related("subscriber", "newsletter")

    @cached_property
    def columns(self) -> list[Column]:
        return [
            Column("subscriber__email", label=_("Address"), accessor="subscriber.email", sort_key="subscriber__email"),
            Column("name", label=_("Name"), accessor="subscriber.name"),
            Column("newsletter", label=_("Newsletter")),
            StatusTagColumn(
                "state",
                label=_("State"),
                accessor=lambda subscription: str(STATES[SubscriptionState(subscription.state)]),
                primary=lambda subscription: subscription.state == SubscriptionState.CONFIRMED,
            ),
            Column("frequency", label=_("How often"), accessor="get_frequency_display"),
            DateColumn("created_at", label=_("Asked"), sort_key="created_at"),
        ]


class SubscriberViewSet(ViewSet):
    name = "newsletter_subscribers"
    url_prefix = "newsletter/subscribers"
    icon = "group"
    menu_label = gettext_lazy("Subscribers")
    menu_name = "newsletter-subscribers"
    menu_item_class = shown_to(("newsletter.view_subscriber",))

    def get_urlpatterns(self) -> list[Any]:
        return [
            path("", SubscriberIndexView.as_view(), name="index"),
            path("results/", SubscriberIndexView.as_view(results_only=True), name="index_results"),
        ]
