"""Where sentences end."""

from __future__ import annotations

import re

#: What a full stop after it doesn't end.
ABBREVIATIONS = re.compile(
    r"(?:\b(?:Drs?|Prof|Mrs?|Ms|St|Jr|Sr|vs|etc|e\.g|i\.e|approx|ca|cf|Fig|No|Vol|pp?|Inc|Ltd)|\bet al|\b[A-Z])\.$"
)
END = re.compile(r"(?:[.!?]+|…)[”\"’)\]»]*(?:\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\])*(?=\s)")


def split_sentences(paragraph: str) -> list[str]:
    """The sentences of one paragraph in order; a citation marker after the full stop belongs to what it follows."""
    sentences: list[str] = []
    start = 0
    for end in END.finditer(paragraph):
        if ABBREVIATIONS.search(paragraph, start, end.end()):
            continue
        sentences.append(paragraph[start : end.end()].strip())
        start = end.end()
    rest = paragraph[start:].strip()
    return [*filter(None, sentences), rest] if rest else list(filter(None, sentences))
