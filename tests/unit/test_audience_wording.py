"""The words a reader agrees to."""

from __future__ import annotations

import hashlib

from newsletter.audience.wording import CONSENT_TEXT, CURRENT

#: Every version that was ever shown; a new text needs a new version, an old line is never changed.
DIGESTS = {"2026-11": "6e2a6d31856319eb"}


def test_changed_words_have_a_new_version() -> None:
    digest = hashlib.sha256(str(CONSENT_TEXT).encode()).hexdigest()[:16]

    assert DIGESTS[CURRENT] == digest
