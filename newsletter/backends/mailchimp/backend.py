"""Mailchimp as an entry of NEWSLETTER_BACKENDS."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from newsletter.backends.base import BackendConfigurationError, Capabilities
from newsletter.backends.mailchimp.api import DEADLINE, Mailchimp
from newsletter.backends.mailchimp.errors import KeyRefusedError
from newsletter.backends.mailchimp.slots import Slots

#: Mailchimp starts scheduled campaigns on the quarters of an hour.
GRID = timedelta(minutes=15)
#: A connection is lent for a minute (`audience.mailchimp.slots.LEASE`): a call has to be over by then.
LONGEST_DEADLINE = 50.0


class MailchimpBackend:
    """Sends whole campaigns to an audience that Mailchimp holds."""

    def __init__(self, *, api_key: str = "", api_url: str = "", deadline: float = DEADLINE) -> None:
        """`api_key` of the environment; where it is empty, the admin asks for one and keeps it sealed.

        Raises:
            BackendConfigurationError: an option can't be used; the text names it and never repeats it.
        """
        if not 0 < deadline <= LONGEST_DEADLINE:
            raise BackendConfigurationError(f"deadline must be a number of seconds, at most {LONGEST_DEADLINE:g}")
        self.api_key = api_key
        self._api_url = api_url
        self._deadline = deadline

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(in_flight=0, holds_audience=True, narrows=False, fits_reader=False, pauses=False, grid=GRID)

    @property
    def stands_in(self) -> bool:
        """Whether a stand-in on this machine is asked instead of Mailchimp."""
        return bool(self._api_url)

    def connect(self, *, api_key: str = "", slots: Slots | None = None) -> Mailchimp:
        """The account behind the key of the environment, or behind the given one where there is none.

        Raises:
            KeyRefusedError: there is no key, or it can't be one.
        """
        if not (self.api_key or api_key):
            raise KeyRefusedError(
                _("There is no key to Mailchimp. Connect the account in the admin, or set MAILCHIMP_API_KEY.")
            )
        return Mailchimp(api_key=self.api_key or api_key, api_url=self._api_url, slots=slots, deadline=self._deadline)
