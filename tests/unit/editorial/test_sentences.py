"""Where sentences end, and where they only seem to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.readability import split_sentences

#: One sentence each, whatever stops stand in it.
WHOLE = [
    "We saw Dr. Smith at noon.",
    "Prof. Mary K. Jones and Mrs. Hall spoke to Ms. Fox.",
    "St. John's wort is sold without a prescription.",
    "By J. K. Rowling, who has spoken of it.",
    "Carlos A. Zarate Jr. led the study.",
    "Zarate et al. found the same in a small group.",
    "Drugs such as sertraline (e.g. Zoloft) are not the same, i.e. they differ vs. placebo.",
    "The dose is approx. 0.5 mg per kg, as in Fig. 2 and on pp. 12-14.",
    "Take 1.5 mg. daily with food.",
    "Read No. 5 and Vol. 3 of the series.",
    "It is approved in the U.S. for adults.",
    "The U.S. National Institute of Mental Health paid for it.",
    "The clinic opens at 8 a.m. Monday and closes at 5 p.m. Friday.",
    "On Jan. 4 he came back.",
    "She has a Ph.D. in biology.",
    "She has a Ph.D. Program behind her.",
    "He just disconnected…ran out of the energy to endure any longer…from the emptiness.",
    "I do not know . . . maybe it was the light.",
    "It got better... slowly.",
    "Which — voila! — increases protein synthesis.",
    "“Will it hurt?” she asked.",
    "He shouted “No!” and left the room.",
    "They said (who knows why?) that it was over.",
    "It rose (!) to 4.7 at www.example.org in 2.5 weeks.",
    "1. Take the tablet with water.",
    "(a) Ask your doctor.",
    "IV. What happens next",
    "A heading without a stop",
    "It works.[2][3]",
    "It works. [2, 5]",
    "In Roe v. Wade nobody spoke of it.",
    "Ask the staff of St. Mary's Hosp. Dublin for a form.",
]

#: (text, how many sentences it is).
SPLIT = [
    ("He was kind. She was not.", 2),
    ("This was shown at Yale et al. The next trial was larger.", 2),
    ("Lithium, valproate, etc. Patients should ask.", 2),
    ("He moved to the U.S. The FDA had approved it.", 2),
    ("It is sold in the U.K. and the U.S. We do not sell it.", 2),
    ("She has a Ph.D. Her brother has none.", 2),
    ("The clinic closes at 5 p.m. Patients may call.", 2),
    ("He took 1.5 mg. It helped.", 2),
    ("The dose is 0.5 mg/kg. Nobody knows why.", 2),
    ("Is it safe? No. It is not.", 3),
    ("Fish have vitamin D. Sunlight does the rest.", 2),
    ("He has bipolar I. Lithium helped.", 2),
    ("She has MS. Her doctor knows.", 2),
    ("“I want to die.” She said it twice.", 2),
    ('"I want to die." She said it twice.', 2),
    ("(It was late.) We left.", 2),
    ("Serotonin is one of the calming ones… Glutamate excites.", 2),
    ("What is it that brings this wonderful, fresh relief…?  First, growth factors.", 2),
    ("So how to get it released?? Enter IV ketamine.", 2),
    ("Who knew?! Nobody did!!", 2),
    ("It works. [2] The next one did not.", 2),
    ("It works.[2, 5] The next one did not [3]. So there.", 3),
    ("It works.² The next one did not.", 2),
    ("It activates mTOR. mTOR is a protein.", 2),
    ("It fell to 8%. 12 people left.", 2),
    ("it helped me. i felt better.", 2),
    ("Bring: • your list • your card", 3),
    ("Bring these:\n- your list. All of it\n- your card", 4),
    ("First thought\n\nSecond thought", 2),
    ("Gut gemacht.\u00a0 Sehr gut.", 2),
    ("He was 5. She was 6.", 2),
    ("The dr. came. Then he left.", 2),
]


@pytest.mark.parametrize("text", WHOLE)
def test_a_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(("text", "count"), SPLIT)
def test_a_new_sentence_begins(text: str, count: int) -> None:
    assert len(split_sentences(text)) == count, split_sentences(text)


def test_a_citation_after_the_stop_belongs_to_the_sentence_before() -> None:
    assert split_sentences("It works. [2, 5] So it does.[1][3] Good.") == [
        "It works. [2, 5]",
        "So it does.[1][3]",
        "Good.",
    ]


def test_closing_marks_stay_with_their_sentence() -> None:
    assert split_sentences("“It works.” (Or so they say.) «Well.»") == ["“It works.”", "(Or so they say.)", "«Well.»"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "…", "...", "?!", "[2]", ". . ."])
def test_a_text_without_words_never_breaks_it(text: str) -> None:
    assert " ".join(split_sentences(text)).split() == text.split()


PIECES = st.sampled_from(
    ["Dr.", "et", "al.", "U.S.", "[2]", "[2,", "5]", "…", "...", "—", "“Go!”", "(a)", "1.", "•", "\n", "\n\n", "The",
     "so", "x.[1]", ")", "?", "e.g.", "5", "p.m.", "\u00a0", "A.", "mTOR."]
)  # fmt: skip


@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map(" ".join)))
def test_the_sentences_together_have_the_words_of_the_paragraph_in_order(paragraph: str) -> None:
    sentences = split_sentences(paragraph)
    assert " ".join(sentences).split() == paragraph.split()
    assert all(sentence.strip() == sentence != "" for sentence in sentences)


def test_one_sentence_of_three_thousand_words_stays_one() -> None:
    text = " ".join(["and so on, Dr. Who vs. the U.S. government"] * 333) + "."
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    "unit", ["!", ".)", "[1] ", "[1", "a. ", "\n ", "( ", "- ", "x.[1,", "….", "?? ", "Dr. ", "\n- ", "“.” "]
)
def test_the_steps_grow_with_the_length_and_not_with_its_square(unit: str) -> None:
    # A hundred thousand characters: with squares the test would not end in this life.
    text = unit * (100_000 // len(unit))
    assert " ".join(split_sentences(text)).split() == text.split()
