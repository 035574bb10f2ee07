"""Which lines of a text are headings."""

import pytest

from blog.importing.headings import is_heading

HEADINGS = [
    "Treatment-Resistant Depression",
    "A Drug Called Ketamine",
    "How Effective Are IV Ketamine Infusions?",
    "The Role of Glutamate",
    "Ketamine Stimulates Budding New Branches in Brain Cells",
    "Sleep Well",
    "Life With and Without Medicine",
    "Treatment-resistant Depression",
    "10 Ways to Sleep",
    "rTMS for Depression",
    "What the mTOR Pathway Does",
    "“Enter Ketamine”",
    "Crisis Lines (United States)",
    "SSRIs & SNRIs: Which First?",
    "Don’t Panic",
    "Été à Paris?".replace(" à ", " À "),
    "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve",
]
PROSE = [
    "Who knew?",
    "Isn’t this amazing?",
    "You can feel again.",
    "Because of glutamate.",
    "Ketamine",  # one word
    "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen",
    "Enter IV Ketamine.",
    "Enter IV Ketamine!",
    "Dear Friends and Readers,",
    "What You Need:",
    "Wait for It…",
    "Wait for It...",
    "He Said “Stop.”",
    "Really?!",
    "of Mice and Men",
    "To the emerging of your best self,",
    "- Better Sleep",
    "• Better Sleep",
    "The Role of glutamate",
    "2015 2016",
    "…",
    "“ ”",
    "Word " + "Verylong" * 20,
    "睡眠与抑郁 的关系",  # a script without capitals can't show Title Case
]


@pytest.mark.parametrize("line", HEADINGS)
def test_a_line_in_title_case_without_a_final_stop_is_a_heading(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize("line", PROSE)
def test_anything_else_that_stands_alone_is_a_paragraph(line: str) -> None:
    assert not is_heading(line)
