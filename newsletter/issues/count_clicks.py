"""A campaign whose clicks are counted: its links are written down, and its message leads to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.engine.message import markers
from newsletter.issues.publication import archive_url
from newsletter.issues.render import count_links, with_bodies
from newsletter.models import Link

if TYPE_CHECKING:
    from newsletter.issues.render import CompiledIssue
    from newsletter.models import Campaign, Issue


def count_clicks(campaign: Campaign, issue: Issue, compiled: CompiledIssue, *, seed: bytes) -> None:
    """Replace the links of a campaign's message. Its page in the archive keeps the addresses themselves.

    Within the transaction that makes the campaign: the links hold its id, which nobody knows before.

    Args:
        seed: the one that `compiled` was made with.

    Raises:
        CompileError: as when it was compiled first.
    """
    counted = count_links(
        compiled.laid.html,
        compiled.laid.text,
        campaign_id=campaign.pk,
        personal=markers(seed).stem,
        trap_leads_to=archive_url(issue),
    )
    campaign.compiled = with_bodies(issue, compiled, html=counted.html, text=counted.text, seed=seed).message.dump()
    campaign.save(update_fields=["compiled"])
    Link.objects.bulk_create(
        Link(campaign=campaign, number=link.number, url=link.url, label=link.label, is_trap=link.is_trap)
        for link in counted.links
    )
