"""Putting a segment together: conditions and groups, and how many readers they describe, while one is at it.

Every button works as a form does: the page comes back as it then is. Where scripts run, only the conditions and the
count are replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView, View
from wagtail.admin import messages
from wagtail.log_actions import log

from core.refusals import Guarded, user_of
from newsletter.admin.segments.choices import Vocabulary
from newsletter.admin.segments.drafts import Condition, Group, as_draft, change, places, read
from newsletter.admin.segments.listing import ADD, CHANGE, DELETE
from newsletter.admin.segments.outcome import outcome
from newsletter.admin.segments.rows import row_of, settle
from newsletter.admin.trail import Trail
from newsletter.audience.segment_names import told
from newsletter.engine.segment_rules import SegmentRulesError, dump, parse
from newsletter.models import Segment

if TYPE_CHECKING:
    from newsletter.admin.segments.outcome import Outcome

#: What the button says that keeps the segment; every other one changes the draft only.
SAVE = "save"


class SegmentForm(forms.ModelForm[Segment]):
    class Meta:
        model = Segment
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        help_texts = {"name": gettext_lazy("What editors call these readers, such as “Colleagues in Berlin”.")}


def shown(draft: Group, found: Outcome, *, focus: str = "", is_saving: bool = False) -> dict[str, Any]:
    """What the template with conditions and count asks for.

    Args:
        focus: the path of what was just added, or of what something was taken out of.
        is_saving: what is still empty is a mistake then, and not before.
    """
    empty = {path for path, one in places(draft) if isinstance(one, Condition) and not one.value}
    problems = {path: text for path, text in found.problems.items() if is_saving or path not in empty}
    return {"root": row_of(draft, Vocabulary.of_today(), problems=problems), "found": found, "focus": focus}


class LookView(Guarded, View):
    """The conditions and the count as they are after a change; nothing is kept."""

    http_method_names = ["post"]
    permissions_any = (*ADD, *CHANGE)

    def post(self, request: HttpRequest) -> HttpResponse:
        draft = read(request.POST)
        focus = change(draft, request.POST.get("do", ""))
        settle(draft, Vocabulary.of_today())
        context = shown(draft, outcome(draft, now=timezone.now()), focus=focus)
        return render(request, "newsletter/admin/segments/draft.html", context)


class EditorPage(Guarded, Trail, TemplateView):
    http_method_names = ["get", "post"]
    header_icon = "crosshairs"
    template_name = "newsletter/admin/segments/editor.html"
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_segments:index"), _("Segments"))]

    @cached_property
    def segment(self) -> Segment:
        return Segment()

    def draft(self) -> Group:
        """What the page begins with."""
        return Group(inside=[Condition()])

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.show(SegmentForm(instance=self.segment), self.draft())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        draft, command = read(request.POST), request.POST.get("do", "")
        form = SegmentForm(request.POST, instance=self.segment)
        if command != SAVE:
            unsaved = SegmentForm(instance=self.segment, initial={"name": request.POST.get("name")})
            return self.show(unsaved, draft, focus=change(draft, command))
        found = outcome(draft, now=timezone.now())
        if not form.is_valid() or found.rule is None:
            messages.error(request, _("Not saved yet. Please look at what is marked below."))
            return self.show(form, draft, is_saving=True)
        form.instance.rules = dump(found.rule)
        is_new = form.instance.pk is None
        saved = form.save()
        log(instance=saved, action="wagtail.create" if is_new else "wagtail.edit", user=user_of(request))
        messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("newsletter_segments:index")

    def show(self, form: SegmentForm, draft: Group, *, focus: str = "", is_saving: bool = False) -> HttpResponse:
        settle(draft, Vocabulary.of_today())
        found = outcome(draft, now=timezone.now())
        parts = shown(draft, found, focus=focus, is_saving=is_saving)
        return self.render_to_response(self.get_context_data(form=form, segment=self.segment, **parts))


class NewView(EditorPage):
    permissions_required = ADD
    page_title = gettext_lazy("New segment")


class EditView(EditorPage):
    permissions_required = CHANGE

    @cached_property
    def segment(self) -> Segment:
        return get_object_or_404(Segment, pk=self.kwargs["pk"])

    def get_page_title(self) -> str:
        return str(Segment.objects.values_list("name", flat=True).get(pk=self.segment.pk))

    def draft(self) -> Group:
        return Group() if self.unreadable else as_draft(parse(self.segment.rules))

    @cached_property
    def unreadable(self) -> str:
        """Why its rules can't be read: then it begins anew, and they stay as they are until it is saved."""
        try:
            parse(self.segment.rules)
        except SegmentRulesError as error:
            return told(error)
        return ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        may_delete = user_of(self.request).has_perms(DELETE)
        return super().get_context_data(
            **kwargs, may_delete=may_delete, issues=self.segment.issues.count(), unreadable=self.unreadable
        )
