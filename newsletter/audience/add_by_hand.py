"""Adding a reader by hand: an editor says how they asked for it, and the reader still confirms by mail."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from newsletter.audience.sign_ups import request_sign_up
from newsletter.models import Frequency, Newsletter

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from blog.models import Topic

#: What the evidence names instead of a page.
SOURCE = "admin"


class Basis(models.TextChoices):
    """How the reader asked. Having been a customer, or having given a card for another purpose, is none."""

    IN_PERSON = "in person", _("They asked in person")
    ON_PAPER = "on paper", _("They wrote it on paper, such as a form or a list")
    BY_MAIL = "by mail", _("They asked by mail or message")
    BY_PHONE = "by phone", _("They asked by phone")


def add_by_hand(
    newsletter: Newsletter,
    *,
    email: str,
    name: str = "",
    frequency: Frequency = Frequency.EACH_STORY,
    topics: Iterable[Topic] = (),
    basis: Basis,
    words: str,
    by: AbstractBaseUser,
    now: datetime,
) -> None:
    """Ask the address whether it wants the newsletter; nothing but its own confirmation subscribes it.

    The same as the public form does, for known and unknown addresses alike, with the stated basis as evidence.

    Args:
        words: when and where they asked; kept with the basis. No address.

    Raises:
        AddressError: address or name can't be used; nothing was kept.
    """
    request_sign_up(
        newsletter,
        email=email,
        name=name,
        frequency=frequency,
        topics=topics,
        source=SOURCE,
        ip="",
        wording="",
        now=now,
        basis=f"asked {basis.value}: {words.strip()}",
        by_id=by.pk,
    )
