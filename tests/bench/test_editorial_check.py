"""How long the editorial check takes for a story of 2,000 words: printed, never asserted."""

from __future__ import annotations

import time

import pytest

from blog.editorial.check import check
from blog.editorial.findings import Finding
from blog.editorial.manuscript import Manuscript
from blog.editorial.rules import RULES
from tests.unit.editorial.drafts import block, draft, heading

PARAGRAPH = (
    "Depression that won’t shift wears people out. They try one tablet, then a second, and wait six weeks each time."
    " Dr. Arkwell has seen 403 adults in three years, and 55% of the ketamine group responded [4]. “It helped me,” one"
    " of them said. Studies at Yale showed that SSRIs and electroconvulsive therapy (ECT) help 8 in 10 people, which is"
    " twice as many as before. In animals, a burst of new links between cells follows. Nobody knows how long it lasts."
    " She told us that the first weeks were the worst: two in the morning, three times a week, half an hour each."
)
WORDS = 2000


def story() -> Manuscript:
    """A heading over every paragraph, findings in each. Made anew each time, for it remembers its sentences."""
    paragraphs = WORDS // len(PARAGRAPH.split())
    parts = [
        part for number in range(paragraphs) for part in (heading(f"What the trials found, part {number}"), PARAGRAPH)
    ]
    return draft(*parts, block("risks", PARAGRAPH), title="Ketamine Infusions", references=["Berman RM. 2000."] * 4)


def best(rounds: int) -> tuple[float, list[Finding]]:
    """CPU seconds for one check, the best of several: what else the machine does only makes it slower."""
    quickest, found = float("inf"), []
    for _ in range(rounds):
        manuscript = story()
        begun = time.process_time()
        found = check(manuscript)
        quickest = min(quickest, time.process_time() - begun)
    return quickest, found


def test_a_whole_story_is_checked_in_this_time(capsys: pytest.CaptureFixture[str]) -> None:
    check(story())  # compiles what is compiled once
    seconds, found = best(10)
    assert {"C1", "C2", "F2", "R3"} <= {finding.rule for finding in found}
    manuscript = story()
    each: dict[str, float] = {}
    for rule in RULES:
        begun = time.process_time()
        list(rule(manuscript))
        each[rule.__name__] = time.process_time() - begun
    slowest = sorted(each.items(), key=lambda item: -item[1])[:3]
    told = ", ".join(f"{name} {spent * 1e3:.1f} ms" for name, spent in slowest)
    with capsys.disabled():
        print(  # noqa: T201 - a measurement is for people
            f"\n  {manuscript.word_count} words, {len(found)} findings: checked in {seconds * 1e3:.0f} ms ({told})"
        )


def test_more_words_take_no_more_time_each(capsys: pytest.CaptureFixture[str]) -> None:
    def each(words: int, separator: str) -> float:
        text = separator.join([PARAGRAPH.replace(".", ",").replace("?", ",")] * (words // len(PARAGRAPH.split())))
        begun = time.process_time()
        check(draft(text))
        return (time.process_time() - begun) / words

    check(draft(PARAGRAPH))
    small, large = each(500, "\n\n"), each(50_000, "\n\n")
    short, long = each(300, ", "), each(3_000, ", ")
    with capsys.disabled():
        print(  # noqa: T201 - as above
            f"\n  a word of 500 costs {small * 1e6:.0f} µs, of 50,000 {large * 1e6:.0f} µs;"
            f" in a sentence of 300 words {short * 1e6:.0f} µs, of 3,000 {long * 1e6:.0f} µs"
        )
