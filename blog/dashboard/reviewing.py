"""The button and the page that mark a story as reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import Button

from blog.models import StoryPage
from blog.review import mark_reviewed, review_by
from core.refusals import refuse, user_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser
    from wagtail.models import Page

METHODS = ["GET", "HEAD", "POST"]


def may_review(user: AbstractUser, story: Any) -> bool:
    """Who may publish a story may say that it is still right; nobody may while somebody else has locked it."""
    rights = story.permissions_for_user(user)
    return bool(story.pk and rights.can_publish() and not rights.page_locked())


def header_buttons(page: Page, user: AbstractUser, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """In the menu beside the title of a story."""
    if isinstance(page, StoryPage) and may_review(user, page):
        address = reverse("blog_review", args=[page.pk])
        yield Button(_("Mark as reviewed"), url=address, icon_name="check", priority=12)


def review_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; a POST notes the review."""
    story = get_object_or_404(StoryPage, pk=pk)
    user, today = user_of(request), timezone.localdate()
    if not may_review(user, story):
        return refuse(request)
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if request.method == "POST":
        review = mark_reviewed(story, user=user, today=today)
        messages.success(
            request,
            _("“%(title)s” is marked as reviewed today. Next review: %(day)s.")
            % {"title": story.get_admin_display_title(), "day": f"{review.review_due_on:%d %B %Y}".lstrip("0")},
        )
        return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[story.pk]))
    context = {"story": story, "review": review_by(user, story, today=today)}
    return render(request, "blog/admin/review.html", context)


def admin_urls() -> list[Any]:
    return [path("stories/<int:pk>/reviewed/", review_view, name="blog_review")]
