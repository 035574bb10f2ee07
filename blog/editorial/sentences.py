"""Where sentences end: the check cuts its text as the grades do."""

from __future__ import annotations

from blog.readability.sentences import split_sentences

__all__ = ["split_sentences"]
