"""The forms that readers fill in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blog.models import Topic
from core.open_forms import OpenForm
from newsletter.audience.wording import CONSENT_TEXT
from newsletter.engine.addresses import AddressError, clean_name, normalise
from newsletter.models import Frequency, LeavingCause, Newsletter, Subscription

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    NewsletterChoice = forms.ModelChoiceField[Newsletter]
else:
    NewsletterChoice = forms.ModelChoiceField

#: Escaped wherever it is shown, a name could still carry a link: mail programs make one of a bare address.
_LIKE_MARKUP = re.compile(r"[<>]|://|\bwww\.", re.I)


class NewsletterField(NewsletterChoice):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class NameField(forms.CharField):
    """How a reader likes to be greeted: one line without markup or links (security cases 12 and 13)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Your name"),
            required=False,
            max_length=100,
            strip=False,  # a line break at the end is refused, not mended
            help_text=_("Mails to you carry it beside your address."),
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
            error_messages={"max_length": _("This name is too long: 100 characters at most.")},
        )

    def clean(self, value: Any) -> str:
        name = super().clean(value)
        if _LIKE_MARKUP.search(name):
            raise forms.ValidationError(_("Please write the name without web addresses and without < or >."))
        try:
            return clean_name(name)
        except AddressError as error:
            raise forms.ValidationError(gettext(error.problem.value)) from None


class AddressField(forms.CharField):
    """A mail address, cleaned to its one normal form (security case 14)."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Your email address"),
            strip=False,
            widget=forms.EmailInput(
                attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none", "maxlength": "254"}
            ),
            error_messages={"required": _("Please enter an email address.")},
        )

    def clean(self, value: Any) -> str:
        try:
            return normalise(super().clean(value))
        except AddressError as error:
            raise forms.ValidationError(gettext(error.problem.value)) from None


class FrequencyField(forms.ChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label=_("How often"),
            choices=Frequency.choices,
            initial=Frequency.EACH_STORY,
            required=False,
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": _("Choose one of these.")},
        )

    def clean(self, value: Any) -> Frequency:
        return Frequency(super().clean(value) or Frequency.EACH_STORY)


class SubscribeForm(OpenForm):
    """Asks for an address, and with several newsletters for the one that is meant."""

    newsletter = NewsletterField(
        label=_("Which newsletter"),
        queryset=Newsletter.objects.none(),
        to_field_name="slug",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the newsletter you want.")},
    )
    email = AddressField()
    name = NameField()
    frequency = FrequencyField()
    consent_text = CONSENT_TEXT

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        newsletters: Sequence[Newsletter],
        place: str,
        path: str,
        chosen: str = "",
    ) -> None:
        """`place` tells apart two forms on one page; `path` is the page the form stands on."""
        super().__init__(data, path=path, auto_id=f"subscribe-{place}-%s", initial={"newsletter": chosen})
        field = self.fields["newsletter"]
        assert isinstance(field, NewsletterField)  # noqa: S101 - for the type checker
        field.queryset = Newsletter.objects.visible()
        if len(newsletters) == 1:
            field.widget = forms.HiddenInput()
            self.initial["newsletter"] = newsletters[0].slug


class LeaveForm(forms.Form):
    """Why somebody leaves, if they want to say so."""

    cause = forms.ChoiceField(
        label=_("Would you tell us why?"),
        choices=LeavingCause.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Only if you like. It helps us to do better."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="leave-%s")


class PreferencesForm(forms.Form):
    """What a reader may change with a link from a mail."""

    name = NameField()
    frequency = FrequencyField()
    topics = forms.ModelMultipleChoiceField(
        label=_("Topics"),
        queryset=Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick what you want to read about. None ticked means all of them."),
        error_messages={"invalid_choice": _("Choose from these topics.")},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, subscription: Subscription) -> None:
        initial = {
            "name": subscription.subscriber.name,
            "frequency": subscription.frequency,
            "topics": [topic.pk for topic in subscription.topics.all()],
        }
        super().__init__(data, initial=initial, auto_id="preferences-%s")
        field = self.fields["topics"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Topic.objects.all()
