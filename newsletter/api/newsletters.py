"""What there is to read: newsletters, and issues that were sent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Path, Query, Router

from newsletter.api.errors import not_found
from newsletter.api.operations import check_query, needs
from newsletter.api.shapes import Id, IssueFilter, IssueOut, Issues, NewsletterOut, Newsletters, WholeIssue
from newsletter.audience.api_tokens import Scope
from newsletter.engine.machine import CampaignState
from newsletter.models import Campaign, Newsletter

router = Router()


@router.get(
    "/newsletters",
    summary="List newsletters",
    operation_id="list_newsletters",
    **needs(Scope.READ_NEWSLETTERS, answers={200: Newsletters}),
)
def list_newsletters(request: HttpRequest) -> Newsletters:
    """All of them, hidden ones too."""
    return Newsletters(
        items=[
            NewsletterOut(
                slug=newsletter.slug,
                name=newsletter.name,
                description=newsletter.description,
                language=newsletter.language,
                time_zone=newsletter.time_zone,
                hidden=newsletter.hidden,
            )
            for newsletter in Newsletter.objects.all()
        ]
    )


@router.get(
    "/issues",
    summary="List issues that were sent",
    operation_id="list_issues",
    **needs(Scope.READ_ISSUES, answers={200: Issues}),
)
def list_issues(request: HttpRequest, filters: Query[IssueFilter]) -> Issues:
    """The latest first; a page at a time."""
    check_query(request, IssueFilter)
    campaigns = _sent().defer("web_html").filter(pk__lt=filters.before)
    if filters.newsletter:
        campaigns = campaigns.filter(newsletter__slug=filters.newsletter)
    page = list(campaigns[: filters.limit + 1])
    following = page[filters.limit - 1].pk if len(page) > filters.limit else None
    return Issues(items=[IssueOut(**_shown(campaign)) for campaign in page[: filters.limit]], next=following)


@router.get(
    "/issues/{issue_id}",
    summary="Read an issue that was sent",
    operation_id="read_issue",
    **needs(Scope.READ_ISSUES, answers={200: WholeIssue}, errors=(404,)),
)
def read_issue(request: HttpRequest, issue_id: Path[Id]) -> WholeIssue:
    """As it was mailed; what is edited afterwards changes nothing."""
    campaign = _sent().filter(issue_id=issue_id).first()
    if campaign is None:
        raise not_found("issue")
    return WholeIssue(**_shown(campaign), html=campaign.web_html)


def _sent() -> QuerySet[Campaign]:
    """At most one for each issue."""
    sent = Campaign.objects.filter(state=CampaignState.SENT).select_related("newsletter", "issue")
    return sent.defer("compiled", "issue__body").order_by("-pk")


def _shown(campaign: Campaign) -> dict[str, Any]:
    hidden = campaign.newsletter.hidden
    return {
        "id": campaign.issue_id,
        "newsletter": campaign.newsletter.slug,
        "subject": campaign.subject,
        "sent_at": campaign.started_at or campaign.scheduled_at,
        "recipients": campaign.recipients,
        "url": None if hidden else f"{settings.BASE_URL}{campaign.issue.get_absolute_url()}",
    }
