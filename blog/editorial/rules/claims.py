"""C1 and C3: figures, and what they say of whom."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from blog.editorial.catalogue import finding
from blog.editorial.findings import Finding
from blog.editorial.lexicon.counts import counted_result
from blog.editorial.lexicon.quantities import first_claimed_figure
from blog.editorial.lexicon.results import GROUP, OUTCOME, TIME, is_a_result, tells_of_a_study
from blog.editorial.manuscript import QUOTATIONS, BlockKind, Manuscript, Sentence
from blog.editorial.rules.citing import UNCITABLE, UNTOLD, cites, told, uncitable

#: Too short to say it all, somebody else's words, or told by rows and columns instead of sentences.
WITHOUT_FRAME = UNCITABLE | UNTOLD | QUOTATIONS | {BlockKind.TABLE, BlockKind.IMAGE}


def figures_without_a_source(manuscript: Manuscript) -> Iterator[Finding]:
    """C1: a percentage, "x in y" or a multiple in a sentence without a citation.

    Where no citation can stand (title, standfirst, headings), the same figure has to be cited in the text.
    """
    for block, sentence in told(manuscript):
        if cites(block, sentence):
            continue
        figure = first_claimed_figure(sentence.prose)
        if not figure:
            continue
        if not uncitable(block):
            yield finding("C1", block, sentence.text, claim=figure)
        elif _plain(figure) not in _cited_figures(manuscript):
            yield finding("C1", block, sentence.text, variant="display", claim=figure)


def _cited_figures(manuscript: Manuscript) -> set[str]:
    return {
        _plain(first_claimed_figure(sentence.prose)) for block, sentence in told(manuscript) if cites(block, sentence)
    }


def results_without_their_frame(manuscript: Manuscript) -> Iterator[Finding]:
    """C3: a figure given as a result, when neither the sentence nor its neighbours say what, in whom and when."""
    for block in manuscript.blocks:
        if block.kind in WITHOUT_FRAME:
            continue
        for index, sentence in enumerate(block.sentences):
            claim = first_claimed_figure(sentence.prose) or counted_result(sentence.prose)
            missing = missing_of(block.sentences, index) if claim and is_a_result(sentence.prose) else []
            if missing:
                yield finding("C3", block, sentence.text, claim=claim, missing=" or ".join(missing))


def missing_of(sentences: Sequence[Sentence], index: int) -> list[str]:
    """What the result in one of these sentences is told without, in the words of the finding."""
    around = (*sentences[max(0, index - 1) : index], *sentences[index + 1 : index + 2])
    told_in = [sentences[index].prose, *(each.prose for each in around if tells_of_a_study(each.prose))]
    parts = (
        (OUTCOME, "what happened (the outcome)"),
        (GROUP, "to whom (the group)"),
        (TIME, "after how long (the time)"),
    )
    return [name for pattern, name in parts if not any(pattern.search(prose) for prose in told_in)]


def _plain(figure: str) -> str:
    return re.sub(r"\s+|-", "", figure.lower().replace("percent", "%").replace("per cent", "%"))


RULES: tuple[Callable[[Manuscript], Iterator[Finding]], ...] = (figures_without_a_source, results_without_their_frame)
