"""A worker in the test's own process, its steps without a clock, and where a campaign stands after them."""

from __future__ import annotations

from django.core.management import call_command
from django.utils import timezone

from newsletter.delivery.sending import send_waiting
from newsletter.delivery.stopping import Stop
from newsletter.models import Campaign


def work() -> None:
    call_command("worker", "--until-idle", "--max-seconds", "60")


def send_chunks(campaign: Campaign) -> None:
    """Send every chunk that is open now, without a clock."""
    send_waiting("worker", stop=Stop(), clock=timezone.now)
    campaign.refresh_from_db()


def state_of(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.state
