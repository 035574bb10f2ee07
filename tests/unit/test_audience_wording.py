"""The words a reader agrees to."""

from __future__ import annotations

import hashlib

from newsletter.audience.wording import CONSENT_TEXT, CURRENT, VERSIONS, words_of

#: Every version that was ever shown; a new text needs a new version, an old line is never changed.
DIGESTS = {"2026-11": "6e2a6d31856319eb", "2026-12-mailchimp": "e9ab4063515b8743"}


def test_changed_words_have_a_new_version() -> None:
    digests = {version: hashlib.sha256(str(words).encode()).hexdigest()[:16] for version, words in VERSIONS.items()}

    assert digests == DIGESTS


def test_the_words_shown_now_are_those_of_the_current_version() -> None:
    assert words_of(CURRENT) == str(CONSENT_TEXT) == str(VERSIONS[CURRENT])


def test_an_unknown_version_has_no_words() -> None:
    assert words_of("") == words_of("1999-01") == ""
