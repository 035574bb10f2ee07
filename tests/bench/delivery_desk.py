"""A process that writes and schedules issues as an editor does, on request: a line of JSON in, a line of JSON out.

In: `{"readers": n, "size": bytes, "at": seconds from now}`. Out: `{"campaign": id, "scheduled_at": unix time}`.
With `"sample": path` the message is also written there, as one reader gets it.
"""

from __future__ import annotations

import functools
import json
import random
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from newsletter.models import Issue, Newsletter

TEXT = (
    "Sleep comes first, and then the dose. A trial of a week says little about a mood that has lasted for a year: ask"
    " the doctor at each visit what the evidence is, what the plan is for the morning and for the evening, and which"
    " side effects to expect. Most treatments help slowly; some people get better quickly, and nobody knows why."
)
WORDS = TEXT.split()
#: Readers of the pool; a newsletter has the first n of them. Two of three gave a name, some outside ASCII.
POOL = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})",
    "postgresql": "WITH numbers AS (SELECT generate_series({first}, {last}) AS n)",
}


def prepare() -> None:
    """A publication that may send, with a story: the preflight asks for its address and for news."""
    from blog.models import StoryPage
    from tests.factories import make_home, make_story, make_story_index

    if not StoryPage.objects.exists():
        make_story(make_story_index(make_home()), title="What helps when nothing helped", slug="what-helps")


@functools.cache
def newsletter_of(readers: int) -> Newsletter:
    """A newsletter with so many confirmed readers."""
    from django.db import connection, transaction

    from newsletter.models import Subscriber
    from tests.factories import make_newsletter

    with transaction.atomic(), connection.cursor() as cursor:
        there = Subscriber.objects.count()
        if there < readers:
            numbers = POOL[connection.vendor].format(first=there + 1, last=readers)
            cursor.execute(
                f"{numbers} INSERT INTO newsletter_subscriber (email, name, language, time_zone, created_at)"  # noqa: S608
                " SELECT 'reader' || n || '@example.com',"
                " CASE n % 3 WHEN 0 THEN '' WHEN 1 THEN 'Reader ' || n ELSE 'Zoë Łukasiewicz ' || n END,"
                " '', '', CURRENT_TIMESTAMP FROM numbers"
            )
        newsletter = make_newsletter(slug=f"rounds-{readers}")
        cursor.execute(
            "INSERT INTO newsletter_subscription (subscriber_id, newsletter_id, state, ended_reason, left_because,"
            " frequency, created_at, confirmed_at) SELECT id, %s, 'confirmed', '', '', 'each_story', CURRENT_TIMESTAMP,"
            " CURRENT_TIMESTAMP FROM newsletter_subscriber ORDER BY id LIMIT %s",
            [newsletter.pk, readers],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return newsletter


def body_of(words: int) -> list[tuple[str, Any]]:
    """A story and paragraphs of forty random words, the same on every run."""
    from blog.models import StoryPage

    dice = random.Random(words)
    chosen = dice.choices(WORDS, k=words)
    paragraphs = [" ".join(chosen[at : at + 40]).capitalize() + "." for at in range(0, words, 40)]
    card = {"story": StoryPage.objects.get(), "display": "excerpt", "intro": "", "show_image": False}
    return [("story", card), ("text", "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs))]


def sample_of(issue: Issue) -> bytes:
    from django.utils import timezone

    from newsletter.issues.render import compile_issue
    from newsletter.issues.sample import sample

    return sample(compile_issue(issue, seed=bytes(32)).message, date=timezone.now())


@functools.cache
def words_for(size: int, newsletter: Newsletter) -> int:
    """How many words make a whole message of about so many bytes: from two trials, for it grows evenly."""

    def bytes_of(words: int) -> int:
        from newsletter.models import Issue

        issue = Issue.objects.create(newsletter=newsletter, subject="A trial", body=body_of(words))
        issue = Issue.objects.select_related("newsletter").get(pk=issue.pk)
        return len(sample_of(issue))

    few, many = bytes_of(40), bytes_of(840)
    return max(10, 40 + round((size - few) * 800 / (many - few)))


def write(*, readers: int, size: int, at: float, sample: str = "") -> dict[str, Any]:
    from django.utils import timezone

    from newsletter.issues.schedule import schedule
    from newsletter.models import Issue

    newsletter = newsletter_of(readers)
    body = body_of(words_for(size, newsletter))
    issue = Issue.objects.create(newsletter=newsletter, subject="What helps when nothing helped", body=body, live=False)
    issue.save_revision()
    if sample:
        Path(sample).write_bytes(sample_of(Issue.objects.select_related("newsletter").get(pk=issue.pk)))
    now = timezone.now()
    instant = now + timedelta(seconds=at)
    campaign = schedule(issue, at=instant, time_zone="UTC", approve=True, now=now)
    return {"campaign": campaign.pk, "scheduled_at": campaign.scheduled_at.timestamp()}


if __name__ == "__main__":
    django.setup()
    prepare()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(write(**json.loads(line))) + "\n")
        sys.stdout.flush()
