"""The account: its key, whether it opens something, and which newsletters are sent by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from wagtail.admin import messages

from core.refusals import user_of
from newsletter.admin.instants import in_zone, zone_of
from newsletter.admin.mailchimp.access import MailchimpPage
from newsletter.audience.mailchimp.account import has_key_of_environment
from newsletter.audience.mailchimp.acknowledging import is_acknowledged
from newsletter.audience.mailchimp.connecting import (
    Standing,
    StillNeededError,
    check_again,
    connect_account,
    disconnect,
    standing,
    why_not_disconnect,
)
from newsletter.audience.mailchimp.listing import known_audiences
from newsletter.audience.mailchimp.needing import why_needed
from newsletter.backends.mailchimp.errors import KeyRefusedError
from newsletter.backends.mailchimp.ids import read_key
from newsletter.delivery.health import health
from newsletter.models import MailchimpAudience, Newsletter


class KeyForm(forms.Form):
    """What was typed is never put into a page: neither the field nor a message repeats it."""

    key = forms.CharField(
        label=gettext_lazy("API key"),
        max_length=200,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "In Mailchimp: Account & billing > Extras > API keys, then “Create a key”. Name it after this site, copy "
            "it whole and paste it here. It is kept sealed and never shown again."
        ),
        error_messages={
            "required": gettext_lazy("Paste the key here."),
            "max_length": gettext_lazy("This is too long for a key. Copy it again, and nothing else."),
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One newsletter in the list. `next_name` is the page to go on with."""

    newsletter: Newsletter
    state: str
    is_on: bool
    next_url: str
    next_label: str


def rows() -> list[Row]:
    chosen = {one.newsletter_id: one for one in MailchimpAudience.objects.all()}
    return [_row(newsletter, chosen.get(newsletter.pk)) for newsletter in Newsletter.objects.order_by("name")]


def _row(newsletter: Newsletter, audience: MailchimpAudience | None) -> Row:
    page, label, state = "audience", _("Choose an audience"), _("our own way of sending")
    if audience is not None and audience.switched_on_at is not None:
        page, label, state = "newsletter", _("See how it stands"), _("sent by Mailchimp")
    elif audience is not None:
        is_ready = is_acknowledged(audience)
        page, label = ("on", _("Switch it on")) if is_ready else ("part", _("Go on"))
        state = _("“%(audience)s” is chosen, not switched on") % {"audience": audience}
    return Row(
        newsletter=newsletter,
        state=state,
        is_on=audience is not None and audience.switched_on_at is not None,
        next_url=reverse(f"newsletter_mailchimp:{page}", args=[newsletter.pk]),
        next_label=label,
    )


class IndexView(MailchimpPage):
    """How it stands; while the key is being tried the page brings itself up to date."""

    http_method_names = ["get", "head"]
    template_name = "newsletter/admin/mailchimp/index.html"
    page_title = gettext_lazy("Mailchimp")

    def above(self) -> list[tuple[str, str]]:
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = standing()
        kept = found.kept
        checked = kept.checked_at if kept else None
        return super().get_context_data(
            **kwargs,
            standing=found.standing,
            said=found.said,
            kept=kept,
            checked_at=in_zone(checked, zone_of(user_of(self.request))) if checked else "",
            by_environment=has_key_of_environment(),
            audiences=known_audiences(kept),
            is_worker_there=health(now=timezone.now()).worker == "ticking",
            rows=rows() if kept and (checked or found.standing == Standing.CONNECTED) else [],
        )


@method_decorator(sensitive_post_parameters("key"), name="dispatch")
class KeyView(MailchimpPage):
    """Where the key is entered, or another one."""

    template_name = "newsletter/admin/mailchimp/key.html"

    def get_page_title(self) -> str:
        return _("Enter another key") if standing().kept else _("Connect Mailchimp")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{
                "form": KeyForm(),
                "step": 1,
                "kept": standing().kept,
                "is_needed": bool(why_needed()),
                "by_environment": has_key_of_environment(),
                "back_url": reverse("newsletter_mailchimp:index"),
                **kwargs,
            }
        )

    @sensitive_variables("form", "key")
    def post(self, request: HttpRequest) -> HttpResponse:
        key = ""
        form = KeyForm(request.POST)
        if not has_key_of_environment():
            if not form.is_valid():
                return self.again(form=form)
            key = form.cleaned_data["key"]
        try:
            kept = standing().kept
            is_another = "another" in request.POST and kept is not None and bool(kept.problem)
            refuse_key_of_another_account(key, is_meant=is_another)
            connect_account(key, by=user_of(request), now=timezone.now(), may_be_another=is_another)
        except KeyRefusedError as error:
            form.add_error("key", str(error))
            return self.again(form=form)
        return redirect("newsletter_mailchimp:index")


def refuse_key_of_another_account(key: str, *, is_meant: bool) -> None:
    """Data centres differ: so do accounts, and what is scheduled in the one can't be found or stopped by the other.

    Within one data centre `proving` tells accounts apart, before anything else is asked. Once no key opens the one in
    use any more, whoever means another account (`is_meant`) gets on.

    Raises:
        KeyRefusedError: it leads elsewhere than the key that a newsletter is sent by, or can't be a key.
    """
    kept, used = standing().kept, in_use().first()
    if kept is None or used is None or not key:
        return
    place = read_key(key).data_centre
    if is_meant or place == kept.data_centre:
        return
    why = _("This key opens another account (at %(place)s). “%(newsletter)s” is sent by the one at %(kept)s:")
    what = _("enter a key of that account, or switch the newsletter off first. Nothing was changed.")
    if kept.problem:
        what = _("enter a key of that account, or tick below that it can’t be opened any more. Nothing was changed.")
    values = {"place": place, "newsletter": used.newsletter, "kept": kept.data_centre}
    raise KeyRefusedError(f"{why % values} {what}")


def in_use() -> QuerySet[MailchimpAudience]:
    """Audiences of the newsletters that Mailchimp sends."""
    return MailchimpAudience.objects.exclude(switched_on_at=None).select_related("newsletter")


class CheckView(MailchimpPage):
    """POST only: try the key and list the audiences anew."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        if standing().kept is not None:
            check_again(by=user_of(request), now=timezone.now())
        return redirect("newsletter_mailchimp:index")


class DisconnectView(MailchimpPage):
    """GET asks, or says why not; POST does."""

    template_name = "newsletter/admin/mailchimp/disconnect.html"
    page_title = gettext_lazy("Disconnect Mailchimp")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **{"reasons": why_not_disconnect(), "by_environment": has_key_of_environment(), **kwargs}
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            disconnect(by=user_of(request), now=timezone.now())
        except StillNeededError as error:
            return self.again(reasons=error.reasons)
        messages.success(request, _("Disconnected. The key is forgotten here; delete it at Mailchimp as well."))
        return redirect("newsletter_mailchimp:index")
