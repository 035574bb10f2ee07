"""The list of readers: one line each, found by search and filters. Addresses are personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import View
from wagtail.admin.paginator import WagtailPaginator
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.widgets.button import HeaderButton

from core.listing import ReadOnlyIndexView
from core.refusals import Guarded, user_of
from newsletter.admin.readers.access import VIEW
from newsletter.admin.readers.actions import ACTIONS
from newsletter.admin.readers.filters import ReaderFilters
from newsletter.admin.readers.search import exactly, remember
from newsletter.admin.readers.words import end_reason_of, state_of
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import Subscriber, Subscription

if TYPE_CHECKING:
    from django.db.models import QuerySet

#: Rows that are counted and paged through; whoever looks for one among a million searches or filters.
COUNTED = 10_000


class BoundedPaginator(WagtailPaginator):
    """Counts no further than `COUNTED`: on a list of a million that is all the difference."""

    @cached_property
    def count(self) -> int:
        readers: QuerySet[Subscriber] = self.object_list
        return readers.order_by()[: COUNTED + 1].count()

    @cached_property
    def num_pages(self) -> int:
        return max(1, -(-min(self.count, COUNTED) // int(self.per_page)))

    @cached_property
    def items_count_label(self) -> str:
        if self.count > COUNTED:
            return _("More than %(number)s readers: search or filter to reach the others") % {"number": f"{COUNTED:,}"}
        return ngettext("%(number)s reader", "%(number)s readers", self.count) % {"number": f"{self.count:,}"}


class PillsColumn(Column):
    """Some words in each cell, each with a tone and perhaps what it means."""

    cell_template_name = "newsletter/admin/readers/pills_cell.html"


class ChoiceColumn(Column):
    """A box to tick for each reader, and one for all that are shown."""

    cell_template_name = "newsletter/admin/readers/choice_cell.html"
    header_template_name = "newsletter/admin/readers/choice_header.html"


class ReaderIndexView(ReadOnlyIndexView):
    """One line per reader. The search comes by POST (`FindView`), so that no address stands in an address."""

    permissions_required = VIEW
    model = Subscriber
    page_title = gettext_lazy("Subscribers")
    header_icon = "group"
    template_name = "newsletter/admin/readers/index.html"
    results_template_name = "newsletter/admin/readers/index_results.html"
    index_url_name = "newsletter_subscribers:index"
    is_searchable = False
    filterset_class = None
    default_ordering = "-pk"
    paginate_by = 50
    paginator_class = BoundedPaginator
    request: HttpRequest

    @cached_property
    def reader_filters(self) -> ReaderFilters:
        return ReaderFilters(self.request.GET, session=self.request.session, now=timezone.now())

    def get_base_queryset(self) -> QuerySet[Subscriber]:
        subscriptions = Subscription.objects.select_related("newsletter").order_by("newsletter__name")
        return self.reader_filters.readers().prefetch_related(Prefetch("subscriptions", subscriptions), "tags")

    def order_queryset(self, queryset: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
        return queryset.order_by(self.ordering)

    @cached_property
    def columns(self) -> list[Column]:
        return [
            ChoiceColumn("choice"),
            TitleColumn("email", label=_("Address"), url_name="newsletter_subscribers:show", sort_key="email"),
            Column("name", label=_("Name")),
            PillsColumn("newsletters", label=_("Newsletters"), accessor=subscription_pills),
            PillsColumn("tags", label=_("Tags"), accessor=tag_pills),
            # Readers are numbered as they join, and the number has an index.
            DateColumn("created_at", label=_("Joined"), sort_key="pk"),
        ]

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        if not user_of(self.request).has_perm("newsletter.add_subscriber"):
            return []
        return [HeaderButton(_("Add"), url=reverse("newsletter_subscribers:add"), icon_name="plus")]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        user, filters = user_of(self.request), self.reader_filters
        return {
            **context,
            "filters": None,
            "reader_filters": filters,
            "query": urlencode(filters.in_force()),
            "actions": [action for action in ACTIONS.values() if user.has_perm(action.permission)],
        }


class FindView(Guarded, View):
    """Takes the words of a search: a reader's whole address leads to that reader, all else to the list."""

    http_method_names = ["post"]
    permissions_required = VIEW

    def post(self, request: HttpRequest) -> HttpResponse:
        text = request.POST.get("text", "").strip()
        filters = {
            name: value
            for name, value in ReaderFilters(request.POST, session=request.session, now=timezone.now())
            .in_force()
            .items()
            if name != "search"
        }
        if reader := exactly(text):
            return redirect("newsletter_subscribers:show", reader.pk)
        if text:
            filters["search"] = remember(request.session, text)
        query = f"?{urlencode(filters)}" if filters else ""
        return redirect(reverse("newsletter_subscribers:index") + query)


def subscription_pills(reader: Subscriber) -> list[tuple[str, str, str]]:
    """(words, tone, what it means) of each subscription."""
    tones = {SubscriptionState.CONFIRMED: "good", SubscriptionState.PENDING: "open", SubscriptionState.ENDED: "over"}
    return [
        (
            f"{subscription.newsletter.name}: {state_of(subscription)}",
            tones[SubscriptionState(subscription.state)],
            str(end_reason_of(subscription) or subscription.get_frequency_display()),
        )
        for subscription in reader.subscriptions.all()
    ]


def tag_pills(reader: Subscriber) -> list[tuple[str, str, str]]:
    return [(tag.name, "", "") for tag in reader.tags.all()]
