"""Forms on the pages of one reader: a pause, and what needs the proof of the mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from newsletter.audience.pause import WEEKS
from newsletter.web.forms import AddressField

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Weeks that are chosen before the reader looks, and those of the one press on the page for leaving.
USUAL_PAUSE = 4


def _weeks() -> list[tuple[int, str]]:
    return [(number, ngettext("%(number)d week", "%(number)d weeks", number) % {"number": number}) for number in WEEKS]


class PauseForm(forms.Form):
    """For how long nothing is mailed."""

    weeks = forms.TypedChoiceField(
        label=_("For how long"),
        choices=_weeks,
        coerce=int,
        initial=USUAL_PAUSE,
        error_messages={
            "required": _("Choose how long the pause lasts."),
            "invalid_choice": _("Choose how long the pause lasts."),
        },
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="pause-%s")


class NewAddressForm(forms.Form):
    """Where a reader wants to get the mails from now on."""

    new_email = AddressField()

    def __init__(self, data: Mapping[str, Any] | None = None, *, present: str) -> None:
        """`present` is the address that they have."""
        super().__init__(data, auto_id="move-%s")
        self.present = present
        self.fields["new_email"].label = _("Your new email address")

    def clean_new_email(self) -> str:
        address: str = self.cleaned_data["new_email"]
        if address == self.present:
            raise forms.ValidationError(_("This is the address you have already. Type the one you want to move to."))
        return address
