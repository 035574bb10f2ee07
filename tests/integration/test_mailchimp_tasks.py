"""Asking for something to be done at Mailchimp, while a worker is at it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.models import RemoteTask, RemoteTaskKind, RemoteTaskState
from tests.integration.mailchimp_audience import NOW

pytestmark = pytest.mark.django_db


def test_what_is_asked_for_while_the_same_comes_to_its_end_is_done_once_more() -> None:
    first = ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=NOW)
    RemoteTask.objects.update(state=RemoteTaskState.RUNNING, owner="worker")
    is_over = False

    def end_first(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """The worker is done after the one at work was found in the way, and before it is hurried."""
        nonlocal is_over
        if sql.startswith("UPDATE") and not is_over:
            is_over = True
            RemoteTask.objects.filter(pk=first.pk).update(state=RemoteTaskState.DONE, settled_at=NOW)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(end_first):
        second = ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=NOW)

    assert is_over
    assert (second.state, second.pk != first.pk) == (RemoteTaskState.PENDING, True)
    assert RemoteTask.objects.count() == 2
