"""Choosing: which audience belongs to a newsletter, and which part of it is mailed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from core.refusals import user_of
from newsletter.admin.mailchimp.access import AUDIENCE, PART, LaterStep, OfNewsletter, Step
from newsletter.audience.mailchimp.choosing import ChoiceRefusedError, choose_audience, choose_part, why_fixed
from newsletter.audience.mailchimp.connecting import check_again, is_connected, standing
from newsletter.audience.mailchimp.listing import ask_for_audience, fetching, known_audiences
from newsletter.audience.mailchimp.tasks import UNFINISHED, last_of
from newsletter.delivery.health import health
from newsletter.models import MailchimpAudience, RemoteTask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.audience.mailchimp.listing import KnownAudience

#: With more of them than this, one looks for a name.
SEARCH_FROM = 20
WHOLE = "all"


def members(number: int) -> str:
    return ngettext("%(count)s member", "%(count)s members", number) % {"count": intcomma(number)}


def matching(choices: Sequence[tuple[str, str]], wanted: str) -> list[tuple[str, str]]:
    return [choice for choice in choices if wanted.casefold() in choice[1].casefold()]


class ChoiceForm(forms.Form):
    """One of a list that may be long: `wanted` narrows what is shown, never what is taken."""

    chosen = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one."),
            "invalid_choice": gettext_lazy("It is not there any more. Fetch again, then choose."),
        },
    )

    def __init__(
        self, data: Any = None, *, choices: Sequence[tuple[str, str]], label: str, initial: str, wanted: str = ""
    ) -> None:
        super().__init__(data, initial={"chosen": initial})
        field = self.fields["chosen"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.label = label
        field.choices = choices
        self.is_long = len(choices) > SEARCH_FROM
        if wanted:
            field.widget.choices = matching(choices, wanted)
        self.is_any_shown = bool(list(field.widget.choices))


class AudienceView(Step):
    """All audiences of the account. One that another newsletter has can't be taken."""

    template_name = "newsletter/admin/mailchimp/audience.html"
    page_title = gettext_lazy("Choose an audience")
    step = AUDIENCE

    def form(self, data: Any = None, wanted: str = "") -> ChoiceForm:
        taken = self.taken()
        choices = [(one.id, f"{one.name} ({members(one.members)})") for one in known_audiences() if one.id not in taken]
        initial = self.audience.list_id if self.audience else ""
        return ChoiceForm(data, choices=choices, label=_("Audience"), initial=initial, wanted=wanted)

    def taken(self) -> dict[str, str]:
        """Audiences that other newsletters have: id -> name of the newsletter."""
        others = MailchimpAudience.objects.exclude(newsletter=self.newsletter)
        return dict(others.values_list("list_id", "newsletter__name"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted = self.request.GET.get("q", "").strip()[:100]
        known, is_listed = known_audiences(), is_connected()
        names = {one.id: one.name for one in known}
        is_gone = is_listed and self.audience is not None and self.audience.list_id not in names
        return super().get_context_data(
            **{
                "form": self.form(wanted=wanted),
                "wanted": wanted,
                "known": known,
                "is_connected": is_listed,
                "taken": [(names[pk], who) for pk, who in self.taken().items() if pk in names],
                "gone": self.audience if is_gone else None,
                "fixed": why_fixed(self.newsletter),
                **kwargs,
            }
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.form(request.POST)
        if not form.is_valid():
            return self.again(form=form)
        try:
            choose_audience(self.newsletter, form.cleaned_data["chosen"], by=user_of(request), now=timezone.now())
        except ChoiceRefusedError as error:
            form.add_error(None, str(error))
            return self.again(form=form)
        return self.to("part")


class PartView(LaterStep):
    """The whole audience, a segment or a tag; waits until these were fetched."""

    template_name = "newsletter/admin/mailchimp/part.html"
    page_title = gettext_lazy("Who of it is mailed")
    step = PART

    def form(self, known: KnownAudience, data: Any = None, wanted: str = "") -> ChoiceForm:
        kinds = {"tag": _("tag"), "segment": _("segment")}
        choices = [(WHOLE, _("All of it (%(members)s)") % {"members": members(known.members)})]
        choices += [
            (str(one.id), f"{one.name} ({kinds.get(one.kind, one.kind)}, {members(one.members)})")
            for one in known.segments or ()
        ]
        initial = str(self.chosen.segment_id or WHOLE)
        return ChoiceForm(data, choices=choices, label=_("Who gets the issues"), initial=initial, wanted=wanted)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wanted, known = self.request.GET.get("q", "").strip()[:100], self.known
        is_fetched = known is not None and known.segments is not None
        return super().get_context_data(
            **{
                "known": known,
                "form": self.form(known, wanted=wanted) if known and is_fetched else None,
                "wanted": wanted,
                "fixed": why_fixed(self.newsletter),
                **fetched(self.chosen),
                **kwargs,
            }
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        if self.known is None or self.known.segments is None:
            return self.to("part")
        form = self.form(self.known, request.POST)
        if not form.is_valid():
            return self.again(form=form)
        chosen = form.cleaned_data["chosen"]
        try:
            choose_part(self.chosen, None if chosen == WHOLE else int(chosen))
        except ChoiceRefusedError as error:
            form.add_error(None, str(error))
            return self.again(form=form)
        return self.to("fields")


def fetched(audience: MailchimpAudience) -> dict[str, Any]:
    """How fetching segments, tags and fields goes, for a page that waits for it."""
    task: RemoteTask | None = last_of(fetching(audience.list_id))
    is_fetching = task is not None and task.state in UNFINISHED
    return {
        "is_fetching": is_fetching,
        "fetch_said": task.said if task and (task.attempts or not is_fetching) else "",
        "is_worker_there": health(now=timezone.now()).worker == "ticking",
    }


class FetchView(OfNewsletter):
    """POST only: list the audiences anew, and what belongs to the chosen one."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        now = timezone.now()
        if standing().kept is None:
            messages.info(request, _("Connect the account first."))
            return redirect("newsletter_mailchimp:index")
        check_again(by=user_of(request), now=now)
        if self.audience is not None:
            ask_for_audience(self.audience.list_id, now=now)
        messages.info(request, _("It is being fetched. Look again in a few seconds."))
        return self.to("audience" if request.POST.get("back") == "audience" or self.audience is None else "part")
