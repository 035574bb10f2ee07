"""P1 and P2: people whose stories are told."""

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.patients import p1, p2
from tests.unit.editorial.drafts import article, block, draft, fired, needs_the_article, patient_story, sentences_fired

NAMED = [
    ("Jacob", "Jacob couldn’t remember the last time he was well."),
    ("Sarah", "Sarah felt better after her second infusion."),
    ("Maria", "Maria’s depression came back in spring."),
    ("Emma", "For Emma, the tablets did nothing."),
    ("Tom", "Tom, 34, had tried four antidepressants."),
    ("Priya", "We first met Priya in the emergency room."),
    ("Daniel", "One of my patients, Daniel, a 52-year-old teacher, slept again."),
    ("Oksana", "A patient named Oksana came to us in March."),
    ("Thistle", "Let’s call her Thistle."),
    ("Anna", "Her mother Anna found her on the floor."),
    ("Ben", "Ben’s parents were afraid of the drug."),
    ("Hope", "Hope struggled with panic attacks, and her doctor took them seriously."),
    ("Zebulon", "In spring Zebulon’s symptoms returned, and he stopped going out."),
    ("Linda", "Linda Miller was diagnosed with bipolar disorder; her story is typical."),
    ("Kevin", "Last year, Kevin started ketamine."),
    ("José", "José told us that he slept for the first time in weeks."),
    ("Rachel", "Ketamine gave Rachel her evenings back."),
    ("Mark", "Mark couldn’t sleep, and he dreaded the nights."),
    ("Siobhan", "When Siobhan came to our clinic, she weighed ninety pounds."),
    ("Latoya", "Latoya has lived with schizophrenia since college."),
    ("Marta", "His wife, Marta, drove him home."),
    ("Carmen", "“I felt alive,” said Carmen."),
    ("Jones", "Mrs. Jones, 67, had ECT last spring."),
    ("Timmy", "Little Timmy couldn’t sleep."),
    ("Lisa", "Lisa and her husband came together."),
]
NOBODY_NAMED = [
    "Dr. Jacob Stone leads the clinic.",
    "Dr Sarah Klein told us about the trial.",
    "Professor Emma Reed found the opposite [1].",
    "Sarah Miller, MD, sees patients on Mondays.",
    "Murrough and colleagues gave ketamine to 73 people [1].",
    "Anna Berg et al. studied sleep.",
    "Sigmund Freud suffered from cancer of the jaw.",
    "In 1958, Roland Kuhn gave imipramine to forty patients.",
    "Abraham Lincoln struggled with melancholy.",
    "The Henry Ford Hospital took part.",
    "St. John’s wort can weaken other medicines.",
    "Paris has three such clinics.",
    "May was the worst month for many patients.",
    "Spravato’s side effects pass within two hours.",
    "Prozac helped millions, its maker says.",
    "Parkinson’s disease was left out.",
    "Depression’s symptoms differ from one person to the next.",
    "Hope is not a plan.",
    "Will it help me?",
    "Grace under pressure is a skill.",
    "Houston’s patients were older.",
    "One patient, a man in his fifties, slept again.",
    "Virginia’s doctors may prescribe it.",
    "Megan’s Law is not about health.",
    "In her memoir, Kay Redfield Jamison tells of her illness.",
    "Our nurse Anna will greet you.",
    "Americans felt less lonely in 2023.",
    "Ketamine felt strange, she said.",
    "Gene therapy has begun.",
    "Alice in Wonderland syndrome is rare.",
    "“Jacob felt better,” the advertisement said.",
    "Thank you, Sarah, for the drawings.",
    "Ms. Klein will answer the phone.",
    "Carlos Zarate’s group at NIMH reported it first [1].",
    "Prince Harry spoke about therapy.",
    "Victoria has new rules on ketamine.",
]


@pytest.mark.parametrize(("name", "text"), NAMED)
def test_a_named_patient_needs_a_basis(name: str, text: str) -> None:
    found = fired(p1, text)
    assert [(finding.level, finding.sentence) for finding in found] == [(Level.BLOCKER, text)]
    assert found[0].why.startswith(name)


@pytest.mark.parametrize("text", NOBODY_NAMED)
def test_scholars_places_brands_and_other_senses_are_no_patients(text: str) -> None:
    assert fired(p1, text) == []


BASES = [
    "Jacob is not his real name.",
    "Names have been changed.",
    "The patient’s name and some details have been changed.",
    "Jacob is a composite of several patients.",
    "Jacob gave written consent to share his story.",
    "We tell his story with his permission.",
    "Jacob (not his real name) is doing well today.",
    "Jacob agreed to tell his story here.",
    "Jacob is an invented person.",
    "His name has been changed to protect his privacy.",
    "This story is told with written consent.",
    "I’ve changed his name.",
]
NO_BASES = [
    "Jacob gave consent to the treatment.",
    "He did not give his permission to be named.",
    "He is telling his story without anybody’s consent.",
    "The primary outcome was a composite of death and relapse.",
    "His dose has been changed.",
    "He signed the consent form for the infusion.",
    "Real names matter.",
    "He agreed to try again.",
    "Sarah is not her real name.",
    "Everything had changed.",
]


@pytest.mark.parametrize("basis", BASES)
def test_a_statement_in_the_text_is_a_basis(basis: str) -> None:
    assert fired(p1, f"Jacob couldn’t sleep for years. {basis}") == []


@pytest.mark.parametrize("basis", NO_BASES)
def test_other_statements_are_no_basis(basis: str) -> None:
    assert "Jacob couldn’t sleep for years." in sentences_fired(p1, f"Jacob couldn’t sleep for years. {basis}")


def test_a_name_is_found_once_and_every_name_is_found() -> None:
    text = "Jacob couldn’t sleep. Jacob’s mother Susan was afraid. Jacob felt better."
    found = fired(p1, text)
    assert [finding.why.split()[0] for finding in found] == ["Jacob", "Susan"]


@pytest.mark.parametrize("consent", ["written", "composite", "illustrative"])
def test_a_patient_story_with_a_basis_covers_its_name_in_the_whole_story(consent: str) -> None:
    told = patient_story("Jacob couldn’t sleep for years.", consent=consent)
    assert fired(p1, draft("Jacob’s symptoms faded.", told, title="How Jacob Slept Again")) == []
    assert len(fired(p1, draft("Emma felt better.", told))) == 1


def test_a_patient_story_without_a_basis_is_found() -> None:
    assert len(fired(p1, draft(patient_story("Jacob\n\nHe couldn’t sleep for years.")))) == 1
    assert len(fired(p1, draft(patient_story("Brindle couldn’t sleep for years.")))) == 1


def test_authors_and_reviewers_are_no_patients() -> None:
    text = "Lori felt that the clinic needed a new room. Jonah told us why."
    assert fired(p1, draft(text, people=["Lori Calabrese", "Jonah Ferrow"])) == []
    assert len(fired(p1, draft(text))) == 2


def test_signatures_quotations_and_references_name_no_patients() -> None:
    parts = [
        block(BlockKind.SIGNATURE, "Jacob felt"),
        block(BlockKind.QUOTE, "Jacob felt better."),
        block(BlockKind.REFERENCES, "Jacob felt better. Lancet 2016."),
    ]
    assert fired(p1, draft(*parts)) == []


def test_a_name_in_a_title_counts() -> None:
    assert len(fired(p1, draft("Sleep matters.", title="How Ketamine Gave Jacob His Life Back"))) == 1
    assert fired(p1, draft("Sleep matters.", title="Hope and Grace in a Dark May")) == []


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


@needs_the_article
def test_the_doctors_article_names_a_patient_and_tells_of_his_recovery() -> None:
    named = fired(p1, article())
    assert [finding.sentence for finding in named] == [
        "Jacob couldn’t remember the last time he was really at his best self."
    ]
    assert [finding.block for finding in fired(p2, article())] == ["5 text"]
