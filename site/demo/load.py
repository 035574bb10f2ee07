"""The use case: an empty database becomes a publication to try everything with; again, and nothing changes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from wagtail.images.models import Image
from wagtail.models import Page

from blog.models import HomePage
from demo import people, pictures, publication
from demo.desk import fill_desks
from demo.errors import DemoError
from demo.manuscripts import read_manuscripts
from demo.readers import make_marks, make_the_unmailed
from demo.records import make_records
from demo.stories import named, publish_stories
from demo.subscribers import ensure_subscribers
from newsletter.models import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the demo did: whether it made the publication, and how many readers it added."""

    created: bool
    added_subscribers: int


def load_demo(*, subscribers: int = 0, now: datetime) -> Loaded:
    """Load the demo publication unless it is there, and see to its logins and readers.

    What somebody changed or deleted in a loaded demo stays changed: only the site's address follows BASE_URL.

    Raises:
        DemoError: this is a public site, or there are pages, newsletters or logins that the demo didn't make. Nothing
            has changed then.
    """
    refuse_public_site()
    home = HomePage.objects.filter(slug=publication.HOME_SLUG).first()
    if home is None:
        refuse_real_publication()
        drawn = {name: pictures.draw(name) for name in pictures_needed()}  # takes seconds: before the write lock
        with transaction.atomic():
            make_publication(drawn, now=now)
            if not subscribers:  # who asks for a number gets so many confirmed readers, and nobody else
                make_the_unmailed(publication.ensure_newsletter(), now=now)
    else:
        with transaction.atomic():
            publication.ensure_site(home)
            people.ensure_logins()
    newsletter = publication.ensure_newsletter()
    return Loaded(created=home is None, added_subscribers=ensure_subscribers(newsletter, subscribers, now=now))


def make_publication(drawn: dict[str, bytes], *, now: datetime) -> None:
    publication.make_snippets()
    make_records()
    home = publication.make_home()
    index = publication.make_index(home)
    people.ensure_logins()  # the roles' permissions hang on home and list
    images = {name: save_image(name, data) for name, data in drawn.items()}
    authors = publication.make_authors(home, images)
    pages = publication.make_standard_pages(home)
    publication.make_settings(publication.ensure_site(home), pages)
    publication.make_schedule(publication.ensure_newsletter())
    make_marks()
    publish_stories(index, authors, images, today=now.date())
    fill_desks(index, authors, images, now=now)
    for text in read_manuscripts("gallery"):
        publication.make_standard_page(home, text, named(images))


def pictures_needed() -> list[str]:
    """Every picture that a text or an author shows, once."""
    texts = [*read_manuscripts("stories"), *read_manuscripts("gallery")]
    shown: Iterable[str] = [name for text in texts for name in text.pictures]
    return list(dict.fromkeys([*shown, *(author.picture for author in people.AUTHORS)]))


def save_image(name: str, data: bytes) -> Image:
    image = Image(title=name.replace("-", " ").capitalize(), file=ContentFile(data, name=f"{name}.jpg"))
    image.save()
    return image


def refuse_public_site() -> None:
    """
    Raises:
        DemoError: BASE_URL is an address that strangers can reach; the demo's password is known to everybody.
    """
    host = urlsplit(settings.BASE_URL).hostname or ""
    if not settings.DEBUG and not is_local(host):
        raise DemoError(
            _(
                "The demo's logins have a password that everybody knows, and %(host)s looks like a public site. "
                "Load the demo on your own machine."
            )
            % {"host": host}
        )


def is_local(host: str) -> bool:
    if host in {"localhost", "testserver"} or host.endswith((".localhost", ".test", ".example", ".local")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def refuse_real_publication() -> None:
    """
    Raises:
        DemoError: there are pages, newsletters or logins that somebody made.
    """
    own = Page.objects.filter(depth__gt=1).exclude(pk__in=publication.welcome_pages().values("pk")).order_by("path")
    page = own.first()
    if page is not None:
        raise DemoError(
            _(
                "There is a page “%(title)s” that the demo didn't make, and the demo never mixes with a real "
                "publication. Load it into an empty database: set DATABASE_URL to a new one and migrate it first."
            )
            % {"title": page.title}
        )
    newsletter = Newsletter.objects.first()
    if newsletter is not None:
        raise DemoError(
            _(
                "There is a newsletter “%(name)s” that the demo didn't make, and the demo never mixes with a real "
                "publication. Load it into an empty database: set DATABASE_URL to a new one."
            )
            % {"name": newsletter.name}
        )
    people.refuse_taken_names()
