"""Fixtures of tests against a Mailchimp of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from newsletter.models import Newsletter
    from tests.fakes.mailchimp import FakeMailchimp
    from tests.integration.campaign_there import There


@pytest.fixture(scope="module")
def running_mailchimp() -> Iterator[FakeMailchimp]:
    """Started once for all tests of a module; each of them begins it afresh."""
    from tests.fakes.mailchimp import FakeMailchimp

    with FakeMailchimp().running() as running:
        yield running


@pytest.fixture
def there(newsletter: Newsletter, running_mailchimp: FakeMailchimp, settings: Settings) -> There:
    from tests.integration.campaign_there import set_up

    return set_up(newsletter, running_mailchimp, settings)
