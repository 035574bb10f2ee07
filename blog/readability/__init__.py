"""How hard a text is to read: sentences, words, syllables and the two grades that are made of them.

Pure, and it knows nothing of the editorial check, which is built on it.
"""

from __future__ import annotations

from blog.readability.sentences import split_sentences

__all__ = ["split_sentences"]
