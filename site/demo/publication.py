"""The demo's pages, snippets and settings: everything around the stories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from wagtail.images.models import Image
from wagtail.models import Page, Site

from blog.models import AuthorPage, CrisisResource, HomePage, PageReference, Series, StandardPage, StoryIndexPage, Topic
from core.models import PublicationSettings
from demo.manuscripts import Manuscript, Named, read_manuscripts
from demo.people import AUTHORS, Author
from newsletter.models import Frequency, Newsletter, Schedule, Weekday

#: What the demo is recognised by when it is loaded again.
HOME_SLUG = "rounds-demo"
NEWSLETTER_SLUG = "rounds"

TOPICS = {
    "medication": ("Medication", "Tablets, sprays and infusions: what they do, and what they cost."),
    "brain-stimulation": ("Brain stimulation", "Treating depression with magnetic pulses."),
    "talking-therapies": ("Talking therapies", "What happens in the room, and why it helps."),
    "sleep": ("Sleep", "Nights and moods, and how one mends the other."),
    "fast-relief": ("Fast relief", "Treatments that work in hours or days, and how long it lasts."),
}
SERIES = (
    "treatments-plainly",
    "Treatments, plainly",
    "One treatment at a time: benefits, risks, and what else there is.",
)

#: Country, name, phone, text message, address, hours, emergency. Checked against each service's own site.
CRISIS_LINES = (
    ("US", "Emergency services", "911", "", "", "24 hours", True),
    ("US", "988 Suicide & Crisis Lifeline", "988", "Text 988", "https://988lifeline.org/", "24 hours", False),
    ("US", "Crisis Text Line", "", "Text HOME to 741741", "https://www.crisistextline.org/", "24 hours", False),
    ("GB", "Emergency services", "999", "", "", "24 hours", True),
    ("GB", "Samaritans", "116 123", "", "https://www.samaritans.org/", "24 hours", False),
    ("GB", "Shout", "", "Text SHOUT to 85258", "https://giveusashout.org/", "24 hours", False),
    ("GB", "NHS 111", "111, then option 2", "", "https://111.nhs.uk/", "24 hours", False),
    ("IE", "Emergency services", "112", "", "", "24 hours", True),
    ("IE", "Samaritans", "116 123", "", "https://www.samaritans.org/ireland/", "24 hours", False),
    ("CA", "Emergency services", "911", "", "", "24 hours", True),
    ("CA", "9-8-8 Suicide Crisis Helpline", "988", "Text 988", "https://988.ca/", "24 hours", False),
    ("AU", "Emergency services", "000", "", "", "24 hours", True),
    ("AU", "Lifeline", "13 11 14", "Text 0477 13 11 14", "https://www.lifeline.org.au/", "24 hours", False),
)


def make_home() -> HomePage:
    """The home page in place of Wagtail's welcome page, and the default site that shows it."""
    root = Page.get_first_root_node() or Page.add_root(title="Root", slug="root")
    home: HomePage = root.add_child(
        instance=HomePage(
            title="Rounds",
            slug=HOME_SLUG,
            intro=(
                "What helps, what it costs, what else there is, and where each number comes from: told by people who "
                "give the care. This is a demo. Its people are invented, its references are real."
            ),
            seo_title="Rounds: depression care in plain words",
        )
    )
    home.save_revision().publish()
    ensure_site(home)
    welcome_pages().delete()
    return home


def welcome_pages() -> Page:
    """What Wagtail's first migration leaves behind: a bare page that nobody can have made in the admin."""
    return Page.objects.filter(depth=2, slug="home", content_type__model="page", content_type__app_label="wagtailcore")


def ensure_site(home: HomePage) -> Site:
    """The default site at BASE_URL, which may have changed since the last time."""
    parts = urlsplit(settings.BASE_URL)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    wanted = {"hostname": parts.hostname, "port": port, "root_page_id": home.pk, "site_name": "Rounds"}
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if any(getattr(site, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(site, name, value)
        site.save()
    return site


def make_settings(site: Site, pages: Mapping[str, StandardPage]) -> None:
    PublicationSettings.objects.update_or_create(
        site=site,
        defaults={
            "name": "Rounds",
            "tagline": "Depression care in plain words",
            "postal_address": "Rounds (a demo)\n1 Example Street\nSpringfield, MA 01101\nUSA",
            "contact_email": "editor@example.com",
            "sender_name": "Rounds",
            "sender_email": "rounds@example.com",
            "country": "US",
            "conflict_statement": (
                "The author's clinic offers treatments that we write about, and is paid for them. Nobody else pays us."
            ),
            "disclaimer": (
                "This text informs; it can’t replace the advice of somebody who knows you. Don’t start, stop or change "
                "a treatment because of it without talking to the person who treats you."
            ),
            "privacy_page": pages["privacy"],
            "editorial_policy_page": pages["editorial-policy"],
            "funding_policy_page": pages["funding"],
            "advertising_policy_page": pages["advertising"],
        },
    )


def make_standard_pages(home: HomePage) -> dict[str, StandardPage]:
    return {text.slug: make_standard_page(home, text) for text in read_manuscripts("pages")}


def make_standard_page(home: HomePage, text: Manuscript, named: Named | None = None) -> StandardPage:
    page = StandardPage(slug=text.slug, body=text.blocks(named or Named()), live=False, **text.fields)
    page.references = [PageReference(sort_order=order, **source) for order, source in enumerate(text.references)]
    home.add_child(instance=page)
    page.save_revision().publish()
    return page


def make_index(home: HomePage) -> StoryIndexPage:
    index: StoryIndexPage = home.add_child(
        instance=StoryIndexPage(
            title="Stories",
            slug="stories",
            intro="One treatment or one trouble at a time, with its risks beside its benefits.",
            show_in_menus=True,
            live=False,
        )
    )
    index.save_revision().publish()
    return index


def make_author(home: HomePage, author: Author, pictures: Mapping[str, Image]) -> AuthorPage:
    page: AuthorPage = home.add_child(
        instance=AuthorPage(
            title=author.name,
            slug=author.slug,
            credential=author.credential,
            role=author.role,
            licence=author.licence,
            bio=author.bio,
            interests=author.interests,
            closing=author.closing,
            photo=pictures[author.picture],
            user=User.objects.get(username=author.login),
            live=False,
        )
    )
    page.save_revision().publish()
    return page


def make_authors(home: HomePage, pictures: Mapping[str, Image]) -> dict[str, AuthorPage]:
    return {author.slug: make_author(home, author, pictures) for author in AUTHORS}


def make_snippets() -> None:
    for slug, (name, description) in TOPICS.items():
        Topic.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})
    slug, name, description = SERIES
    Series.objects.get_or_create(slug=slug, defaults={"name": name, "description": description})
    for order, (country, name, phone, text_line, url, hours, emergency) in enumerate(CRISIS_LINES):
        CrisisResource.objects.get_or_create(
            country=country,
            name=name,
            defaults={
                "phone": phone,
                "text_line": text_line,
                "url": url,
                "hours": hours,
                "emergency": emergency,
                "sort_order": order,
            },
        )


def ensure_newsletter() -> Newsletter:
    newsletter, _ = Newsletter.objects.get_or_create(
        slug=NEWSLETTER_SLUG,
        defaults={
            "name": "Rounds",
            "description": "New stories about depression care, when they appear.",
            "sender_name": "Rounds",
            "sender_email": "rounds@example.com",
            "reply_to": "editor@example.com",
            "time_zone": "America/New_York",
        },
    )
    return newsletter


def make_schedule(newsletter: Newsletter) -> None:
    """A weekly one to look at, switched off: the demo mails nobody by itself."""
    Schedule.objects.create(
        newsletter=newsletter,
        frequency=Frequency.WEEKLY,
        weekday=Weekday.TUESDAY,
        time=time(9),
        time_zone=newsletter.time_zone,
    )
