"""R1 and R2: grades, long sentences, long paragraphs."""

from __future__ import annotations

import pytest

from blog.editorial.check import check
from blog.editorial.findings import Level
from blog.editorial.rules.readability import r1, r2
from tests.unit.editorial.drafts import block, crisis_help, draft, fired, heading, text_block

W26 = (
    "We sat in the garden with a cup of tea and talked about the long day that he had spent in the new clinic"
    " yesterday afternoon"
)

#: One sentence each, of more than 25 words.
LONG = [
    f"{W26}.",
    f"{W26} [2, 5].",
    f"“Well”, {W26}.",
    f"{W26}…and then he left",
    f"Dr. Smith, the U.S. doctor, said: {W26}.",
    f"{W26}; it was well-known.",
    f"- {W26}",
    "You may feel sick, dizzy, tired, weak, cold, hot, sad, sleepy, restless, tense, numb, thirsty, hungry,"
    " shaky, sweaty,"
    " itchy, flushed, achy, foggy, dull, giddy, low, edgy, faint, sore or stiff.",
    "In the first study 24 people took 0.5 mg for 12 weeks, 36 took 1.5 mg for 24 weeks, and 48 took 2.5 mg for"
    " 52 weeks,"
    " which was long.",
    "Zarate et al. found that people who had been ill for many years and had tried several other drugs felt a"
    " little better"
    " within one day of the first dose.",
    "If you take lithium, which is a salt, your doctor will ask you to have a blood test every week at first,"
    " then every"
    " three months, and then for as long as you take it.",
    "Is it safe to take it when you are pregnant or hope to be, or when you are feeding a baby at the breast,"
    " and whom can"
    " you ask about it?",
]

#: No sentence here is too long for its author's own words.
SHORT_ENOUGH = [
    "We sat in the garden. We had a cup of tea. We talked about the long day that he had spent in the new"
    " clinic. It rained.",
    # Twenty-five words exactly.
    W26.removesuffix(" afternoon") + ".",
    "We sat in the garden with a cup of tea and talked about the long day that he had spent in the new clinic"
    " [1, 2-4].",
    "He said: “We sat in the garden with a cup of tea and talked about the long day that I had spent in the new"
    " clinic and"
    " how well it went.”",
    "We met Dr. Smith at noon at the clinic in Leeds. He spoke with us for an hour. Then Prof. Jones, M.D., came"
    " in to look"
    " at the chart.",
    "A treatment-resistant, long-lasting, hard-to-treat depression is what this well-known, much-loved, twenty-year-old"
    " clinic was set up to treat.",
    "Read more at https://www.example.org/a/very-long-address/that-nobody-reads and at"
    " www.example.org/another/page or write"
    " to somebody@example.org for the list.",
    "Did it help? It did! It took a while… Then it was better. I slept for the first time in months. I ate. I"
    " went for a"
    " walk with my dog.",
    "It works.[1] The second trial was larger.[2, 3] It ran for a year in ten clinics.[4] Half of them were in"
    " the U.S. The"
    " rest were in Spain.",
    "• a cup of tea in the garden at four • a walk with the dog by the river • a call to your best friend • an"
    " early night"
    " with a book",
    "- Call your doctor if you feel sick for more than a day.\n- Call at once if you faint.\n- Do not drive on"
    " the day of"
    " the treatment at all.",
    "",
]


@pytest.mark.parametrize("text", LONG)
def test_a_long_sentence_is_found(text: str) -> None:
    found = fired(r2, text)
    assert len(found) == 1
    assert found[0].level is Level.WARNING
    assert found[0].sentence in text


@pytest.mark.parametrize("text", SHORT_ENOUGH)
def test_what_only_looks_long_is_not(text: str) -> None:
    assert fired(r2, text) == []


def test_the_finding_says_how_many_words() -> None:
    assert "26 words" in fired(r2, LONG[0])[0].why


def test_sentences_of_more_than_forty_words_stand_first() -> None:
    longer = f"{W26}, and {W26}."
    found = check(draft(f"{W26}.", longer))
    assert [finding.sentence for finding in found if finding.rule == "R2"] == [longer, f"{W26}."]


def test_a_sentence_of_three_thousand_words_is_one_finding_and_a_paragraph_another() -> None:
    found = fired(r2, "on and " * 1500 + "on.")
    assert [finding.weight > 100 for finding in found] == [True, False]


def test_a_paragraph_of_more_than_eighty_words_is_found_once() -> None:
    found = fired(r2, "We sat in the sun for an hour. " * 11)
    assert len(found) == 1
    assert "88 words" in found[0].why
    assert found[0].sentence == "We sat in the sun for an hour."


def test_paragraphs_are_counted_one_by_one() -> None:
    assert fired(r2, "\n\n".join(["We sat in the sun for an hour. " * 10] * 5)) == []


@pytest.mark.parametrize("kind", ["quote", "pull_quote", "table", "signature", "crisis_help", "references"])
def test_what_is_quoted_listed_or_signed_may_be_long(kind: str) -> None:
    assert fired(r2, draft(block(kind, f"{W26}."))) == []


EASY = "We sat in the sun for a while and then we went home. " * 20
#: About grade 9.
HARDER = "The doctor will then tell you about the possible benefits and also the dangers of this medicine. " * 10
VERY_HARD = (
    "Comprehensive psychiatric evaluation necessitates multidisciplinary consideration of individual factors. " * 12
)


def test_an_easy_story_is_left_alone() -> None:
    assert fired(r1, draft(heading("One"), EASY, heading("Two"), EASY)) == []


def test_a_hard_section_is_named_with_its_grade() -> None:
    found = fired(r1, draft(heading("The garden"), EASY * 4, heading("The clinic"), HARDER))
    assert [finding.block for finding in found] == ["4 text"]
    assert "“The clinic”" in found[0].why
    assert "school grade 9" in found[0].why
    assert "The doctor will then tell you …" in found[0].remedy


def test_the_whole_story_is_named_before_its_sections_and_very_hard_ones_before_hard_ones() -> None:
    found = [
        finding
        for finding in check(draft(heading("Hard"), HARDER, heading("Harder"), VERY_HARD))
        if finding.rule == "R1"
    ]
    assert [finding.block for finding in found] == ["story", "4 text", "2 text"]
    assert {finding.level for finding in found} == {Level.WARNING}


def test_a_story_of_one_section_is_named_once() -> None:
    assert [finding.block for finding in fired(r1, VERY_HARD)] == ["story"]


def test_a_section_of_few_words_is_not_judged() -> None:
    short = "Comprehensive evaluation necessitates multidisciplinary consideration. " * 3
    assert fired(r1, draft(heading("One"), EASY * 4, heading("Two"), short)) == []


def test_long_words_in_short_sentences_are_found_by_smog() -> None:
    found = fired(r1, "The hospital is a quiet place, and there we are family. " * 10)
    assert len(found) == 1
    assert "SMOG" in found[0].why
    assert "long words" in found[0].why


@pytest.mark.parametrize("parts", [[], [""], ["…"], ["Hello."], [crisis_help()]])
def test_a_story_of_no_or_few_words_is_not_judged(parts: list[object]) -> None:
    manuscript = draft(*(part for part in parts if part))  # type: ignore[arg-type]
    assert fired(r1, manuscript) == fired(r2, manuscript) == []


def test_quotations_and_references_do_not_make_a_story_hard() -> None:
    assert fired(r1, draft(EASY, block("quote", VERY_HARD), block("references", VERY_HARD))) == []


def test_a_block_of_its_own_kind_is_graded_by_itself() -> None:
    found = fired(r1, draft(heading("The garden"), text_block(EASY * 4), block("risks", VERY_HARD)))
    assert "3 risks" in [finding.block for finding in found]
