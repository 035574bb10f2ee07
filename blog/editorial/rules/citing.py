"""Which sentences can cite a source, and which do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence

#: Names, forms and other stories' titles: nothing is claimed there.
UNTOLD = frozenset(
    {BlockKind.SIGNATURE, BlockKind.SUBSCRIBE_FORM, BlockKind.RELATED_STORIES, BlockKind.EMBED, BlockKind.REFERENCES}
)
#: Where the editor offers no citation; what stands there has to be cited in the text.
UNCITABLE = frozenset({BlockKind.TITLE, BlockKind.STANDFIRST, BlockKind.HEADING})
#: Read as one: a citation anywhere in them holds for all of it.
AS_ONE = frozenset({BlockKind.STAT, BlockKind.TABLE, BlockKind.IMAGE})

#: Citations other than markers that a reader can follow as well: "(Murrough et al., 2013)", a DOI, raised digits.
OTHER_CITATION = re.compile(
    r"\([^()]{0,40}?[A-Z][\w’'-]+(?: et al\.?| (?:and|&) [A-Z][\w’'-]+)?,? (?:19|20)\d\d[a-z]?\)"
    r"|\b[A-Z][\w’'-]+(?: et al\.?| (?:and|&) [A-Z][\w’'-]+) \((?:19|20)\d\d[a-z]?\)"
    r"|\bdoi(?:\.org/|:\s?)10\.\d|\bPMID:?\s?\d|https?://\S|[\w.,;%)”][¹²³⁴-⁹]"
)


def told(manuscript: Manuscript) -> Iterator[tuple[Block, Sentence]]:
    """The sentences that tell something in the author's own words."""
    return ((block, sentence) for block, sentence in manuscript.sentences() if block.kind not in UNTOLD)


def uncitable(block: Block) -> bool:
    return block.kind in UNCITABLE


def cites(block: Block, sentence: Sentence) -> bool:
    """Whether a reader can follow the sentence to a source; of a table or a big figure, the whole block counts."""
    sentences = block.sentences if block.kind in AS_ONE else (sentence,)
    return any(each.rows or OTHER_CITATION.search(each.text) for each in sentences)
