"""What was sent, for everybody: the list of a newsletter's issues, and one issue as it was mailed."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign, Issue, Newsletter

#: A campaign in one of these has reached readers; a scheduled, held, cancelled or failed one may not have.
PUBLIC_STATES = (CampaignState.SENDING, CampaignState.SENT, CampaignState.PAUSED, CampaignState.WAITING)


def public_campaigns() -> list[str]:
    return [state.value for state in PUBLIC_STATES]


@require_safe
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """The issues of a newsletter that went out, the latest first."""
    newsletter = get_object_or_404(Newsletter.objects.visible(), slug=slug)
    sent = Campaign.objects.filter(state__in=public_campaigns()).defer("compiled", "web_html")
    issues = (
        Issue.objects.filter(newsletter=newsletter, campaigns__state__in=public_campaigns())
        .distinct()
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
        Campaign.objects.filter(
            issue_id=issue_id,
            newsletter__slug=slug,
            newsletter__hidden=False,
            state__in=public_campaigns(),
        )
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
