"""Run as a process of its own: readers who lack different stories, and a due campaign that fits them.

python tests/faults/seed_fitting.py RECIPIENTS  ->  prints the campaign's id

By the number of a reader: every fourth one wants sleep only, the next got `a` before, the next lacks nothing, and the
fourth one wants sleep only and got `a` and `c` before: nothing is left of the issue `a` (sleep), `b` (mood), `c`.
"""

from __future__ import annotations

import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.utils import timezone

    from blog.models import Topic
    from newsletter.delivery.freeze import freeze
    from newsletter.models import Campaign, Delivery, Subscription
    from tests.factories import make_home, make_newsletter, make_story, make_story_index
    from tests.factories_delivery import make_fitting_campaign
    from tests.faults.seed import add_readers

    newsletter = make_newsletter()
    add_readers(newsletter, int(sys.argv[1]))
    index = make_story_index(make_home())
    sleep, mood = (Topic.objects.create(name=name, slug=name) for name in ("sleep", "mood"))
    stories = []
    for slug, topics in (("a", [sleep]), ("b", [mood]), ("c", [])):
        story = make_story(index, title=slug, slug=slug)
        story.topics.set(topics)
        story.save()
        stories.append(story)

    def number(address: str) -> int:
        return int(address.partition("@")[0].removeprefix("reader"))

    numbers = {pk: number(address) for pk, address in Subscription.objects.values_list("pk", "subscriber__email")}
    through = Subscription.topics.through
    through.objects.bulk_create(
        through(subscription_id=pk, topic_id=sleep.pk) for pk, which in numbers.items() if which % 4 in (0, 3)
    )
    for story, got_by in ((stories[0], (1, 3)), (stories[2], (3,))):
        earlier = make_fitting_campaign(newsletter, [story], fits_reader=False, backend="default")
        assert freeze(earlier, now=timezone.now())
        rows = Delivery.objects.filter(campaign=earlier)
        rows.update(state="refused")
        reached = [row.pk for row in rows if number(row.address) % 4 in got_by]
        rows.filter(pk__in=reached).update(state="accepted")
        Campaign.objects.filter(pk=earlier.pk).update(state="sent")
        earlier.chunks.update(closed_at=timezone.now())
    campaign = make_fitting_campaign(newsletter, stories, backend="default", scheduled_at=timezone.now())
    sys.stdout.write(f"{campaign.pk}\n")
