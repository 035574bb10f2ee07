"""A segment's form in the admin: put together from conditions without a script, counted, and kept as it was meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.http import QueryDict
from wagtail.models import ModelLogEntry

from newsletter.admin.segments.drafts import as_draft, read
from newsletter.engine.segment_rules import dump, parse
from newsletter.models import Segment, SubscriberTag
from tests.integration.admin_scene import log_in
from tests.integration.segment_forms import (
    INDEX,
    LOOK,
    NEW,
    WEEKLY,
    count_of,
    fields,
    make_weekly_readers,
    own,
    text_of,
)
from tests.stages import stage

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@stage
def _readers(home: HomePage, newsletter: Newsletter, logins: None) -> None:
    make_weekly_readers(newsletter)


@pytest.fixture(autouse=True)
def _there_are_readers(_readers: None) -> None:
    return


@pytest.fixture
def segment() -> Segment:
    return Segment.objects.create(name="Weekly ones", rules=WEEKLY)


def test_a_segment_is_put_together_without_a_script(segment: Segment) -> None:
    """Each button sends the form, and the page comes back as it then is."""
    client = log_in("Editor")
    page = text_of(client.get(NEW))
    assert count_of(page) == "3 readers at this moment Everybody who reads Rounds."

    page = text_of(client.post(NEW, {**fields(page), "name": "Tagged", "do": "add:0"}))
    sent = {**fields(page), "0-1-about": ["tag"], "do": ["look"]}
    page = text_of(client.post(NEW, sent))
    assert 'value="Tagged"' in page
    assert count_of(page) == "1 reader at this moment Everybody who reads Rounds, and has the tag Colleague."

    response = client.post(NEW, {**fields(page), "name": "Tagged", "do": "save"})
    assert response["Location"] == INDEX
    assert Segment.objects.get(name="Tagged").rules == {
        "all": [
            {"rule": "newsletter", "test": "confirmed", "value": "rounds"},
            {"rule": "tag", "test": "has", "value": "colleague"},
        ]
    }
    assert ModelLogEntry.objects.filter(action="wagtail.create", label="Tagged").exists()


def test_the_count_follows_each_change_and_nothing_is_kept(segment: Segment) -> None:
    client = log_in("Editor")
    sent = fields(text_of(client.get(own("edit", segment))))

    looked = text_of(client.post(LOOK, {**sent, "0-1-value": "each_story"}))

    assert count_of(looked) == "1 reader at this moment Everybody who reads Rounds each story."
    assert "<html" not in looked
    assert Segment.objects.get(pk=segment.pk).rules == WEEKLY


@pytest.mark.parametrize(("match", "readers"), [("all", 1), ("any", 3), ("none", 0), ("not_all", 2)])
def test_conditions_are_joined_by_and_or_and_not(match: str, readers: int) -> None:
    sent = {
        "rule": ["0", "0-0", "0-1"],
        "0-match": match,
        "0-0-about": "tag",
        "0-0-test": "has",
        "0-0-value": "colleague",
        "0-1-about": "newsletter",
        "0-1-test": "confirmed",
        "0-1-value": "rounds",
    }
    assert count_of(text_of(log_in("Editor").post(LOOK, sent))).startswith(f"{readers} reader")


def test_groups_stand_in_groups_and_what_is_removed_is_gone() -> None:
    client = log_in("Editor")
    page = text_of(client.get(NEW))
    page = text_of(client.post(LOOK, {**fields(page), "do": "group:0"}))
    page = text_of(client.post(LOOK, {**fields(page), "do": "group:0-1"}))
    page = text_of(client.post(LOOK, {**fields(page), "do": "add:0-1-1"}))
    assert fields(page)["rule"] == ["0", "0-0", "0-1", "0-1-0", "0-1-1", "0-1-1-0", "0-1-1-1"]
    assert 'value="group:0-1-1"' not in page, "deeper than rules may be"

    page = text_of(client.post(LOOK, {**fields(page), "do": "remove:0-1-0"}))
    assert fields(page)["rule"] == ["0", "0-0", "0-1", "0-1-0", "0-1-0-0", "0-1-0-1"]
    page = text_of(client.post(LOOK, {**fields(page), "do": "remove:0-1"}))
    assert fields(page)["rule"] == ["0", "0-0"]


def test_another_subject_asks_for_its_own_fields_and_drops_what_was_meant_for_the_first() -> None:
    client = log_in("Editor")
    sent = fields(text_of(client.get(NEW)))

    def ask(**changed: str) -> dict[str, list[str]]:
        given = {**sent, **{name.replace("_", "-"): [value] for name, value in changed.items()}}
        return fields(text_of(client.post(LOOK, {"0-0-was": sent["0-0-was"], **given, "do": "look"})))

    joined = ask(**{"0_0_about": "joined"})
    assert (joined["0-0-test"], joined["0-0-value"]) == (["within_days"], ["30"])
    copies = ask(**{"0_0_about": "attribute:copies"})
    assert (copies["0-0-test"], copies["0-0-value"]) == (["is"], [""])
    never = ask(**{"0_0_about": "last_sent", "0_0_test": "never"})
    assert "0-0-value" not in never


def test_what_is_not_finished_is_said_beside_it_when_it_is_saved(segment: Segment) -> None:
    client = log_in("Editor")
    sent = {
        "name": "Weekly ones",
        "rule": ["0", "0-0", "0-1"],
        "0-match": "all",
        "0-0-about": "attribute:copies",
        "0-0-test": "greater",
        "0-0-value": "many",
        "0-0-was": "number",
        "0-1-match": "any",
    }
    looked = text_of(client.post(LOOK, sent))
    assert "“many” is no number" in looked
    assert count_of(looked) == "Not counted yet: one of the conditions is not complete."

    page = text_of(client.post(NEW, {**sent, "do": "save"}))
    for problem in ("“many” is no number", "This group is empty", "Segment with this Name already exists"):
        assert problem in page
    assert 'aria-invalid="true"' in page
    assert Segment.objects.count() == 1


def test_a_segment_of_everybody_is_not_kept() -> None:
    page = text_of(log_in("Editor").post(NEW, {"name": "All", "rule": "0", "0-match": "all", "do": "save"}))

    assert "a segment of everybody narrows nothing" in page
    assert not Segment.objects.exists()


def test_a_condition_on_what_is_gone_is_shown_as_such_and_never_swapped_for_another(segment: Segment) -> None:
    segment.rules = {"rule": "tag", "value": "friends"}
    segment.save()
    SubscriberTag.objects.all().delete()
    client = log_in("Editor")

    page = text_of(client.get(own("edit", segment)))

    assert "friends (does not exist any more)" in page
    assert "Take this rule out, or choose another." in page
    client.post(own("edit", segment), {**fields(page), "name": segment.name, "do": "save"})
    assert Segment.objects.get(pk=segment.pk).rules == {"rule": "tag", "value": "friends"}


def test_rules_that_cannot_be_read_open_an_empty_page_that_says_so(segment: Segment) -> None:
    Segment.objects.update(rules={"no such": "rule"})

    page = text_of(log_in("Editor").get(own("edit", segment)))

    assert "can't be read" in page
    assert Segment.objects.get().rules == {"no such": "rule"}


@pytest.mark.parametrize(
    "rules",
    [
        WEEKLY,
        {"rule": "joined", "test": "before", "value": "2026-01-05"},
        {"not": {"rule": "last_sent", "test": "never"}},
        {"not": {"all": [WEEKLY, {"rule": "language", "test": "is", "value": "en"}]}},
        {"any": [{"not": {"any": [WEEKLY, {"rule": "attribute", "of": "city", "test": "is_set"}]}}, WEEKLY]},
    ],
)
def test_what_is_opened_and_saved_again_means_the_same(rules: dict[str, Any], segment: Segment) -> None:
    segment.rules = rules
    segment.save()
    client = log_in("Editor")

    sent = fields(text_of(client.get(own("edit", segment))))
    assert client.post(own("edit", segment), {**sent, "name": "Again", "do": "save"}).status_code == 302

    segment.refresh_from_db()
    assert segment.name == "Again"
    assert dump(parse(segment.rules)) == dump(parse(as_draft(parse(rules)).data()))


def test_a_form_that_no_browser_sends_breaks_nothing() -> None:
    client = log_in("Editor")
    for sent in (
        {},
        {"rule": ["0-0-0-0-0-0-0-0-0-0-0-0", "x", "٣", "9-9", "0-0"], "0-0-about": "password"},
        {"rule": ["0"] * 5_000, "do": "remove:0"},
        {"rule": ["0", "0-0"], "0-0-about": "attribute:", "0-0-test": "is", "0-0-value": "a\x00b", "do": "remove:0-7"},
        {"rule": ["0", "0-0"], "0-0-about": "joined", "0-0-test": "within_days", "0-0-value": "9" * 9},
    ):
        assert client.post(LOOK, sent).status_code == 200


def test_a_form_is_read_to_no_more_than_rules_may_have() -> None:
    posted = QueryDict(mutable=True)
    posted.setlist("rule", ["0", *(f"0-{number}" for number in range(500))])
    for number in range(500):
        posted[f"0-{number}-about"] = "tag"
    assert len(read(posted).inside) < 110
