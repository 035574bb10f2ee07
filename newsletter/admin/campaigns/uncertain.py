"""Deliveries whose answer was lost: who, when, in which chunk, and the two ways to settle them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from core.refusals import Guarded, user_of
from newsletter.admin.campaigns.access import REPORT
from newsletter.admin.campaigns.below import BelowCampaign
from newsletter.admin.campaigns.controls import controls_for
from newsletter.admin.instants import in_zone, zone_of
from newsletter.engine.machine import DeliveryState
from newsletter.engine.message_id import message_id
from newsletter.engine.replies_explained import explain, without_addresses
from newsletter.engine.reply_meanings import WORKER_ENDED
from newsletter.models import Chunk, Delivery, UncertainPolicy
from newsletter.models.keys import key_ring

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet

    from newsletter.engine.tokens import KeyRing
    from newsletter.models import Campaign

A_PAGE = 50
_COLUMNS = ("campaign", "subscriber_id", "address", "attempts", "resends", "last_reply", "settled_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainRow:
    """`address` is empty for those who may not see readers, and where the reader was erased."""

    number: int
    address: str
    reader_url: str
    when: str
    chunk: int | None
    attempts: int
    was_resent: bool
    words: str
    title: str
    #: By this a mail server's log names the mail.
    message_id: str


class UncertainView(Guarded, BelowCampaign, TemplateView):
    http_method_names = ["get", "head"]
    permissions_required = REPORT
    template_name = "newsletter/admin/campaigns/uncertain.html"
    page_title = gettext_lazy("Uncertain deliveries")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = user_of(self.request)
        may_see_readers = user.has_perm("newsletter.view_subscriber")
        shown = Paginator(uncertain_of(self.campaign), A_PAGE).get_page(self.request.GET.get("p"))
        settles = [item for item in controls_for(self.campaign, user) if item.possible_as == "resolve"]
        return super().get_context_data(
            **{
                **kwargs,
                "campaign": self.campaign,
                "page": shown,
                "total": shown.paginator.count,
                "rows": rows_of(list(shown), user=user, may_see_readers=may_see_readers),
                "may_see_readers": may_see_readers,
                "settles": settles,
                "holds": self.campaign.newsletter.uncertain_policy == UncertainPolicy.HOLD,
            }
        )


def uncertain_of(campaign: Campaign) -> QuerySet[Delivery]:
    """In the order of their ids, each with the chunk it lies in."""
    around = Chunk.objects.filter(campaign_id=campaign.pk, first_id__lte=OuterRef("pk")).order_by("-first_id")
    rows = Delivery.objects.filter(campaign_id=campaign.pk, state=DeliveryState.UNCERTAIN).order_by("pk")
    with_domain = rows.select_related("campaign").only(*_COLUMNS, "campaign__sender_domain")
    return with_domain.annotate(chunk=Subquery(around.values("pk")[:1]))


def rows_of(deliveries: list[Delivery], *, user: AbstractUser, may_see_readers: bool) -> list[UncertainRow]:
    zone = zone_of(user)
    ring = key_ring()
    return [row_of(delivery, zone=zone, ring=ring, may_see_readers=may_see_readers) for delivery in deliveries]


def row_of(delivery: Delivery, *, zone: str, ring: KeyRing, may_see_readers: bool) -> UncertainRow:
    explanation = explain(delivery.last_reply)
    is_known = may_see_readers and delivery.subscriber_id is not None
    return UncertainRow(
        number=delivery.pk,
        address=delivery.address if may_see_readers else "",
        reader_url=reverse("newsletter_subscribers:show", args=[delivery.subscriber_id]) if is_known else "",
        when=in_zone(delivery.settled_at, zone) if delivery.settled_at else "",
        chunk=getattr(delivery, "chunk", None),
        attempts=delivery.attempts,
        was_resent=delivery.resends > 0,
        title=_(explanation.title) if delivery.last_reply else "",
        message_id=message_id(delivery.campaign_id, delivery.pk, domain=delivery.campaign.sender_domain, ring=ring),
        # Nobody else's words are hidden; our own say no more than the title.
        words="" if explanation == WORKER_ENDED else without_addresses(delivery.last_reply),
    )
