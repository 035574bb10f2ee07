"""What was sent, for everybody: the list of a newsletter's issues, and one issue as it was mailed."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign, Delivery, Issue, Newsletter

#: A campaign in one of these has reached readers or is about to.
GOING_OUT = (CampaignState.SENDING, CampaignState.SENT, CampaignState.PAUSED, CampaignState.WAITING)
#: One of these may have been stopped half-way: who got it must still find it.
STOPPED = (CampaignState.HELD, CampaignState.CANCELLED)
REACHED = (
    DeliveryState.HANDED_OVER,
    DeliveryState.ACCEPTED,
    DeliveryState.UNCERTAIN,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


def public_campaigns() -> QuerySet[Campaign]:
    """Campaigns that reached readers; one that was stopped before its first mail is nobody's business."""
    reached = Delivery.objects.filter(campaign=OuterRef("pk"), state__in=REACHED)
    return Campaign.objects.filter(Q(state__in=GOING_OUT) | Q(Exists(reached), state__in=STOPPED))


@require_safe
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """The issues of a newsletter that went out, the latest first."""
    newsletter = get_object_or_404(Newsletter.objects.visible(), slug=slug)
    sent = public_campaigns().defer("compiled", "web_html")
    issues = (
        Issue.objects.filter(Exists(public_campaigns().filter(issue=OuterRef("pk"))), newsletter=newsletter)
        .defer("body")
        .prefetch_related(Prefetch("campaigns", queryset=sent, to_attr="sent"))
    )
    entries = sorted(
        ((issue.sent[0], issue) for issue in issues), key=lambda entry: entry[0].scheduled_at, reverse=True
    )
    return render(request, "newsletter/web/archive.html", {"newsletter": newsletter, "entries": entries})


@require_safe
def issue(request: HttpRequest, slug: str, issue_id: int) -> HttpResponse:
    """One issue as it was mailed, without anything personal.

    It is a whole document of its own, which an editor composed: it gets no script, no form and an origin of its own,
    whatever it contains (security cases 25 and 28).
    """
    campaign = (
        public_campaigns()
        .filter(issue_id=issue_id, newsletter__slug=slug, newsletter__hidden=False)
        .defer("compiled")
        .order_by("-scheduled_at", "-id")
        .first()
    )
    if campaign is None or not campaign.web_html:
        raise Http404
    response = HttpResponse(campaign.web_html)
    response["Content-Security-Policy"] = mail_document_policy(settings.BASE_URL)
    return response


def mail_document_policy(base_url: str) -> str:
    """What a mailed document may do in a browser: show text, inline style and our own pictures, and be left."""
    return (
        f"default-src 'none'; img-src 'self' {base_url} data:; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
    )
