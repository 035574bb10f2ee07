"""Whose words a sentence is made of: the author's own ones, and quoted ones."""

import pytest

from blog.editorial.manuscript import Sentence, fold
from tests.unit.editorial.drafts import text_block


@pytest.mark.parametrize(
    ("paragraph", "own"),
    [
        ("She called it “a miracle” at once.", "She called it at once."),
        ("“It works. It’s a miracle,” she said.", "she said."),
        ("The doctors' notes and the patients' views differ.", "The doctors' notes and the patients' views differ."),
        ("We read 'The Magic Cure' in March.", "We read in March."),
        ("He read ‘The Doctor’s Cure’ twice.", "He read twice."),
        ("He can’t sleep and she doesn’t eat.", "He can’t sleep and she doesn’t eat."),
        ("“I wrote more than one page about it.", ""),
        ("In the ’90s we all used it.", "In the ’90s we all used it."),
        ("It eased in 64% of them [3].", "It eased in 64% of them ."),
    ],
)
def test_quotations_are_not_the_authors_own_words(paragraph: str, own: str) -> None:
    sentences = text_block(paragraph).sentences
    assert " ".join(" ".join(sentence.prose for sentence in sentences).split()) == own


def test_a_sentence_keeps_its_length_when_it_is_blanked_and_folded() -> None:
    for sentence in text_block("“İt works. It’s a miracle,” İ said. NBSP\u00a0here [1]. Then‑non‑breaking.").sentences:
        assert len(sentence.text) == len(sentence.prose) == len(sentence.folded)


def test_folded_words_are_easy_to_look_for() -> None:
    assert fold("Don’t\u00a0SELF‑harm") == "don't self-harm"
    assert Sentence(text="He said “No”. YES", paragraph=0).folded == "he said     . yes"
