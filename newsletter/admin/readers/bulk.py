"""The page between choosing readers and doing something to them: how many, whom it will not touch, what it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View
from wagtail.admin import messages

from core.refusals import may, refuse, user_of
from newsletter.admin.readers.actions import ACTIONS, Action
from newsletter.admin.readers.selection import NobodyChosenError, Selection
from newsletter.admin.trail import Trail

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from newsletter.admin.readers.action_forms import ActionForm
    from newsletter.models import Subscriber


class BulkView(Trail, View):
    """Shown on the first POST, done on the second one; a reload or a bookmark leads back to the list."""

    http_method_names = ["get", "head", "post"]
    template_name = "newsletter/admin/readers/bulk.html"
    header_icon = "group"
    action: Action

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user, action = user_of(request), ACTIONS.get(kwargs["action"])
        if not may(user, required=[action.permission if action else "newsletter.view_subscriber"]):
            return refuse(request)
        if action is None:
            raise Http404
        self.action = action
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        return str(self.action.label)

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_subscribers:index"), _("Subscribers"))]

    def get(self, request: HttpRequest, action: str) -> HttpResponse:
        return redirect("newsletter_subscribers:index")

    def post(self, request: HttpRequest, action: str) -> HttpResponse:
        now = timezone.now()
        try:
            selection = Selection.read(request.POST, session=request.session, now=now)
        except NobodyChosenError:
            messages.error(request, _("Nobody was chosen. Please tick some readers, or take all that match."))
            return redirect("newsletter_subscribers:index")
        count = selection.readers().count()
        confirmed = "confirm" in request.POST and 0 < count <= self.action.most
        form = self.action.form(request.POST if confirmed else None, count=count)
        if not (confirmed and form.is_valid()):
            return self.ask(selection, form)
        done = self.action.act(selection.readers(), form.cleaned_data, by=user_of(request), now=now)
        messages.success(request, self.action.done(done))
        return redirect(self.leads_to(selection))

    def ask(self, selection: Selection, form: ActionForm) -> HttpResponse:
        readers, count = selection.readers(), form.count
        context = {
            **self.get_context_data(),
            "action": self.action,
            "form": form,
            "count": count,
            "lines": self.action.look(readers, count) if 0 < count <= self.action.most else [],
            "too_many": count > self.action.most,
            "named": self.named(selection),
            "described": selection.filters.described() if not selection.ids else [],
            "fields": [*selection.fields(), ("back", self.request.POST.get("back", ""))],
            "cancel_url": self.leads_to(selection),
        }
        return render(self.request, self.template_name, context)

    def named(self, selection: Selection) -> list[Subscriber]:
        """Some of them by their address, so that a slip is seen in time."""
        return list(selection.readers().order_by("-pk")[:10])

    def leads_to(self, selection: Selection) -> str:
        """Back to the reader's page or to the list, as it was."""
        one = selection.readers().first() if len(selection.ids) == 1 and self.request.POST.get("back") else None
        return reverse("newsletter_subscribers:show", args=[one.pk]) if one else selection.list_url()
