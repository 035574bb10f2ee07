"""P2: what one person got out of a treatment, and what is usual beside it."""

import pytest

from blog.editorial.findings import Level
from blog.editorial.rules.patients import p2
from tests.unit.editorial.drafts import draft, fired, patient_story, sentences_fired

GOT_BETTER = [
    "Jacob’s symptoms faded.",
    "After the third infusion Sarah felt better.",
    "My patient recovered within a week.",
    "The treatment gave her her life back.",
    "Within days a woman in her forties was symptom-free, and she went back to work.",
    "Ketamine saved his life.",
    "His depression lifted after one infusion.",
    "Emma is well today.",
    "After the infusion he actually wanted to live.",
    "She returned to work after six sessions.",
    "The terrible heaviness that had weighed him down lifted.",
    "One patient got better after years of failed treatment.",
    "I took ketamine and I got my life back.",
    "Thanks to the therapy, Tom smiled again.",
    "He has been in remission since the treatment.",
    "Omar’s life turned around after the second session.",
    "After treatment, she could finally sleep.",
    "By week six he no longer met the criteria for depression.",
    "Her mother says that she has her daughter back.",
    "After the lithium, her mood was stable again.",
    "She has not had a panic attack since.",
    "He hears no voices any more.",
    "By June the panic was gone.",
    "After the infusion he slept through the night.",
    "He has been well for three years.",
    "She has had no relapse since starting lithium.",
    "By spring she was laughing with her kids.",
    "She is off all medication.",
    "The fear disappeared.",
    "She has had no panic attacks since the therapy.",
    "The voices stopped after he began clozapine.",
    "She sleeps through the night now.",
    "He hasn’t had a drink in two years.",
    "She no longer has nightmares.",
    "The voices went quiet.",
    "After ECT, my mother was herself again.",
    "She hasn’t relapsed since.",
    "Tom has not been in hospital since.",
    "He is well and works full time.",
    "She was able to leave the house.",
    "He was eating and sleeping again.",
]
NO_OUTCOME = [
    "He did not recover.",
    "She hoped to feel better.",
    "Jacob’s symptoms never faded.",
    "Symptoms fade in some people.",
    "Patients recover at different speeds.",
    "If he recovers, we stop.",
    "Did she recover?",
    "She relapsed after a month.",
    "“I got my life back,” the advertisement said.",
    "In the trial, 64% of people responded [1].",
    "He recovered his keys.",
    "The doctor improved the room.",
    "She asked whether her depression would lift.",
    "Ask her how she slept.",
    "Tell your doctor if your sleep gets better.",
    "She went back to her seat.",
    "He was able to return the form.",
    "When a patient has recovered, we stop the drug slowly.",
    "She cured her own ham.",
    "It saved me in the bad years, that dog.",
    "The garden saved me in the bad years.",
    "The song saved her life.",
    "My dog saved my life.",
    "She has not been well for three years.",
    "The fear did not disappear.",
    "The panic was not gone.",
    "Fear disappeared from the headlines.",
    "In some people the fear disappears.",
    "He hears voices no one else hears.",
    "If the panic is gone, stop the drug.",
    "He hoped the fear would disappear.",
    "The supply of lithium was stable again.",
    "The panic in the markets was gone.",
    "She was laughing at the joke.",
    "Is she off all medication?",
    "Her voice disappeared.",
    "The old clinic was gone.",
    "She wants to go back to work.",
    "Everyone slept through the night shift.",
    "He slept through the alarm.",
    "She has had no visits since March.",
    "In most people the fear was gone after a week.",
    "The panic was gone in half of the group [1].",
]
TYPICAL = [
    "In a trial, 55 of 100 people had responded after three weeks [1].",
    "About half of the patients were better after a month [1].",
    "Most people did not improve [2].",
    "On average, adults lost a third of their symptoms [1].",
    "Two in three patients relapsed within a year [3].",
]
NOT_TYPICAL = [
    "They don’t work for everyone.",
    "Your results may vary.",
    "55 of 100 people had responded.",
    "Results are not typical.",
    "Everyone’s brain is different [1].",
]


@pytest.mark.parametrize("text", GOT_BETTER)
def test_one_persons_result_needs_the_usual_one_beside_it(text: str) -> None:
    assert [(finding.level, finding.sentence) for finding in fired(p2, text)] == [(Level.ACKNOWLEDGE, text)]


@pytest.mark.parametrize("text", NO_OUTCOME)
def test_hopes_groups_and_failures_are_no_single_result(text: str) -> None:
    assert fired(p2, text) == []


@pytest.mark.parametrize("typical", TYPICAL)
def test_number_group_outcome_and_source_say_what_is_usual(typical: str) -> None:
    assert fired(p2, f"Jacob’s symptoms faded.\n\n{typical}") == []


@pytest.mark.parametrize("typical", NOT_TYPICAL)
def test_a_disclaimer_does_not_say_what_is_usual(typical: str) -> None:
    assert sentences_fired(p2, f"Jacob’s symptoms faded.\n\n{typical}") == ["Jacob’s symptoms faded."]


def test_a_patient_story_says_itself_what_is_usual() -> None:
    told = "Jacob’s symptoms faded after the infusion."
    assert len(fired(p2, draft(patient_story(told)))) == 1
    assert fired(p2, draft(patient_story(told, typical_result="About half respond."))) == []


@pytest.mark.parametrize("text", ["Her mood is stable.", "She went back to work.", "The dread is gone."])
def test_a_patient_story_needs_no_word_of_treatment_beside_it(text: str) -> None:
    assert len(fired(p2, draft(patient_story(text), kind="news"))) == 1
    assert fired(p2, draft(text, kind="news")) == []
    assert len(fired(p2, draft("He took lithium.", text, kind="news"))) == 1


def test_what_saved_somebody_may_stand_in_the_sentence_before() -> None:
    assert fired(p2, "We got a dog that winter. It saved me in the bad years.") == []
    assert len(fired(p2, "We tried ketamine that winter. It saved her in the bad years.")) == 1
