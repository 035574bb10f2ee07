"""States, fields and origins of an import in an owner's words."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from newsletter.models import ImportState

if TYPE_CHECKING:
    from django.utils.functional import Promise

#: Fields that a column can be, in the groups of the select box; the keys are those of the mapping.
FIELDS: MappingProxyType[str | Promise, dict[str, str | Promise]] = MappingProxyType(
    {
        _("The reader"): {
            "email": _("Address"),
            "name": _("Name"),
            "first_name": _("First name"),
            "last_name": _("Last name"),
            "tags": _("Tags"),
        },
        _("What they chose"): {
            "frequency": _("How often"),
            "language": _("Language"),
            "time_zone": _("Time zone"),
        },
        _("What proves it"): {
            "status": _("Status there"),
            "opted_in_at": _("When they asked"),
            "confirmed_at": _("When they confirmed"),
            "opt_in_ip": _("IP address, hashed"),
            "unsubscribed_at": _("When they left, or bounced"),
        },
    }
)
LABELS = MappingProxyType(
    {
        ImportState.UPLOADED: _("waits for its columns"),
        ImportState.STAGING: _("being read"),
        ImportState.STAGED: _("waits for you"),
        ImportState.MERGING: _("importing"),
        ImportState.DONE: _("imported"),
        ImportState.FAILED: _("can't be read"),
        ImportState.CANCELLED: _("cancelled"),
    }
)
STATES = MappingProxyType(
    {
        ImportState.UPLOADED: _("Its columns are not named yet. Nothing is imported."),
        ImportState.STAGING: _("The file is being read. Nothing is imported yet."),
        ImportState.STAGED: _("The file was read. Nothing is imported yet: look it over, then decide."),
        ImportState.MERGING: _("Readers are being imported. You can close this page; it goes on by itself."),
        ImportState.DONE: _("The import is finished."),
        ImportState.FAILED: _("The file could not be read. Nobody was imported."),
        ImportState.CANCELLED: _("Somebody stopped it."),
    }
)
#: States in which the page brings itself up to date.
MOVING = frozenset({ImportState.STAGING, ImportState.MERGING})
