"""Explaining that a story wasn't published. The model refuses on every road; here it is said kindly, and before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request
from wagtail.models import Page

from blog.editorial.gate import PublishRefusedError, unsettled
from blog.models import StoryPage

#: Stories that a message names before it counts the rest.
NAMED = 3


class PublishRefusedMiddleware:
    """Turns a refusal that reached no hook, such as the approval of a workflow's task, into a message.

    What the view had begun is taken back by then: Wagtail's workflow steps are transactions.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, PublishRefusedError):
            return None
        if "application/json" in request.headers.get("Accept", ""):
            return JsonResponse({"success": False, "error_code": "refused", "error_message": str(error)}, status=409)
        story = error.story
        tell(request, [error])
        return back_to(request, story if story.pk else None)


def before_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """In the editor: the draft has been saved; say what is in the way and stay there."""
    refused = list(refusals([page]))
    if not refused:
        return None
    tell(request, refused, saved=True)
    return redirect("wagtailadmin_pages:edit", page.pk)


def before_bulk(request: HttpRequest, action: str, pages: Iterable[Any], view: Any) -> HttpResponse | None:
    """Publishing many: all or nothing, and every story in the way is named."""
    if action != "publish" or view.model is not Page:
        return None
    chosen = [page.specific.get_latest_revision_as_object() for page in pages]
    if view.cleaned_form.cleaned_data.get("include_descendants"):
        below = (child.specific for page in pages for child in page.get_descendants().not_live())
        chosen += [child.get_latest_revision_as_object() for child in below]
    refused = list(refusals(chosen))
    if not refused:
        return None
    tell(request, refused)
    return redirect(view.next_url)


def before_copy(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A copy that would go live, and an alias, pass the gate like everything else: look before the first is made."""
    alias = bool(request.POST.get("alias"))
    if request.method != "POST" or not (alias or request.POST.get("publish_copies")):
        return None
    tree = Page.objects.filter(pk=page.pk)
    if request.POST.get("copy_subpages"):
        tree = page.get_descendants(inclusive=True)
    live = [found.specific for found in tree.live().type(StoryPage)]
    # What was decided about a story holds for its aliases, and for no copy: that is another story.
    refused = list(refusals(live, undecided=not alias))
    if not refused:
        return None
    tell(request, refused, advice=_("Copy without publishing the copies."))
    return redirect("wagtailadmin_pages:copy", page.pk)


def refusals(pages: Iterable[Any], *, undecided: bool = False) -> Iterator[PublishRefusedError]:
    """What the gate would say of these pages; with `undecided`, as if nobody had decided anything yet."""
    today = timezone.localdate()
    for page in pages:
        if isinstance(page, StoryPage) and (findings := unsettled(page, today=today, undecided=undecided)):
            yield PublishRefusedError(findings, story=page)


def tell(request: HttpRequest, refused: list[PublishRefusedError], *, saved: bool = False, advice: str = "") -> None:
    """One message for all of them, with a button to each story's check."""
    words = [str(error) for error in refused[:NAMED]]
    if (more := len(refused) - NAMED) > 0:
        words.append(ngettext("And %(count)d more story.", "And %(count)d more stories.", more) % {"count": more})
    if saved:
        words.append(_("Your draft is saved."))
    if advice:
        words.append(advice)
    buttons = [
        messages.button(reverse("blog_check", args=[error.story.pk]), _("What to do"))
        for error in refused[:NAMED]
        if error.story.pk
    ]
    messages.error(request, " ".join(words), buttons=buttons)


def back_to(request: HttpRequest, story: StoryPage | None) -> HttpResponse:
    if target := get_valid_next_url_from_request(request):
        return redirect(target)
    return redirect("wagtailadmin_pages:edit", story.pk) if story else redirect("wagtailadmin_home")
