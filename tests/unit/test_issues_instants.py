"""Instants as an operator types them."""

from datetime import UTC, datetime

import pytest

from newsletter.issues.instants import InstantError, read_instant

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("2026-03-01T09:00", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("2026-03-01 09:00:30", datetime(2026, 3, 1, 14, 0, 30, tzinfo=UTC)),
        ("2026-03-01T09:00+01:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T09:00Z", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        # In New York clocks jump from 2:00 to 3:00 on this night, and show 1:30 twice on the other.
        ("2026-03-08T02:30", datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("2026-11-01T01:30", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_the_newsletters_zone(text: str, expected: datetime) -> None:
    assert read_instant(text, zone="America/New_York", now=NOW) == expected


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-03-01", "2026-02-30T09:00", "20260301", "9:00", "0001-01-01T00:00+14:00", "Tx"]
)
def test_what_names_no_instant_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(InstantError) as caught:
        read_instant(text, zone="America/New_York", now=NOW)
    assert "\n" not in str(caught.value)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(InstantError, match="Mars/Base"):
        read_instant("2026-03-01T09:00", zone="Mars/Base", now=NOW)
