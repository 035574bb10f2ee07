"""Fixtures that every kind of test may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter


@pytest.fixture
def home(db: None) -> HomePage:
    """The root of a publication: home page, default site and publication settings."""
    from tests.factories import make_home

    return make_home()


@pytest.fixture
def stories(home: HomePage) -> StoryIndexPage:
    from tests.factories import make_story_index

    return make_story_index(home)


@pytest.fixture
def newsletter(db: None) -> Newsletter:
    from tests.factories import make_newsletter

    return make_newsletter()
