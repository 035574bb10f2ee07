"""The way of an import: what may follow on what, who works on it, and what is left of it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.audience.importing import job as importing
from newsletter.audience.importing import staging
from newsletter.audience.importing.errors import LeaseLostError, WrongStateError
from newsletter.audience.importing.lease import claim
from newsletter.delivery import agenda
from newsletter.models import ImportPart, Newsletter, StagedReader, Subscriber, SubscriberImport
from tests.factories import make_subscription
from tests.integration.importing import BASIS, errors, imported, staged, started, states

pytestmark = pytest.mark.django_db

ROWS = ["email,opted_in_at", *(f"reader{number}@example.org,2020-01-01" for number in range(30)), "nobody,"]


def named(newsletter: Newsletter) -> SubscriberImport:
    job = started(newsletter, ROWS)
    importing.set_mapping(job, job.mapping, basis=BASIS)
    return job


def after(questions: int) -> Callable[[], bool]:
    """Says stop when it is asked so often."""
    calls = iter([False] * questions)
    return lambda: next(calls, True)


def test_the_worker_reads_the_file_and_waits_for_a_person(newsletter: Newsletter) -> None:
    job = named(newsletter)
    assert importing.go_on(timezone.now())
    job.refresh_from_db()
    assert job.state == "staged"
    assert not importing.go_on(timezone.now())
    assert states(newsletter) == {}
    importing.confirm_import(job)
    assert importing.go_on(timezone.now())
    job.refresh_from_db()
    assert (job.state, job.created, job.refused, job.rows_merged) == ("done", 30, 1, 30)
    assert job.finished_at is not None


def test_a_worker_that_runs_until_idle_waits_for_an_import(newsletter: Newsletter) -> None:
    assert agenda.is_idle(now=timezone.now())
    job = named(newsletter)
    assert not agenda.is_idle(now=timezone.now())
    importing.go_on(timezone.now())
    assert agenda.is_idle(now=timezone.now())
    importing.confirm_import(job)
    assert not agenda.is_idle(now=timezone.now())


def test_an_import_is_done_in_as_many_slices_as_it_needs(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "RUN", 7)
    monkeypatch.setattr(importing, "SLICE", 0)
    job = named(newsletter)
    slices = 0
    while job.state == "staging":
        # A slice without any time does nothing; one step each shows that all of them can be put together.
        importing.stage(job, stop=after(2))
        slices += 1
        assert slices < 30
    assert slices > 4
    importing.confirm_import(job)
    while job.state == "merging":
        importing.merge(job, stop=after(1))
    assert len(states(newsletter)) == 30
    assert (job.created, job.refused, job.rows_staged) == (30, 1, 31)


def test_two_workers_do_not_work_on_one_import(newsletter: Newsletter) -> None:
    job = named(newsletter)
    now = timezone.now()
    lease = claim(job.pk, states={"staging"}, now=now)
    assert lease is not None
    assert claim(job.pk, states={"staging"}, now=now) is None
    assert not importing.go_on(now)
    assert not importing.stage(job, stop=lambda: False)
    lease.release()
    assert importing.stage(job, stop=lambda: False)


def test_who_was_taken_for_dead_writes_nothing_more(newsletter: Newsletter) -> None:
    job = named(newsletter)
    slow = claim(job.pk, states={"staging"}, now=timezone.now())
    assert slow is not None
    assert importing.go_on(timezone.now() + timedelta(minutes=5))
    with pytest.raises(LeaseLostError):
        slow.keep(rows_staged=7)
    slow.release()
    job.refresh_from_db()
    assert job.rows_staged == 31


def test_a_mapping_may_be_mended_after_the_rehearsal(newsletter: Newsletter) -> None:
    job = staged(newsletter, ROWS)
    assert importing.summary(job).created == 30
    importing.set_mapping(job, {**job.mapping, "1": "ignore"}, basis=BASIS)
    assert importing.stage(job, stop=lambda: False)
    importing.confirm_import(job)
    assert importing.merge(job, stop=lambda: False)
    assert set(states(newsletter).values()) == {"pending"}
    assert len(states(newsletter)) == 30


def test_whoever_leaves_between_rehearsal_and_import_stays_out(newsletter: Newsletter) -> None:
    job = staged(newsletter, ROWS)
    make_subscription(newsletter, "reader7@example.org", state="ended", ended_at=timezone.now())
    make_subscription(newsletter, "reader8@example.org")
    importing.confirm_import(job)
    assert importing.merge(job, stop=lambda: False)
    assert states(newsletter)["reader7@example.org"] == "ended"
    assert (job.created, job.unchanged, job.refused) == (28, 1, 2)
    assert [row[2] for row in errors(job)] == ["reader7@example.org", "nobody"]


def test_steps_follow_in_their_order_only(newsletter: Newsletter) -> None:
    job = started(newsletter, ROWS)
    with pytest.raises(WrongStateError):
        importing.confirm_import(job)
    assert not importing.merge(job, stop=lambda: False)
    importing.set_mapping(job, job.mapping, basis=BASIS)
    importing.stage(job, stop=lambda: False)
    importing.confirm_import(job)
    with pytest.raises(WrongStateError):
        importing.confirm_import(job)
    importing.merge(job, stop=lambda: False)
    with pytest.raises(WrongStateError):
        importing.cancel(job)
    with pytest.raises(WrongStateError):
        importing.set_mapping(job, job.mapping, basis=BASIS)


def test_a_cancelled_import_leaves_no_address_behind(newsletter: Newsletter) -> None:
    job = staged(newsletter, ROWS)
    importing.cancel(job)
    assert job.state == "cancelled"
    assert not ImportPart.objects.exists()
    assert not StagedReader.objects.exists()
    assert not Subscriber.objects.exists()


def test_only_refused_rows_are_kept_of_an_import_that_is_done(newsletter: Newsletter) -> None:
    imported(newsletter, ROWS)
    assert not ImportPart.objects.exists()
    assert StagedReader.objects.get().original == '["nobody", ""]'


def test_an_import_that_fails_says_why(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(staging, "row_reader", broken)
    job = named(newsletter)
    with pytest.raises(RuntimeError):
        importing.go_on(timezone.now())
    job.refresh_from_db()
    assert job.state == "failed"
    assert "the log says more" in job.reason
    assert agenda.is_idle(now=timezone.now())
