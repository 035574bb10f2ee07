"""Who else handles readers' data for us: read from the configuration, so that the register can't be out of date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from newsletter.backends import registry
from newsletter.models import HookEndpoint, MailchimpAudience, MailchimpMember, Newsletter, ProcessorDetail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """One machine or service of somebody else's. `key` is stable: what an owner adds to it is kept under it."""

    key: str
    host: str
    role: str | Promise
    receives: str | Promise
    detail: ProcessorDetail | None = None


def processors() -> list[Processor]:
    """Everybody who gets readers' data, as configured just now; our own machine's services are left out."""
    found = {entry.key: entry for entry in _configured()}
    details = {detail.key: detail for detail in ProcessorDetail.objects.filter(key__in=found)}
    return [
        Processor(
            key=entry.key, host=entry.host, role=entry.role, receives=entry.receives, detail=details.get(entry.key)
        )
        for entry in found.values()
    ]


def is_ours(host: str) -> bool:
    """Whether a host is this machine or its own network: whoever runs that one is the host of the site."""
    if not host or ("." not in host.strip("[]") and ":" not in host):
        return True
    try:
        return not ip_address(host.strip("[]")).is_global
    except ValueError:
        return host.endswith((".local", ".internal", ".lan", ".localhost"))


def _configured() -> Iterator[Processor]:
    yield Processor(
        key="server",
        host=urlsplit(settings.BASE_URL).hostname or "",
        role=_("Runs the server of this site"),
        receives=_("Everything that is kept here, and the network address of every visitor while a page is fetched."),
    )
    yield from _mail()
    yield from _mailchimp()
    yield from _stores()
    yield from _hooks()


def _mail() -> Iterator[Processor]:
    used = set(Newsletter.objects.values_list("backend", flat=True)) | {"default"}
    for name, entry in registry.configured().items():
        host = _option(entry, "host")
        if name in used and host and not is_ours(host):
            yield Processor(
                key=f"mail {host}",
                host=host,
                role=_("Delivers the mails"),
                receives=_("Address and name of the reader, and the mail with its personal links."),
            )


def _mailchimp() -> Iterator[Processor]:
    """While it sends a newsletter, and as long as readers that were brought there are known to be there still."""
    audiences = MailchimpAudience.objects.select_related("newsletter").order_by("newsletter__name")
    sending = [audience for audience in audiences if audience.switched_on_at is not None]
    kept = MailchimpMember.objects.filter(audience=OuterRef("pk"), pushed_at__isnull=False)
    keeping = [audience for audience in audiences.filter(Exists(kept)) if audience.switched_on_at is None]
    if not sending and not keeping:
        return
    has_name = any("name" in audience.merge_fields.values() for audience in (*sending, *keeping))
    yield Processor(
        key="mailchimp",
        host="mailchimp.com",
        role=_mailchimp_role(sending, keeping),
        receives=_("Address, language and name of each reader, and the mails that go out.")
        if has_name
        else _("Address and language of each reader, and the mails that go out."),
    )


def _mailchimp_role(sending: Sequence[MailchimpAudience], keeping: Sequence[MailchimpAudience]) -> str:
    who = gettext("Mailchimp (Intuit Inc., United States)")
    parts = []
    for words, audiences in (
        (gettext("delivers the issues of %(names)s and keeps their readers’ addresses"), sending),
        (gettext("still keeps addresses from when it delivered %(names)s"), keeping),
    ):
        if audiences:
            parts.append(words % {"names": ", ".join(audience.newsletter.name for audience in audiences)})
    return f"{who}: {'; '.join(parts)}"


def _stores() -> Iterator[Processor]:
    database = str(settings.DATABASES["default"].get("HOST", ""))
    if not is_ours(database):
        yield Processor(
            key=f"database {database}", host=database, role=_("Keeps the database"), receives=_("All that is kept.")
        )
    redis = urlsplit(settings.REDIS_URL).hostname or ""
    if not is_ours(redis):
        yield Processor(
            key=f"queue {redis}",
            host=redis,
            role=_("Keeps counters and queues of work"),
            receives=_("Keyed hashes of addresses and networks, numbers of rows; no address and no name."),
        )
    bucket = str(settings.STORAGES["default"].get("OPTIONS", {}).get("custom_domain", "")).partition("/")[0]
    if not is_ours(bucket):
        yield Processor(
            key=f"files {bucket}",
            host=bucket,
            role=_("Keeps pictures and recordings"),
            receives=_("The network address of whoever looks at a picture or plays a recording. Nothing of readers."),
        )


def _hooks() -> Iterator[Processor]:
    for endpoint in HookEndpoint.objects.filter(active=True):
        host = urlsplit(endpoint.url).hostname or ""
        yield Processor(
            key=f"webhook {host}",
            host=host,
            role=endpoint.description or _("Another program of ours"),
            receives=_("Address and newsletter of a reader, when a subscription begins or ends."),
        )


def _option(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get("OPTIONS", {}).get(name, "")
    return value if isinstance(value, str) else ""
