"""What was sent, for everybody: the list of a newsletter's issues, and one issue as it was mailed."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from blog.discovery.search import query_of
from newsletter.issues.archive import LARGE, listed_campaigns, shown_campaigns
from newsletter.models import ArchivedAs, Newsletter
from newsletter.web.archive_search import hit, matching

ISSUES_ON_A_PAGE = 20


@require_safe
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """The issues of a newsletter that went out, the latest first; `?q=` those that hold all of its words."""
    newsletter = get_object_or_404(Newsletter.objects.visible(), slug=slug)
    query = query_of(request)
    found = matching(listed_campaigns(newsletter), query) if query else listed_campaigns(newsletter).defer(*LARGE)
    page = Paginator(found, ISSUES_ON_A_PAGE).get_page(request.GET.get("page"))
    hits = [hit(campaign, query) for campaign in page.object_list] if query else []
    context = {"newsletter": newsletter, "page": page, "query": query, "hits": hits}
    return render(request, "newsletter/web/archive.html", context)


@require_safe
def issue(request: HttpRequest, slug: str, issue_id: int) -> HttpResponse:
    """One issue as it was mailed, without anything personal; a note and 410 in place of one that was withdrawn.

    It is a whole document of its own, which an editor composed: it gets no script, no form and an origin of its own,
    whatever it contains (security cases 25 and 28).
    """
    found = shown_campaigns().filter(issue_id=issue_id, newsletter__slug=slug, newsletter__hidden=False)
    campaign = found.defer("compiled", "web_text").select_related("newsletter").first()
    if campaign is None or not campaign.web_html:
        raise Http404
    if campaign.archived_as == ArchivedAs.WITHDRAWN:
        response = render(request, "newsletter/web/withdrawn_issue.html", {"campaign": campaign}, status=410)
    else:
        response = HttpResponse(campaign.web_html)
        response["Content-Security-Policy"] = mail_document_policy(settings.BASE_URL)
    if campaign.archived_as != ArchivedAs.LISTED:
        response["X-Robots-Tag"] = "noindex"
    return response


def mail_document_policy(base_url: str) -> str:
    """What a mailed document may do in a browser: show text, inline style and our own pictures, and be left."""
    return (
        f"default-src 'none'; img-src 'self' {base_url} data:; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'; "
        "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
    )
