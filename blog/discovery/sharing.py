"""Keeping the cards of stories: drawn once for each state of title, author, publication and picture."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from blog.discovery.share_card import Card, draw_card
from blog.models import StoryPage
from core.models import PublicationSettings

#: Drawn differently than before: then every card is drawn anew.
VERSION = 1
FOLDER = "cards"


def digest_of(story: StoryPage, publication: PublicationSettings) -> str:
    """Changes with everything that the card shows, so that its address may be kept for ever."""
    picture = story.hero_image.file_hash or story.hero_image.file.name if story.hero_image else ""
    byline = story.author.byline if story.author else ""
    shown = "\n".join([str(VERSION), story.title, byline, publication.name, picture])
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def card_path(story: StoryPage, publication: PublicationSettings) -> str:
    """The card's address; asking for it draws nothing."""
    return reverse("blog:card", args=[story.pk, digest_of(story, publication)])


def card_bytes(story: StoryPage, publication: PublicationSettings) -> bytes:
    """The card as PNG, drawn at the first call."""
    folder = f"{FOLDER}/{story.pk}"
    name = f"{folder}/{digest_of(story, publication)}.png"
    if default_storage.exists(name):
        with default_storage.open(name) as file:
            return bytes(file.read())
    data = draw_card(
        Card(
            title=story.title,
            byline=story.author.byline if story.author else "",
            publication=publication.name,
            picture=_picture_of(story),
        )
    )
    _empty(folder)
    default_storage.save(name, ContentFile(data))
    return data


def _picture_of(story: StoryPage) -> bytes | None:
    """The story's picture at the size of the card; None when it has none or its file is gone."""
    if story.hero_image is None:
        return None
    try:
        rendition = story.hero_image.get_rendition("fill-400x630|format-jpeg")
        with rendition.file.open("rb") as file:
            return bytes(file.read())
    except OSError:
        return None


def _empty(folder: str) -> None:
    """Cards of earlier titles are asked for by nobody but caches, which have them."""
    try:
        _folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")
