"""From a backend's name in NEWSLETTER_BACKENDS to a backend."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.utils.module_loading import import_string

from newsletter.backends.base import BackendConfigurationError, CampaignBackend, Capabilities, MessageBackend

_KEYS = frozenset({"BACKEND", "OPTIONS"})
#: Single mails go out by it, and the issues of every newsletter that chose no other.
DEFAULT = "default"
#: Newsletters whose issues Mailchimp sends name it.
MAILCHIMP = "mailchimp"

AnyBackend = MessageBackend | CampaignBackend


def get(name: str) -> MessageBackend:
    """A new message backend as NEWSLETTER_BACKENDS describes it. It serves one thread.

    Raises:
        BackendConfigurationError: no such name, its entry is wrong, or it takes no messages; the text names the entry
            and the remedy.
    """
    made = find(name)
    if made.capabilities.holds_audience:
        raise BackendConfigurationError(
            f"NEWSLETTER_BACKENDS[{name!r}] sends whole campaigns and takes no single messages. Choose another one"
        )
    return cast("MessageBackend", made)


def find(name: str) -> AnyBackend:
    """A new backend of either kind.

    Raises:
        BackendConfigurationError: no such name, or its entry is wrong; the text names the entry and the remedy.
    """
    entries = configured()
    if name not in entries:
        known = ", ".join(sorted(entries)) or "none"
        raise BackendConfigurationError(
            f"NEWSLETTER_BACKENDS has no backend {name!r} (it has: {known}). Add it, or choose another one"
        )
    return build(name, entries[name])


def capabilities(name: str) -> Capabilities:
    """What the backend of this name can do.

    Raises:
        BackendConfigurationError: as `find` does.
    """
    return find(name).capabilities


def abilities(name: str) -> Capabilities:
    """What may be offered to those who write for it. Cheap and never raises, so that any page may ask.

    Message backends can all of it, so none is built (`in_flight` is no matter here); what is unknown counts as one.
    """
    entry = configured().get(name)
    try:
        if isinstance(entry, Mapping) and hasattr(_class(name, str(entry.get("BACKEND"))), "connect"):
            return build(name, entry).capabilities
    except BackendConfigurationError:  # a system check says so
        pass
    return Capabilities(in_flight=1)


def for_single_mails(name: str) -> str:
    """The backend that confirmations and other single mails of a newsletter go by: its own if that takes messages.

    Raises:
        BackendConfigurationError: as `find` does.
    """
    return DEFAULT if capabilities(name).holds_audience else name


def configured() -> Mapping[str, Any]:
    """The entries by name.

    Raises:
        BackendConfigurationError: the setting is no dictionary.
    """
    entries = getattr(settings, "NEWSLETTER_BACKENDS", None)
    if not isinstance(entries, Mapping):
        raise BackendConfigurationError(
            'NEWSLETTER_BACKENDS must be a dictionary: {"default": {"BACKEND": "dotted.path", "OPTIONS": {...}}}'
        )
    return entries


def build(name: str, entry: object) -> AnyBackend:
    """The backend of one entry.

    Raises:
        BackendConfigurationError: the text names the entry and never repeats an option's value that may be a secret.
    """
    where = f"NEWSLETTER_BACKENDS[{name!r}]"
    if not isinstance(entry, Mapping) or not isinstance(entry.get("BACKEND"), str):
        raise BackendConfigurationError(f'{where} must look like {{"BACKEND": "dotted.path", "OPTIONS": {{...}}}}')
    if unknown := set(entry) - _KEYS:
        raise BackendConfigurationError(f"{where} has {sorted(map(str, unknown))}; only BACKEND and OPTIONS are read")
    options = entry.get("OPTIONS", {})
    if not isinstance(options, Mapping):
        raise BackendConfigurationError(f"{where}['OPTIONS'] must be a dictionary")
    made = _class(where, entry["BACKEND"])
    try:
        inspect.signature(made).bind(**options)
    except TypeError as error:
        raise BackendConfigurationError(f"{where}['OPTIONS']: {error}") from None
    try:
        return cast("AnyBackend", made(**options))
    except BackendConfigurationError as error:
        raise BackendConfigurationError(f"{where}['OPTIONS']: {error}") from None


def _class(where: str, path: str) -> type:
    try:
        found = import_string(path)
    except ImportError as error:
        raise BackendConfigurationError(f"{where}['BACKEND'] can't be imported: {error}") from None
    is_backend = isinstance(found, type) and any(callable(getattr(found, name, None)) for name in ("send", "connect"))
    if not is_backend:
        raise BackendConfigurationError(
            f"{where}['BACKEND'] is {path}, which is no backend: it has neither send() nor connect()"
        )
    return cast("type", found)
