"""P1: people who are named in a story, and what it says of their consent."""

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
    ("Karen", "Karen Whitfield could not leave the house for a year."),
    ("Helen", "Helen Ward took sertraline for two years."),
    ("Tom", "Tom Becker says the voices stopped after he began clozapine."),
    ("Doug", "When Doug Franks came home from the war, he drank."),
    ("Ortiz", "Ms. Ortiz has lived with panic attacks since college."),
    ("Alan", "Mr. Alan Pryce was admitted with low mood."),
    ("Miller", "Mrs. Miller had not slept for a week when her son brought her to us."),
    ("Tomás", "For Tomás the nights were the worst."),
    ("Janet", "Janet Liu has bipolar disorder and lives in Ohio."),
    ("Okonkwo", "Mr. Okonkwo stopped lithium in March."),
    ("Peter", "After two infusions, Peter Halloran slept through the night."),
    ("Brenda", "Brenda Kowalski, a retired teacher, began lithium in 2019."),
    ("Mark", "Mark Ellison heard voices for ten years before anyone asked."),
    ("Rosa", "Rosa Delgado was hospitalized twice before her diagnosis."),
    ("Dwayne", "Dwayne Carter lost his job to depression."),
    ("Hadley", "Mrs. Hadley’s panic attacks began after the birth of her son."),
    ("Niels", "With Niels the panic came at night."),
    ("Ines", "The tablets did nothing for Ines Valdés."),
    ("Lucille", "Lucille Abara wept every morning before work."),
    ("Greg", "Greg Nolan’s wife found him in the garage."),
    ("Tanaka", "We admitted Mr. Tanaka on a Friday night."),
    ("Sara", "Sara Lindqvist was diagnosed with OCD at nineteen."),
    ("Paul", "Paul Dempsey had tried six antidepressants when he came to us."),
    ("Ruth", "Ruth Ames and her husband came in together because she had stopped eating."),
    ("Devlin", "Miss Devlin drank a bottle of wine each night."),
    ("Amira", "Amira Haddad told her doctor about the panic attacks."),
    ("Joan", "In March, Joan Petrie began sertraline."),
    ("Bill", "Bill Haines kept his drinking secret from his family."),
    ("Leonard", "Leonard Voss tapered off clonazepam over a year."),
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
    "Daniel Okafor leads the trial.",
    "Ms. Ortiz teaches the course on CBT.",
    "Mr. Pryce, the minister of health, was admitted with low mood to the charge of neglect.",
    "Mr. Pryce, the minister of health, announced new beds for people with depression.",
    "Helen Ward wrote a book about sertraline.",
    "Karen Whitfield studies panic attacks at Yale.",
    "Tom Becker, a reporter for the Times, covered the clozapine shortage.",
    "Anna Keller published a study of sertraline in 2015.",
    "John Cade treated ten patients with lithium in 1949.",
    "Roland Kuhn gave imipramine to forty patients.",
    "Ugo Cerletti gave the first ECT in 1938.",
    "Winston Churchill suffered from depression.",
    "Virginia Woolf was admitted with low mood.",
    "Abraham Lincoln was depressed.",
    "Aaron Beck developed cognitive therapy for depression.",
    "Marsha Linehan developed dialectical behavior therapy.",
    "Senator Tom Becker spoke about his depression.",
    "Demi Lovato has spoken about bipolar disorder.",
    "Karl Deisseroth found that ketamine changes rhythm in the brain [1].",
    "Carlos Zarate and James Murrough reported that the symptoms had eased [1].",
    "Mr. Pryce founded the charity after a decade as a nurse.",
    "Nathan Kline told reporters about iproniazid.",
    "Jane Doe chairs the committee on bipolar disorder.",
    "Kraepelin described manic depression in 1899.",
    "Johns Hopkins began a psilocybin trial.",
    "Bristol Myers stopped the trial of its drug.",
    "Helen Ward edits this site and has a master’s degree.",
    "Major Depression was diagnosed in 40 people.",
    "Cognitive Behavioral Therapy was given to half of them.",
    "Hamilton Rating Scale scores fell in those diagnosed with depression.",
    "Panic Disorder has many treatments, and he takes none.",
    "Vagus Nerve Stimulation stopped the seizures.",
    "Eli Lilly stopped the trial.",
    "Ellen Frank and her colleagues followed people with bipolar disorder.",
    "Mr. Becker argues that the voices of patients are missing.",
    "King George suffered from mania.",
    "Massachusetts General Hospital admitted him with low mood.",
    "Tom Becker says the trial was too small.",
    "Karen Whitfield says patients felt better after ketamine.",
    "Helen Ward told the court that the drug maker hid deaths.",
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
    assert fired(p1, draft("Sleep matters.", title="What My Patient Taught Me about ECT")) == []


def test_what_the_next_sentence_says_of_a_person_counts() -> None:
    assert len(fired(p1, "Hugh Mercer went to sea at sixteen. He had been depressed for years.")) == 1
    assert fired(p1, "Hugh Mercer went to sea at sixteen. He had been a cook for years.") == []


def test_a_full_name_is_found_once_and_the_surname_alone_is_the_same_person() -> None:
    assert len(fired(p1, "Karen Whitfield took sertraline. Ms. Whitfield has lived with panic attacks since.")) == 1


@pytest.mark.parametrize("name", ["Karen Whitfield", "Brindle", "Mrs. Hadley"])
def test_the_name_of_a_patient_story_is_a_patients_name(name: str) -> None:
    assert len(fired(p1, draft(patient_story(f"{name}\n\nA garden by the sea.")))) == 1
    assert fired(p1, draft(patient_story("Anonymous\n\nA garden by the sea."))) == []


@needs_the_article
def test_the_doctors_article_names_a_patient_and_tells_of_his_recovery() -> None:
    named = fired(p1, article())
    assert [finding.sentence for finding in named] == [
        "Jacob couldn’t remember the last time he was really at his best self."
    ]
    assert [finding.block for finding in fired(p2, article())] == ["5 text"]
