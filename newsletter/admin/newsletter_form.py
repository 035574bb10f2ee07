"""What the form of a newsletter checks beyond its fields."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from newsletter.issues.addresses_for_tests import MOST, TestAddressesError, read_addresses


class NewsletterForm(WagtailAdminModelForm):
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
