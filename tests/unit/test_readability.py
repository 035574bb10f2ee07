"""The grades against published ones, and where a story is hard."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.readability import by_section, grade, hardest, picture, syllables, whole, words_of

GETTYSBURG = """
Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, and
dedicated to the proposition that all men are created equal.

Now we are engaged in a great civil war, testing whether that nation, or any nation so conceived and so dedicated, can
long endure. We are met on a great battle-field of that war. We have come to dedicate a portion of that field, as a
final resting place for those who here gave their lives that that nation might live. It is altogether fitting and
proper that we should do this.

But, in a larger sense, we can not dedicate—we can not consecrate—we can not hallow—this ground. The brave men, living
and dead, who struggled here, have consecrated it, far above our poor power to add or detract. The world will little
note, nor long remember what we say here, but it can never forget what they did here. It is for us the living, rather,
to be dedicated here to the unfinished work which they who fought here have thus far so nobly advanced. It is rather
for us to be here dedicated to the great task remaining before us—that from these honored dead we take increased
devotion to that cause for which they gave the last full measure of devotion—that we here highly resolve that these
dead shall not have died in vain—that this nation, under God, shall have a new birth of freedom—and that government of
the people, by the people, for the people, shall not perish from the earth.
"""
SHARKS = """
Though amid all the smoking horror and diabolism of a sea-fight, sharks will be seen longingly gazing up to the ship's
decks, like hungry dogs round a table where red meat is being carved, ready to bolt down every killed man that is
tossed to them; and though, while the valiant butchers over the deck-table are thus cannibally carving each other's
live meat with carving-knives all gilded and tasselled, the sharks, also, with their jewel-hilted mouths, are
quarrelsomely carving away under the table at the dead meat; and though, were you to turn the whole affair upside
down, it would still be pretty much the same thing, that is to say, a shocking sharkish business enough for all
parties; and though sharks also are the invariable outriders of all slave ships crossing the Atlantic, systematically
trotting alongside, to be handy in case a parcel is to be carried anywhere, or a dead slave to be decently buried; and
though one or two other like instances might be set down, touching the set terms, places, and occasions, when sharks
do most socially congregate, and most hilariously feast; yet is there no conceivable time or occasion when you will
find them in such countless numbers, and in gayer or more jovial spirits, than around a dead sperm whale, moored by
night to a whaleship at sea.
"""


def from_reading_ease(ease: float, *, words: int) -> float:
    """The Flesch-Kincaid grade of one sentence whose Flesch reading ease is published."""
    syllables_per_word = (206.835 - 1.015 * words - ease) / 84.6
    return 0.39 * words + 11.8 * syllables_per_word - 15.59


#: (text, the published grade, where).
PUBLISHED = [
    pytest.param(GETTYSBURG, 10.6, id="Strauss and Lin, Carnegie Mellon, in Journal of Accountancy, January 2016"),
    pytest.param(GETTYSBURG, 10.9, id="Microsoft Word's figure, as widely quoted"),
    # Wikipedia, "Flesch-Kincaid readability tests", gives the reading ease; with the number of words the grade follows.
    pytest.param("The cat sat on the mat.", from_reading_ease(116, words=6), id="Wikipedia: the cat"),
    pytest.param(
        "This sentence, taken as a reading passage unto itself, is being used to prove a point.",
        from_reading_ease(69, words=16),
        id="Wikipedia: this sentence",
    ),
    pytest.param(
        "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.",
        from_reading_ease(37.5, words=13),
        id="Wikipedia: the platypus",
    ),
    pytest.param(SHARKS, from_reading_ease(-146.77, words=224), id="Wikipedia: Moby-Dick, chapter 64"),
]


@pytest.mark.parametrize(("text", "published"), PUBLISHED)
def test_the_grade_is_within_one_of_published_ones(text: str, published: float) -> None:
    assert grade(text).flesch_kincaid == pytest.approx(published, abs=1.0)


def test_words_and_sentences_of_the_gettysburg_address_are_those_that_word_counts() -> None:
    found = grade(GETTYSBURG)
    assert (found.words, found.sentences) == (271, 10)


def test_smog_follows_its_formula() -> None:
    # Of thirty sentences the square root of the long words: 48 of them here.
    text = (
        "Medicine is here. " * 19
        + "Medicine and the hospital are here. " * 10
        + "A medicine, a hospital, an animal, " * 3
    )
    found = grade(text)
    assert (found.sentences, found.smog) == (30, round(3.1291 + 1.0430 * (19 + 20 + 9) ** 0.5, 1))


def test_a_short_text_is_taken_to_thirty_sentences() -> None:
    assert grade("The hospital is here.").smog == round(3.1291 + 1.0430 * 30**0.5, 1)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("80%", 4), ("0.5", 4), ("1918", 4), ("2015", 4), ("$1,200", 8), ("1,000,000", 3), ("12", 1), ("17", 3),
        ("FDA", 3), ("SSRIs", 4), ("BDNF", 4), ("WHO", 5), ("U.S.", 2), ("NASA", 2), ("NICE", 1), ("KNOW", 1),
        ("mTOR", 4), ("B12", 2), ("COVID-19", 4), ("Dr.", 2), ("mg", 3), ("e.g.", 3), ("Ph.D.", 3), ("p.m.", 2),
        ("treatment-resistant", 5), ("20-year-old", 4), ("don’t", 1), ("isn’t", 2), ("nurse’s", 2), ("I", 1),
    ],
)  # fmt: skip
def test_words_are_counted_as_they_are_read_aloud(word: str, count: int) -> None:
    assert syllables(word) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A treatment-resistant depression", 3),
        ("pain in his eyes–and then", 6),
        ("ran out…of it", 4),
        ("and/or", 2),
        ("It works. [2, 5]", 2),
        ("See https://doi.org/10.1000/182 now", 3),
        ("“Yes,” she said — twice.", 4),
        ("• one", 1),
        ("0.5 mg/kg", 3),
        ("2–4 weeks", 3),
    ],
)
def test_words_are_what_people_count_as_words(text: str, words: int) -> None:
    assert len(words_of(text)) == words, words_of(text)


@given(st.text(max_size=200))
def test_any_text_has_a_grade(text: str) -> None:
    found = grade(text)
    assert found.words >= found.sentences >= 0
    assert found.smog >= 0.0


@dataclass(frozen=True)
class Line:
    text: str


@dataclass(frozen=True)
class Part:
    kind: str
    sentences: tuple[Line, ...]
    section: str = ""
    name: str = "1 text"
    block_id: str = "b1"


@dataclass(frozen=True)
class Story:
    blocks: tuple[Part, ...]


def part(text: str, *, kind: str = "text", section: str = "") -> Part:
    return Part(kind=kind, sentences=tuple(Line(line.strip()) for line in text.split("|")), section=section)


EASY = part("We sat in the sun for a while.|" * 13 + "It was warm.", section="The garden")
HARD = part(
    "Multidisciplinary rehabilitation necessitates considerable organisational perseverance for us.|" * 13,
    section="Hospitals",
)
STORY = Story(
    (
        part("Epidemiological considerations", kind="title"),
        EASY,
        HARD,
        part("Antidepressants: a bibliography", kind="references"),
    )
)


def test_every_section_has_a_grade_of_its_own_in_the_order_of_the_story() -> None:
    found = {section.title: section.grade for section in by_section(STORY)}
    assert list(found) == ["The garden", "Hospitals"]
    assert found["The garden"].flesch_kincaid < 4
    assert found["Hospitals"].flesch_kincaid > 14


def test_titles_and_references_are_not_graded() -> None:
    assert whole(STORY).words == sum(section.grade.words for section in by_section(STORY))


def test_blocks_with_a_name_are_sections_wherever_they_stand() -> None:
    story = Story(
        (part("We sat.", section="A"), part("It can hurt.", kind="risks", section="A"), part("So.", section="A"))
    )
    assert [section.title for section in by_section(story)] == ["A", "Risks", "A"]


def test_the_hardest_sentences_come_first_and_short_ones_never() -> None:
    story = Story(
        (part("Electroencephalographic.|We sat in the warm sun and were glad of it.|" + HARD.sentences[0].text),)
    )
    assert [sentence.text.split()[0] for sentence in hardest(story)] == ["Multidisciplinary", "We"]


def test_the_picture_marks_what_is_hard_and_what_is_too_short_to_tell() -> None:
    drawn = picture(Story((EASY, HARD, part("Pharmacological.", section="End"))))
    assert drawn is not None
    assert [(bar.title, bar.ease) for bar in drawn.bars] == [
        ("The garden", "easy"),
        ("Hospitals", "very-hard"),
        ("End", "short"),
    ]
    assert all(1 <= bar.width <= drawn.widest for bar in drawn.bars)


def test_a_story_without_words_has_no_picture() -> None:
    assert picture(Story(())) is None
    assert picture(Story((part("—"),))) is None
