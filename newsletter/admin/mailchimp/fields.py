"""What of a reader goes to Mailchimp, and how readers who are new there begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.admin.mailchimp.access import FIELDS, NEW_READERS, LaterStep
from newsletter.admin.mailchimp.audience import fetched
from newsletter.audience.mailchimp.choosing import (
    ChoiceRefusedError,
    can_hold,
    choose_new_there,
    map_fields,
    unmet,
    why_fixed,
)
from newsletter.engine.subscriptions import SubscriptionState
from newsletter.models import MailchimpMember, Newsletter, NewThere, Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from newsletter.backends.mailchimp.answers import MergeField

#: What may go into a field of theirs; the empty one first, for nothing goes there by itself.
CHOICES = (
    ("", gettext_lazy("stays empty")),
    ("name", gettext_lazy("the reader’s name")),
    ("language", gettext_lazy("the reader’s language, such as “en”")),
)
#: Fields that every audience has, and what fits into them.
USUAL = {"FNAME": "name"}


class FieldsForm(forms.Form):
    """One choice for each field that holds words; `mapping` is what was chosen."""

    #: Before a field's tag. Not its number: the fields may have been fetched anew since the page was shown.
    PREFIX = "field-"

    def __init__(self, data: Any = None, *, fields: Sequence[MergeField], initial: dict[str, str]) -> None:
        super().__init__(data)
        for field in fields:
            tag, name = field.tag, f"{self.PREFIX}{field.tag}"
            hint = _("Required by the audience.") if field.required else ""
            if not hint and USUAL.get(tag) == "name" and not initial.get(tag):
                hint = _("Usually takes the name. Choose it only if your issues greet readers by it.")
            self.fields[name] = forms.ChoiceField(
                label=f"{field.name} ({tag})",
                choices=CHOICES,
                required=False,
                initial=initial.get(tag, ""),
                help_text=hint,
            )

    @property
    def mapping(self) -> dict[str, str]:
        """Tag -> what goes there, also of fields that are not there any more: those are refused."""
        sent = {name: ours for name, ours in self.data.items() if name.startswith(self.PREFIX)} | self.cleaned_data
        return {name.removeprefix(self.PREFIX): str(ours) for name, ours in sent.items() if ours}


class FieldsView(LaterStep):
    template_name = "newsletter/admin/mailchimp/fields.html"
    page_title = gettext_lazy("What goes there")
    step = FIELDS

    def form(self, data: Any = None) -> FieldsForm:
        fields = self.known.merge_fields or () if self.known else ()
        holding = [field for field in fields if can_hold(field)]
        return FieldsForm(data, fields=holding, initial=dict(self.chosen.merge_fields))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        known = self.known
        fields = known.merge_fields or () if known else ()
        confirmed = confirmed_readers(self.newsletter)
        return super().get_context_data(
            **{
                "known": known,
                "is_known": known is not None and known.merge_fields is not None,
                "form": self.form(),
                "others": [field for field in fields if not can_hold(field)],
                "unmet": unmet(self.chosen, known) if known else [],
                "nameless": confirmed.filter(subscriber__name="").count(),
                "nameless_fields": [
                    field for field in fields if field.required and self.chosen.merge_fields.get(field.tag) == "name"
                ],
                "count": confirmed.count(),
                "fixed": why_fixed(self.newsletter),
                **fetched(self.chosen),
                **kwargs,
            }
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        if self.known is None or self.known.merge_fields is None:
            return self.to("fields")
        form = self.form(request.POST)
        if not form.is_valid():
            return self.again(form=form)
        try:
            map_fields(self.chosen, form.mapping)
        except ChoiceRefusedError as error:
            form.add_error(None, str(error))
            return self.again(form=form)
        return self.to("new_readers")


def confirmed_readers(newsletter: Newsletter) -> QuerySet[Subscription]:
    """Whom we would bring there."""
    return Subscription.objects.filter(newsletter=newsletter, state=SubscriptionState.CONFIRMED)


class NewReadersForm(forms.Form):
    new_there = forms.ChoiceField(
        label=gettext_lazy("Readers of ours who are new there"), widget=forms.RadioSelect, choices=NewThere
    )


class NewReadersView(LaterStep):
    """Can be changed at any time: it holds for readers who are brought there from then on."""

    template_name = "newsletter/admin/mailchimp/new_readers.html"
    page_title = gettext_lazy("New readers there")
    step = NEW_READERS

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = NewReadersForm(initial={"new_there": self.chosen.new_there})
        confirmed = confirmed_readers(self.newsletter)
        there = MailchimpMember.objects.filter(audience=self.chosen).exclude(status="").values("subscriber")
        return super().get_context_data(
            **{"form": form, "count": confirmed.exclude(subscriber__in=there).count(), **kwargs}
        )

    def take(self, request: HttpRequest) -> HttpResponse:
        form = NewReadersForm(request.POST)
        if not form.is_valid():
            return self.again(form=form)
        choose_new_there(self.chosen, NewThere(form.cleaned_data["new_there"]))
        return self.to("newsletter" if self.chosen.switched_on_at else "acknowledge")
