"""`mailchimp_check`: each step said, nothing left over there, whatever goes wrong on the way."""

from __future__ import annotations

import json
import os
import signal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from newsletter.backends.mailchimp import calling
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.management.commands.mailchimp_check import Command
from newsletter.models import MailchimpAudience
from tests.factories import make_newsletter
from tests.fakes.mailchimp import FakeMailchimp, faults
from tests.fakes.mailchimp.problems import Json

pytestmark = pytest.mark.django_db

STEPS = ["connect", "audience", "create", "content", "checklist", "test", "schedule", "unschedule", "delete"]
ADA, EDITOR = "ada@example.com", "editor@example.com"


@pytest.fixture
def fake(running_mailchimp: FakeMailchimp, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeMailchimp:
    running_mailchimp.start_afresh()
    running_mailchimp.add_member(running_mailchimp.add_list("Practice readers", list_id="aaaaaaaa01"), ADA)
    entry = settings.NEWSLETTER_BACKENDS["mailchimp"]
    options = {"api_key": running_mailchimp.key, "api_url": running_mailchimp.url, "deadline": 2}
    settings.NEWSLETTER_BACKENDS = {**settings.NEWSLETTER_BACKENDS, "mailchimp": {**entry, "OPTIONS": options}}
    monkeypatch.setattr(calling, "_FIRST_PAUSE", 0.001)
    return running_mailchimp


def check(*arguments: str) -> tuple[bool, dict[str, Json], str]:
    """Whether it exits with 0, the steps by name, and all that was written."""
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("mailchimp_check", "--json", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
    document = json.loads(out.getvalue())
    assert (code, document["ok"]) in ((0, True), (1, False))
    return document["ok"], {step["step"]: step for step in document["steps"]}, out.getvalue() + err.getvalue()


def failed(steps: dict[str, Json]) -> list[str]:
    return [name for name, step in steps.items() if not step["ok"]]


def test_every_step_is_walked_and_nothing_stays_over_there(fake: FakeMailchimp) -> None:
    ok, steps, written = check()
    assert (ok, list(steps), failed(steps)) == (True, STEPS, [])
    assert all(step["milliseconds"] >= 0 and step["said"] for step in steps.values())
    assert fake.campaigns() == []
    assert (fake.mailed(), fake.state.tests) == ({}, [])
    assert "Left out" in steps["test"]["said"]
    assert fake.key not in written


def test_a_test_goes_to_the_address_that_was_named_and_to_nobody_else(fake: FakeMailchimp) -> None:
    ok, _, written = check("--test-address", EDITOR)
    assert ok
    assert [address for _, address, _ in fake.state.tests] == [EDITOR]
    assert fake.mailed() == {}
    assert EDITOR not in written


def test_the_audience_that_a_newsletter_uses_is_tried_unless_another_is_named(fake: FakeMailchimp) -> None:
    used, named = fake.add_list("Used"), fake.add_list("Named")
    for list_id in (used, named):
        fake.add_member(list_id, ADA)
    newsletter = make_newsletter(sender_name="Praxis", reply_to="praxis@example.com")
    MailchimpAudience.objects.create(newsletter=newsletter, list_id=used, switched_on_at=fake.now)
    assert "Used" in check()[1]["audience"]["said"]
    assert fake.bodies("POST", "/campaigns")[-1]["settings"]["reply_to"] == "praxis@example.com"
    assert "Named" in check("--audience", named)[1]["audience"]["said"]


class TestWhatGoesWrong:
    """The step that fails is said, what follows is left out, what was made is deleted."""

    def test_a_revoked_key(self, fake: FakeMailchimp) -> None:
        fake.revoke_keys()
        ok, steps, written = check()
        assert (ok, list(steps), failed(steps)) == (False, ["connect"], ["connect"])
        assert fake.key not in written

    def test_an_audience_that_vanished(self, fake: FakeMailchimp) -> None:
        ok, steps, _ = check("--audience", "bbbbbbbb02")
        assert (ok, failed(steps), list(steps)[-1]) == (False, ["audience"], "audience")

    def test_an_account_without_an_audience(self, fake: FakeMailchimp) -> None:
        fake.remove_list("aaaaaaaa01")
        assert "no audience" in check()[1]["audience"]["said"]

    def test_a_plan_that_insists_on_tracking(self, fake: FakeMailchimp) -> None:
        fake.set(always_tracked=["html_clicks"])
        ok, steps, _ = check()
        assert (ok, failed(steps), list(steps)[-1]) == (False, ["create"], "delete")
        assert "tracks readers (html_clicks)" in steps["create"]["said"]
        assert fake.campaigns() == []

    def test_content_that_is_refused(self, fake: FakeMailchimp) -> None:
        problem = {"type": "", "title": "Invalid", "status": 400, "detail": f"{ADA} is no content", "instance": ""}
        fake.fail("PUT", "/campaigns/*/content", faults.refused(400, json.dumps(problem)))
        ok, steps, written = check()
        assert (ok, failed(steps), list(steps)[-1]) == (False, ["content"], "delete")
        assert fake.campaigns() == []
        assert ADA not in written

    def test_an_audience_to_which_nothing_can_be_sent(self, fake: FakeMailchimp) -> None:
        fake.unsubscribe("aaaaaaaa01", ADA)
        ok, steps, _ = check()
        assert (ok, failed(steps)) == (False, ["checklist"])
        assert "Audience" in steps["checklist"]["said"]
        assert fake.campaigns() == []

    def test_one_that_can_not_be_deleted_is_named(self, fake: FakeMailchimp) -> None:
        fake.fail("DELETE", "/campaigns/*", faults.broken(500, done=False), times=9)
        ok, steps, _ = check()
        assert (ok, failed(steps)) == (False, ["delete"])
        (left,) = fake.campaigns()
        assert left["settings"]["title"] in steps["delete"]["said"]
        assert "by hand" in steps["delete"]["said"]

    def test_one_that_stays_scheduled_is_far_ahead_and_named(self, fake: FakeMailchimp) -> None:
        fake.fail("POST", "/campaigns/*/actions/unschedule", faults.forbidden(), times=9)
        ok, steps, _ = check()
        assert (ok, failed(steps)) == (False, ["unschedule", "delete"])
        (left,) = fake.campaigns()
        assert left["status"] == "schedule"
        assert left["settings"]["title"] in steps["delete"]["said"]
        fake.advance(minutes=27 * 24 * 60)
        assert fake.mailed() == {}

    def test_a_signal_that_ends_it(self, fake: FakeMailchimp, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = Mailchimp.unschedule

        def ended(api: Mailchimp, campaign_id: str) -> None:
            monkeypatch.setattr(Mailchimp, "unschedule", asked)
            os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(Mailchimp, "unschedule", ended)
        ok, steps, _ = check()
        assert (ok, failed(steps), list(steps)[-1]) == (False, ["unschedule"], "delete")
        assert fake.campaigns() == []


class TestLostAnswers:
    """What was done is found out by looking, and nothing is made twice."""

    @pytest.mark.parametrize(
        "fault", [faults.lost(done=True), faults.broken(502, done=True), faults.page_of_html(done=True)]
    )
    def test_one_whose_creation_was_not_answered_is_found_by_its_title(
        self, fake: FakeMailchimp, fault: faults.Fault
    ) -> None:
        fake.fail("POST", "/campaigns", fault)
        ok, steps, _ = check()
        assert (ok, failed(steps)) == (True, [])
        assert "by its title" in steps["create"]["said"]
        assert fake.calls.count(("POST", "/campaigns")) == 1
        assert fake.campaigns() == []

    def test_one_that_was_not_made_is_not_looked_for_in_vain(self, fake: FakeMailchimp) -> None:
        fake.fail("POST", "/campaigns", faults.lost(done=False))
        ok, steps, _ = check()
        assert (ok, failed(steps)) == (False, ["create"])
        assert "Nothing is found" in steps["delete"]["said"]

    @pytest.mark.parametrize("action", ["schedule", "unschedule"])
    def test_a_status_says_what_an_answer_did_not(self, fake: FakeMailchimp, action: str) -> None:
        fake.fail("POST", f"/campaigns/*/actions/{action}", faults.lost(done=True))
        assert check()[0]
        assert fake.campaigns() == []

    def test_a_schedule_that_was_not_done_is_a_failure(self, fake: FakeMailchimp) -> None:
        fake.fail("POST", "/campaigns/*/actions/schedule", faults.lost(done=False))
        assert failed(check()[1]) == ["schedule"]
        assert fake.campaigns() == []


@pytest.mark.parametrize(
    "wrong", [("--audience", "../../lists"), ("--test-address", "nobody"), ("--test-address", "a@example.com,b@c.de")]
)
def test_words_that_can_not_be_meant_ask_nothing(fake: FakeMailchimp, wrong: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as caught:
        call_command(Command(), *wrong, stdout=StringIO())
    assert caught.value.returncode == 2
    assert fake.calls == []


def test_a_stand_in_without_a_memory_is_not_said_to_be_verified(fake: FakeMailchimp) -> None:
    """As the contract server answers: with examples, whatever was asked."""
    example = {
        "id": "42694e9e57",
        "settings": {"title": "An example"},
        "status": "save",
        "recipients": {"list_id": "x"},
    }
    for method, path in (("GET", "/campaigns/*"), ("DELETE", "/campaigns/*")):
        fake.fail(method, path, faults.example(example), times=9)
    for path in ("schedule", "unschedule"):
        fake.fail("POST", f"/campaigns/*/actions/{path}", faults.broken(204, done=False))
    ok, steps, _ = check()
    assert (ok, list(steps)) == (True, STEPS)
    unverified = [name for name, step in steps.items() if "keeps no state" in step["said"]]
    assert unverified == ["create", "content", "checklist", "schedule", "unschedule", "delete"]


def test_people_read_it_without_json(fake: FakeMailchimp) -> None:
    out = StringIO()
    call_command("mailchimp_check", stdout=out)
    assert [line.split()[1] for line in out.getvalue().splitlines()] == STEPS
