"""F3 to F5: promises, hype, and what a reader is told to feel."""

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.promises import f3, f4, f5
from tests.unit.editorial.drafts import article, block, draft, fired, needs_the_article, sentences_fired

PROMISED = [
    "Ketamine cures depression.",
    "At last there is a cure for anxiety.",
    "After three sessions she was cured.",
    "It’s a miracle drug.",
    "The results were miraculous.",
    "We guarantee that your mood will lift.",
    "Relief is guaranteed.",
    "Guaranteed results in two weeks!",
    "The treatment is risk-free.",
    "It is a risk free way out of depression.",
    "The spray is 100% safe.",
    "This is a completely safe medicine.",
    "It has no side effects.",
    "Unlike tablets, the infusion works without side effects.",
    "Think of it as a permanent fix.",
    "It always works.",
    "Magnetic stimulation is a magic bullet.",
    "This is not only a treatment but a cure.",
    "It isn’t just relief, it’s a cure.",
    "Did you know that ketamine cures depression?",
    "It never fails.",
    "The infusion works for everyone.",
    "Ketamine is nothing short of a miracle.",
    "Say goodbye to depression forever.",
    "It is expensive, but it is a permanent cure.",
    "Without doubt this is a cure.",
    "A foolproof way to sleep.",
    "CURED: how one infusion ended ten years of pain",
    "It permanently heals the brain.",
    "There are absolutely no risks.",
    "No hospital, no needles, guaranteed relief.",
    "A drug that never disappoints and always works.",
    "Ketamine won’t just mask your symptoms: it cures the disease.",
    "Why does ketamine cure depression when nothing else does?",
]
NOT_PROMISED = [
    "It is not a cure.",
    "There is no miracle.",
    "No treatment is risk-free.",
    "Ketamine isn’t a cure, a miracle or a guarantee.",
    "There’s no guarantee that it will help.",
    "Results are not guaranteed.",
    "Nobody can promise a cure.",
    "Is it a cure? No.",
    "Can depression be cured?",
    "A cure is not in sight.",
    "Miracles don’t happen in clinics.",
    "Ketamine is, sadly, not, as some say, a miracle.",
    "Beware of anyone who promises a cure.",
    "The papers called it “a miracle drug”.",
    "Avoid cured ham while you take this tablet.",
    "Cured meats and old cheese can raise the blood pressure.",
    "The cure rate was 40% [1].",
    "Antibiotics cure most strep throats.",
    "Hepatitis C can be cured in most people [2].",
    "She curates the museum.",
    "The law guarantees your right to see your records.",
    "No drug is without side effects.",
    "We don’t know of any treatment that has no side effects.",
    "Some people have no side effects at all.",
    "No serious side effects were reported in the trial [1].",
    "It is far from risk-free.",
    "It is more a crutch than a cure.",
    "Researchers are still searching for a cure.",
    "She hoped for a miracle.",
    "Nothing works for everyone.",
    "It doesn’t always work.",
    "You need to feel completely safe with your therapist.",
    "By some miracle nobody was hurt in the crash.",
    "Neither drug is a permanent fix.",
    "Rest cures were popular in 1900.",
    "If there were a cure, we would tell you.",
    "Myth: ketamine is a cure.",
    "Few treatments cure; most of them help.",
    "Whoever promises a cure lies.",
    "It would be wrong to call it a cure.",
    "Medicines that work for everyone don’t exist.",
    "Confidentiality is guaranteed.",
    "A cure for all is out of reach.",
]


@pytest.mark.parametrize("text", PROMISED)
def test_what_no_treatment_keeps_must_not_be_promised(text: str) -> None:
    found = fired(f3, text)
    assert [(finding.level, finding.sentence) for finding in found] == [(Level.BLOCKER, text)]


@pytest.mark.parametrize("text", NOT_PROMISED)
def test_denied_asked_quoted_and_other_cures_are_left_alone(text: str) -> None:
    assert fired(f3, text) == []


def test_a_sentence_with_several_promises_is_found_once() -> None:
    assert len(fired(f3, "A miracle cure, guaranteed and risk-free.")) == 1


def test_promises_are_found_in_titles_and_questions_with_answers_but_not_in_quotations() -> None:
    assert sentences_fired(f3, draft("Sleep.", title="The Cure for Depression")) == ["The Cure for Depression"]
    assert fired(f3, draft(block(BlockKind.FAQ, "Is it a cure?\n\nNo. It eases symptoms."))) == []
    assert fired(f3, draft(block(BlockKind.QUOTE, "It was a miracle."))) == []
    assert fired(f3, "“It worked at once. It was a miracle,” she said.") == []


HYPE = [
    "The results are remarkable.",
    "Ketamine’s effect is truly amazing.",
    "His first infusion was extraordinary.",
    "Symptoms fell dramatically after one infusion.",
    "It delivers dramatic, fast results.",
    "This is a breakthrough in psychiatry.",
    "A revolutionary treatment for depression.",
    "Esketamine has revolutionised care.",
    "The spray is a game-changer.",
    "It was a game changer for her.",
    "Groundbreaking research from Yale shows how.",
    "The relief is incredible.",
    "What a wonderful drug this is.",
    "An astonishing recovery followed.",
    "It is a life-changing therapy.",
    "The response was unprecedented.",
    "Our clinic uses cutting-edge technology.",
    "There is overwhelming evidence that it works.",
    "Isn’t this amazing?",
    "What is it about ketamine that delivers such spectacular relief?",
    "Breakthrough Innovative Treatment",
    "The outcome was nothing less than phenomenal.",
]
NO_HYPE = [
    "Remarkably few people stopped early.",
    "She studied dramatic arts in Leeds.",
    "Breakthrough bleeding is common in the first months.",
    "Take one tablet for breakthrough pain.",
    "Breakthrough infections were mild.",
    "The FDA gave it a breakthrough therapy designation in 2013.",
    "It is not a breakthrough.",
    "Is it a breakthrough?",
    "The papers called it “a breakthrough”.",
    "He fought in the Revolutionary War.",
    "A stroke is a life-changing event.",
    "The board held an extraordinary meeting.",
    "The demand on clinics was unprecedented demand for a small team.".replace("was unprecedented", "is not new:"),
    "Her sadness was overwhelming.",
    "Blood pressure can rise dramatically worse than at home.".replace("dramatically worse", "higher"),
    "Clusters of dramatic, emotional personality traits were described in 1980.",
    "Magical thinking is a symptom of some disorders.",
    "Cold water can wake you up.",
    "The change was small and of no great importance.",
    "This isn’t revolutionary, and it need not be.",
    "She has wonderful parents.",
    "Sensational headlines didn’t help.",
    "The word breakthrough is overused.",
    "Extraordinary claims need extraordinary evidence.",
    "She was remarkably calm.",
]


@pytest.mark.parametrize("text", HYPE)
def test_praise_in_place_of_facts_is_a_warning(text: str) -> None:
    assert [(finding.level, finding.sentence) for finding in fired(f4, text)] == [(Level.WARNING, text)]


@pytest.mark.parametrize("text", NO_HYPE)
def test_neutral_senses_of_big_words_are_left_alone(text: str) -> None:
    assert fired(f4, text) == []


def praised(praises: int, words: int) -> str:
    """A text of so many words with so many sentences of praise."""
    praise = "The results are remarkable indeed."
    filler = "One plain word follows another."
    sentences = [praise] * praises + [filler] * ((words - 5 * praises) // 5)
    return "\n\n".join(sentences)


@pytest.mark.parametrize(
    ("praises", "words", "is_habit"),
    [(4, 1000, True), (3, 1000, False), (7, 2000, True), (6, 2000, False), (3, 500, True), (2, 100, False)],
)
def test_more_than_three_in_a_thousand_words_are_a_habit(praises: int, words: int, *, is_habit: bool) -> None:
    found = fired(f4, praised(praises, words))
    assert [finding.level for finding in found] == [Level.WARNING] * praises + [Level.ACKNOWLEDGE] * is_habit


FELT = [
    "You can feel again.",
    "You will feel better.",
    "You’ll feel like yourself again.",
    "You are going to feel lighter.",
    "In a short time, you feel better and better.",
    "You will be able to enjoy music again.",
    "Your life will change.",
    "All that can change now.",
    "You’ll get your life back.",
    "You can finally feel hope.",
    "It will give you your life back.",
    "You will sleep better within a week.",
    "You will no longer feel pain.",
    "You will soon wake up refreshed.",
    "If you have been tied up in knots, you can feel your shoulders relax.",
    "Your depression will lift.",
    "This will change your life.",
    "And your ability to feel good quickly improves.",
    "You’ll feel less anxious.",
    "You will rediscover joy.",
    "Feel better in just one session!",
    "You’ll be smiling again soon.",
    "You’re going to love how you feel.",
    "After one infusion you feel your worries lift.",
    "You will love the new you.",
    "You’ll leave the clinic lighter.",
    "You will leave healed.",
    "You will walk out of the clinic a new person.",
    "You will be back at work within a week.",
    "You’ll be back to your old self in days.",
    "Your child will sleep better.",
    "Your daughter will smile again.",
    "You can live without fear.",
    "You will live without tablets.",
    "Your marriage will improve.",
    "Your nights will be calm.",
]
HEDGED = [
    "You may feel better after a week.",
    "You might feel lighter for a day.",
    "You will feel a small prick.",
    "You can feel dizzy for an hour.",
    "You’ll feel the coil tapping on your head.",
    "You will feel tired afterwards, so don’t drive.",
    "You will be able to drive the next day.",
    "You will be able to ask questions before it begins.",
    "If it works, you will feel better within days.",
    "Nobody can say whether you will feel better.",
    "You will not feel better overnight.",
    "You won’t feel a thing.",
    "Will you feel better?",
    "Many people feel better after a week.",
    "Some people say that you will feel lighter.",
    "You can feel free to stop at any time.",
    "We can’t promise that you’ll feel better.",
    "How soon you will feel better depends on many things.",
    "You can feel sick during the drip.",
    "You will feel sleepy, and your mouth will be dry.",
    "You will find the address below.",
    "“You will feel better,” the advertisement said.",
    "Your symptoms can come back.",
    "You can enjoy a light meal two hours before.",
    "You will be free to go.",
    "You can feel proud of asking for help.",
    "You can feel proud of yourself for asking.",
    "You will be back home by noon.",
    "You will be back at the clinic in a week.",
    "You will be back in your chair after an hour.",
    "You will be asked about allergies.",
    "You can live with side effects for a day.",
    "You can live without a car in this town.",
    "You will leave the clinic with a friend.",
    "Your child will sleep in a room next to yours.",
    "Your partner can come back at noon.",
    "When you feel your worries lift, tell us.",
    "After the drip you feel your arm grow cold.",
]


@pytest.mark.parametrize("text", FELT)
def test_telling_readers_what_they_will_feel_is_a_warning(text: str) -> None:
    assert [(finding.level, finding.sentence) for finding in fired(f5, text)] == [(Level.WARNING, text)]


@pytest.mark.parametrize("text", HEDGED)
def test_hedges_sensations_and_instructions_are_left_alone(text: str) -> None:
    assert fired(f5, text) == []


@pytest.mark.parametrize(("count", "is_habit"), [(2, False), (3, True), (5, True)])
def test_three_promises_are_for_an_editor_to_see(count: int, *, is_habit: bool) -> None:
    levels = [finding.level for finding in fired(f5, "\n\n".join(FELT[:count]))]
    assert levels == [Level.WARNING] * count + [Level.ACKNOWLEDGE] * is_habit


@needs_the_article
def test_the_doctors_article_praises_and_promises_and_claims_no_cure() -> None:
    story = article()
    assert fired(f3, story) == []
    praise = fired(f4, story)
    assert {"Isn’t this amazing?", "Breakthrough Innovative Treatment"} <= {finding.sentence for finding in praise}
    assert praise[-1].level is Level.ACKNOWLEDGE
    promises = fired(f5, story)
    assert {"You can feel again.", "But all that can change now."} <= {finding.sentence for finding in promises}
    assert promises[-1].level is Level.ACKNOWLEDGE
