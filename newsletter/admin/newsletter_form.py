"""What the form of a newsletter checks beyond its fields, and which of them its backend has a use for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from newsletter.issues.addresses_for_tests import MOST, TestAddressesError, read_addresses
from newsletter.issues.choosing_backend import (
    choose_backend,
    hold_backend,
    in_words,
    message_backends,
    what_stands_against,
)
from newsletter.models import Newsletter

#: About single messages that this site hands over: a service that mails a whole audience has no use for them.
OF_MESSAGES = ("uncertain_policy", "keeps_replies", "messages_per_hour", "domain_limits", "warms_up_from")


class NewsletterForm(WagtailAdminModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.can.holds_audience:
            # Switched on and off on its own page, where it is acknowledged.
            for name in ("backend", *OF_MESSAGES):
                self.fields.pop(name, None)
        elif old := self.fields.get("backend"):
            names = dict.fromkeys([*message_backends(), self.instance.backend])
            self.fields["backend"] = forms.ChoiceField(
                label=old.label, help_text=old.help_text, choices=[(name, in_words(name)) for name in names]
            )

    def clean_test_addresses(self) -> str:
        """Written down as they are read: one normal form each, once."""
        try:
            return "\n".join(read_addresses(self.cleaned_data["test_addresses"]))
        except TestAddressesError as error:
            if error.wrong:
                raise forms.ValidationError(
                    _("“%(lines)s” is no mail address. Write one a line, such as name@example.org.")
                    % {"lines": "”, “".join(error.wrong[:3])}
                ) from None
            raise forms.ValidationError(
                _("These are %(count)d addresses; %(most)d are the most. To mail more people, let them subscribe.")
                % {"count": error.count, "most": MOST}
            ) from None

    def clean_backend(self) -> str:
        name: str = self.cleaned_data["backend"]
        if self.instance.pk is not None and (reasons := what_stands_against(self.instance, name)):
            raise forms.ValidationError(reasons)
        return name

    def save(self, commit: bool = True) -> Newsletter:
        """Whatever else is saved, its backend changes by `choose_backend` only: nothing here overwrites it.

        Raises:
            BackendRefusedError: something stands against it that was not there a moment ago.
            BackendChangedError: somebody else changed it a moment ago.
        """
        newsletter: Newsletter = self.instance
        with transaction.atomic():
            if newsletter.pk is not None:
                wanted, newsletter.backend = newsletter.backend, self.initial["backend"]
                hold_backend(newsletter)
                if wanted != newsletter.backend:
                    choose_backend(newsletter, wanted, user=self.for_user)
            saved: Newsletter = super().save(commit)
        return saved
