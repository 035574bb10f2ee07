"""What editors write down about a reader, who may read it (GDPR article 15)."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from newsletter.models import Subscriber, SubscriberNote


def add_note(subscriber: Subscriber, text: str, *, by: AbstractBaseUser, now: datetime) -> SubscriberNote:
    """Keep the note with who wrote it and when."""
    return SubscriberNote.objects.create(subscriber=subscriber, text=text.strip(), by_id=by.pk, at=now)


def delete_note(subscriber: Subscriber, note_id: int, *, by: AbstractBaseUser) -> bool:
    """Remove one's own note; False for one that is gone, somebody else's, or about another reader."""
    deleted, _ = SubscriberNote.objects.filter(pk=note_id, subscriber=subscriber, by_id=by.pk).delete()
    return bool(deleted)
