"""What is looked at and through whose eyes: an issue's latest version, as a chosen reader or one without a name."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property

from core.refusals import Guarded, refuse, user_of
from newsletter.admin.preview import complete
from newsletter.issues.as_seen import Shown, decoded
from newsletter.issues.fitting_reader import places_left_out
from newsletter.issues.render import CompiledIssue, compile_issue
from newsletter.issues.sample import ADDRESS, sample
from newsletter.models import Issue, Subscriber

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SEES_ISSUES = ("newsletter.change_issue", "newsletter.view_issue")
SEES_READERS = "newsletter.view_subscriber"


class Viewing(Guarded):
    """What the page and its frames share. Nothing here changes anything, and no link in it acts for a reader."""

    permissions_any = SEES_ISSUES
    request: HttpRequest
    kwargs: dict[str, Any]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "reader" in request.GET and not user_of(request).has_perm(SEES_READERS):
            return refuse(request)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def issue(self) -> Issue:
        latest: Issue = get_object_or_404(Issue, pk=self.kwargs["pk"]).get_latest_revision_as_object()
        return complete(latest)

    @cached_property
    def reader(self) -> Subscriber | None:
        """Whose mail it is; None for a reader who gave no name."""
        given = self.request.GET.get("reader", "")
        if not given:
            return None
        if not given.isdecimal() or len(given) > len(str(2**63)):
            raise Http404
        return get_object_or_404(Subscriber, pk=int(given))

    @cached_property
    def compiled(self) -> CompiledIssue:
        """
        Raises:
            IssueError: no message can be made of it yet.
        """
        return compile_issue(self.issue, seed=secrets.token_bytes(16))

    @cached_property
    def left_out(self) -> tuple[int, ...]:
        """Places of the stories that this reader's mail goes without; all of them: there would be no mail."""
        return places_left_out(self.issue, self.reader) if self.reader else ()

    @property
    def has_nothing_for_reader(self) -> bool:
        return bool(self.left_out) and set(self.left_out) >= set(range(len(self.compiled.stories)))

    @cached_property
    def mail(self) -> Shown:
        """The very bytes as this reader would get them, but for the links that would act for the reader.

        Raises:
            IssueError: as above.
        """
        address, name = (self.reader.email, self.reader.name) if self.reader else (ADDRESS, "")
        message = self.compiled.message
        if self.left_out and not self.has_nothing_for_reader:
            message = message.without(self.left_out)
        return decoded(sample(message, date=timezone.now(), address=address, name=name))
