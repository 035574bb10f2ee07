"""The page "See it everywhere", and finding the reader through whose eyes one looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View

from core.refusals import Guarded, user_of
from newsletter.admin.everywhere.frames import DARK, MAIL, NO_PICTURES
from newsletter.admin.everywhere.viewing import SEES_ISSUES, SEES_READERS, Viewing
from newsletter.admin.readers.search import ForgottenSearchError, exactly, matching, recall, remember
from newsletter.admin.trail import Trail
from newsletter.issues.as_seen import GMAIL_CLIPS
from newsletter.issues.errors import IssueError
from newsletter.issues.standing import standing
from newsletter.models import Subscriber

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise

#: Readers that are offered for one search.
OFFERED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of the page, as wide as a screen is."""

    look: str
    width: int
    title: str | Promise
    note: str | Promise = ""


FRAMES = (
    Frame(look=MAIL, width=375, title=gettext_lazy("Phone, 375 pixels")),
    Frame(look=MAIL, width=600, title=gettext_lazy("Mail program, 600 pixels")),
    Frame(
        look=DARK,
        width=600,
        title=gettext_lazy("Dark"),
        note=gettext_lazy(
            "A copy in which the mail's own rules for dark screens are switched on. Some mail programs, Gmail and "
            "Outlook among them, darken mails in ways of their own."
        ),
    ),
    Frame(
        look=NO_PICTURES,
        width=600,
        title=gettext_lazy("Pictures off"),
        note=gettext_lazy("As many readers see it first: no picture is loaded here."),
    ),
    Frame(look=MAIL, width=1200, title=gettext_lazy("Wide window, 1,200 pixels")),
)


class EverywhereView(Viewing, Trail, TemplateView):
    """GET only: it shows what would go out, and changes nothing."""

    http_method_names = ["get", "head"]
    template_name = "newsletter/admin/everywhere.html"
    page_title = gettext_lazy("See it everywhere")
    header_icon = "view"

    def above(self) -> list[tuple[str, str]]:
        return [
            (reverse("newsletter_issues:list"), _("Issues")),
            (reverse("newsletter_issues:edit", args=[self.issue.pk]), str(self.issue)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**{"issue": self.issue, "reader": self.reader, **kwargs})
        if user_of(self.request).has_perm(SEES_READERS):
            context |= {"may_choose": True, **self.found_readers()}
        if self.reader:
            context["standing"] = standing(self.issue, self.reader, now=timezone.now())
        try:
            context |= {"left_out": self.left_out, "for_nobody": self.has_nothing_for_reader}
            return context | {"mail": self.mail, "frames": self.frames(), "weights": self.weights()}
        except IssueError as error:
            return context | {"problem": str(error)}

    def frames(self) -> list[tuple[Frame, str]]:
        whose = "?" + urlencode({"reader": self.reader.pk}) if self.reader else ""
        named = {frame.look: reverse("newsletter_issues:frame", args=[self.issue.pk, frame.look]) for frame in FRAMES}
        return [(frame, named[frame.look] + whose) for frame in FRAMES]

    def weights(self) -> dict[str, Any]:
        """Octets of what a reader loads, and how much of what Gmail shows the HTML takes."""
        pictures = self.compiled.laid.pictures
        return {
            "html": self.mail.html_octets,
            "clips": GMAIL_CLIPS,
            "share": round(100 * self.mail.html_octets / GMAIL_CLIPS),
            "is_clipped": self.mail.html_octets > GMAIL_CLIPS,
            "pictures": sum(picture.size for picture in pictures),
            "picture_count": len(pictures),
            "message": self.mail.octets,
        }

    def found_readers(self) -> dict[str, Any]:
        """What the search found whose words the session keeps."""
        key = self.request.GET.get("search", "")
        if not key:
            return {}
        try:
            text = recall(self.request.session, key)
        except ForgottenSearchError:
            return {"is_forgotten": True}
        exact = exactly(text)
        found = [exact] if exact else list(matching(Subscriber.objects.order_by("email"), text)[: OFFERED + 1])
        return {"searched": text, "found": found[:OFFERED], "more": len(found) > OFFERED}


class FindReaderView(Guarded, View):
    """POST keeps the words in the session, out of addresses and logs, and leads back to the page."""

    http_method_names = ["post"]
    permissions_required = (SEES_READERS,)
    permissions_any = SEES_ISSUES

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = request.POST.get("who", "").strip()
        page = reverse("newsletter_issues:everywhere", args=[pk])
        return redirect(f"{page}?{urlencode({'search': remember(request.session, text)})}" if text else page)
