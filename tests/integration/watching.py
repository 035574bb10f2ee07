"""A campaign in the middle of being sent, and what its page shows of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from newsletter.models import Campaign, Chunk, Delivery

if TYPE_CHECKING:
    from django.test import Client

    from tests.integration.admin_scene import Scene


def in_state(scene: Scene, state: str, *, chunk: int = 4, **counted: int) -> Campaign:
    """The campaign as it would be after some sending; only the store writes this outside of tests."""
    rows = [
        Delivery(campaign=scene.campaign, address=f"{name}{number}@example.com", state=name, settled_at=timezone.now())
        for name, count in counted.items()
        for number in range(count)
    ]
    Delivery.objects.bulk_create(rows)
    ids = list(Delivery.objects.filter(campaign=scene.campaign).order_by("pk").values_list("pk", flat=True))
    Chunk.objects.bulk_create(
        Chunk(campaign=scene.campaign, first_id=part[0], last_id=part[-1])
        for part in (ids[start : start + chunk] for start in range(0, len(ids), chunk))
    )
    started = timezone.now() - timedelta(minutes=1)
    Campaign.objects.filter(pk=scene.campaign.pk).update(state=state, started_at=started, recipients=len(rows))
    cache.clear()
    return Campaign.objects.select_related("newsletter").get(pk=scene.campaign.pk)


def answered(scene: Scene, state: str, *replies: str) -> None:
    Delivery.objects.bulk_create(
        Delivery(campaign=scene.campaign, address="x@example.com", state=state, last_reply=reply) for reply in replies
    )


def fragment(client: Client, scene: Scene, name: str = "live") -> str:
    address = reverse(f"newsletter_campaigns:{name}", args=[scene.campaign.pk])
    return " ".join(client.get(address).content.decode().split())


def show(client: Client, scene: Scene) -> str:
    address = reverse("newsletter_campaigns:show", args=[scene.campaign.pk])
    return " ".join(client.get(address).content.decode().split())
