"""Fixtures that every kind of test may use."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings as hypothesis_settings

from tests import migrated, stages
from tests.fakes import prism_server
from tests.stages import stage

if TYPE_CHECKING:
    from pytest_django import DjangoDbBlocker

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter
    from tests.integration.admin_scene import Scene

#: What a marked test needs beyond Python: whether it is there, and the command that puts it there.
NEEDS = {
    "spamassassin": (bool(shutil.which("spamassassin")), "apt-get install spamassassin"),
    "browser": (bool(shutil.which("chromium") or shutil.which("chromium-browser")), "apt-get install chromium"),
    "postgresql": (
        os.environ.get("DATABASE_URL", "").startswith("postgres"),
        "apt-get install postgresql, then DATABASE_URL=postgres://user:password@localhost/rounds make test",
    ),
    "redis": (
        bool(os.environ.get("REDIS_URL")),
        "apt-get install redis-server, then REDIS_URL=redis://localhost:6379/0 make test",
    ),
    "prism": (bool(prism_server.program() and prism_server.description()), prism_server.INSTALL),
}
MISSING = pytest.StashKey[str]()


# A machine that does other things too must not fail a property for being slow.
hypothesis_settings.register_profile("rounds", deadline=None)
#: For the fast part, which is run all the time: each time other examples.
hypothesis_settings.register_profile("quick", deadline=None, max_examples=25)

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write tests/golden/ anew; then read the diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares bytes with a file in tests/golden/, or writes it: `pytest --rewrite-golden`."""

    def compare(name: str, content: bytes) -> None:
        file = GOLDEN / name
        if request.config.getoption("--rewrite-golden"):
            file.write_bytes(content)
        assert content == file.read_bytes(), f"{name} has changed; if it should, run pytest --rewrite-golden"

    return compare


def pytest_configure(config: pytest.Config) -> None:
    is_fast_part = "not slow" in config.getoption("markexpr")
    hypothesis_settings.load_profile("quick" if is_fast_part else "rounds")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    stages.side_by_side(items)
    skip_what_is_missing(items)


def skip_what_is_missing(items: list[pytest.Item]) -> None:
    """Skip what this machine can't run, and say how to change that; in CI it fails, for nobody reads skips there."""
    missing = {name: install for name, (is_there, install) in NEEDS.items() if not is_there}
    for item in items:
        for name in sorted(missing.keys() & {mark.name for mark in item.iter_markers()}):
            reason = f"needs {name}: {missing[name]}"
            item.stash[MISSING] = reason
            if os.environ.get("CI") != "true":
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Look for garbage seldom: what has been imported and collected is none, and most tests leave little."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def pytest_runtest_setup(item: pytest.Item) -> None:
    reason = item.stash.get(MISSING, "")
    if reason:
        pytest.fail(reason, pytrace=False)


def pytest_unconfigure() -> None:
    """Remove the files of this process's tests."""
    from django.conf import settings

    if settings.configured:
        shutil.rmtree(settings.TEST_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Path:
    """Where the migrated database of this state of the code is kept between runs."""
    assert request.config.cache is not None
    return Path(request.config.cache.mkdir("migrated")) / f"{migrated.fingerprint()}.sqlite3"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, template: Path) -> Iterator[None]:
    with migrated.copied_from(template):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, template: Path) -> None:
    with django_db_blocker.unblock():
        migrated.keep(template)


@pytest.fixture(scope="session")
def stand(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[stages.Stand]:
    """What the database holds before a test begins."""
    stand = stages.Stand()
    yield stand
    with django_db_blocker.unblock():
        stand.hold(())


@pytest.fixture
def _staged(request: pytest.FixtureRequest, stand: stages.Stand, django_db_blocker: DjangoDbBlocker) -> None:
    from django.core.cache import cache

    with django_db_blocker.unblock():
        stand.hold(stages.stages_of(request.node))
    cache.clear()  # Wagtail keeps there where the sites are


@pytest.fixture(autouse=True)
def _staged_first(request: pytest.FixtureRequest) -> None:
    """Stages are built before a test's own fixtures change the settings, or the time."""
    if stages.stages_of(request.node):
        request.getfixturevalue("_staged")


@pytest.fixture
def _django_db_helper(_staged: None, _django_db_helper: None) -> None:
    """pytest-django's transaction around a test, in which everything is rolled back, begins on top of the stages."""


@pytest.fixture
def _short_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is refused hundreds of times gets the status without the page, which has all of the admin around it."""
    from django.http import HttpResponse

    from core import refusals

    monkeypatch.setattr(refusals, "render", lambda _request, _template, status: HttpResponse(status=status))


@stage
def home() -> HomePage:
    """The root of a publication: home page, default site and publication settings."""
    from tests.factories import make_home

    return make_home()


@stage
def stories(home: HomePage) -> StoryIndexPage:
    from tests.factories import make_story_index

    return make_story_index(home)


@stage
def newsletter() -> Newsletter:
    from tests.factories import make_newsletter

    return make_newsletter()


@stage
def logins() -> None:
    """One login for each role: `tests.integration.admin_scene.log_in`."""
    from tests.integration.admin_scene import make_logins

    make_logins()


@stage
def scene() -> Scene:
    """A small publication with one login per role."""
    from tests.integration.admin_scene import make_scene

    return make_scene()
