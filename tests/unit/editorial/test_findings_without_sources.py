"""C2 and C4: what is said to have been found, and the references behind it."""

from __future__ import annotations

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind, CitedReference
from blog.editorial.rules.sources import (
    citations_that_lead_nowhere,
    findings_without_a_reference,
    references_without_an_identifier,
)
from tests.unit.editorial.drafts import article, block, draft, fired, heading, needs_the_article, sentences_fired

NAMED = (
    "The Mayo Clinic says that it works within hours.",
    "In 2006, the NIMH published a trial in which a single dose lifted mood within hours.",
    "As Harvard Medical School has shown, exercise works.",
    (
        "A study by the National Institute of Mental Health in August of 2015, revealed that ketamine reduces "
        "suicidal thoughts."
    ),
    (
        "And studies at Yale, Oxford, NIMH, Houston’s Baylor College of Medicine and New York’s Mount Sinai "
        "School of Medicine provided overwhelming evidence of the remarkable effectiveness ketamine "
        "demonstrates against treatment-resistant depression."
    ),
    "A trial published in JAMA found that infusions work.",
    "The results, published in The Lancet, showed a clear benefit.",
    "Harvard researchers showed that it helps.",
    "Researchers at Stanford University have demonstrated a rapid effect.",
    "According to the World Health Organization, depression is a leading cause of disability.",
    "The CDC reports that suicide is a leading cause of death.",
    "A Yale study found no difference between the groups.",
    "Zarate et al. found a rapid effect.",
    "Dr. Zarate's group showed that one dose is enough.",
    "In a trial at Mount Sinai, patients improved within a day.",
    "The New England Journal of Medicine reported that ketamine was as good as ECT.",
    "Scientists from the University of Oxford discovered a new pathway.",
    "The COBRA trial showed that it works as well as other therapies.",
    "Studies at Yale and Oxford have proven that it works.",
    "A 2019 paper in Nature revealed how it acts on the brain.",
    "The American Psychiatric Association concluded that the evidence is strong.",
    "A review by the Cochrane Collaboration concluded that it works.",
    "Work from Johns Hopkins suggests that the effect lasts.",
    "Data from the Mayo Clinic show fewer relapses.",
    "Doctors at Massachusetts General Hospital found that it eases pain.",
    "The Framingham Heart Study linked loneliness to heart disease.",
    "The NIMH has shown that it saves lives.",
    "Smith and colleagues reported fewer side effects.",
    "The STAR*D trial found that many people stay ill.",
    "A team at King's College London reported that sleep improved.",
    "He told me that a Harvard study proves it.",
    "As shown by researchers at Duke, exercise helps.",
    "In research at Columbia, ketamine reduced suicidal thoughts.",
    "In the STAR*D trial, many people needed more than one drug.",
    "In the COBRA trial, most patients stayed well.",
    "In STAR*D, a third stayed ill.",
    "JAMA Psychiatry published results that prove it works.",
    "The Lancet published data that show a benefit.",
    "The Karolinska Institute observed fewer deaths.",
)
GENERIC = (
    "Doctors have found that it helps.",
    "We now know from research that it works.",
    "Research shows that ketamine works.",
    "Studies suggest that it helps.",
    "Scientists have found a new pathway.",
    "Evidence shows that sleep matters.",
    "Many studies have shown a rapid effect.",
    "Recent research has demonstrated that ketamine grows new branches.",
    "Clinical trials have proven its worth.",
    "Experts agree that it is safe.",
    "The science is clear: studies prove it.",
    "It has been shown to lift the mood.",
    "There is strong evidence that it works.",
    "It is clinically proven.",
    "According to research, it works within a day.",
    "A growing body of evidence suggests a link.",
    "Researchers have discovered that glutamate matters.",
    "The literature supports its use.",
    "Ketamine has been proven to ease depression.",
    "A recent study found that the effect lasts a week.",
    "Research clearly indicates a benefit.",
    "Studies in animals show new branches.",
    "Numerous trials confirm this.",
)
NEITHER = (
    "Research suggests nothing of the kind.",
    "My doctors found that the room was taken.",
    "She studied at Cambridge, where she found her vocation.",
    "Then he read an article online about a drug called ketamine that was helping people recover.",
    (
        "He found a few interesting articles, a few sensational titles, a lot of talk…and fascinating "
        "research that had been going on for years on using IV ketamine infusions to restore life for people "
        "with severe depression."
    ),
    (
        "They looked for hard science, research studies he could participate in, or a doctor he could see who "
        "knew something about this kind of treatment."
    ),
    "She trained at Yale.",
    "The clinic is affiliated with Mount Sinai.",
    "Further research is needed.",
    "More studies are needed to show whether it lasts.",
    "The FDA approved the spray in 2019.",
    "The FDA has warned of taking it at home.",
    "Research has not shown that it works.",
    "No study has shown a lasting effect.",
    "Ask your doctor what the research says.",
    "She studies at Harvard and found a room nearby.",
    "He went to Oxford to study history.",
    "Dr. Jane Doe is professor of psychiatry at Stanford University.",
    "She found the study on the website of Yale.",
    "A trial at Mount Sinai will show whether it helps.",
    "Whether the same growth explains the relief in people is still being studied.",
    "We don't know what the trials will find.",
    "He showed the Yale study to his doctor.",
    "A study by the National Institute of Mental Health revealed that ketamine works [1].",
    "Studies suggest that it helps [2, 3].",
    "There is no evidence that it lasts.",
    "“Research shows that it works,” the advertisement said.",
    "Does research show that it works?",
    "He took part in a study at the University of Oxford.",
    "The Mayo Clinic is in Rochester.",
    "Her son found a job at Harvard.",
    "What research shows about ketamine",
    "Dr. Lee, who teaches at Columbia, showed him around.",
    "Nature has its own pace.",
    "The study is under way at Yale.",
    "Some studies were small.",
    "I read The Lancet every week.",
    "She showed promise at Cambridge and moved to London.",
    "The National Health Service pays for it.",
    "We report our results to the Royal College of Psychiatrists.",
    "Research takes time.",
    "The evidence is thin.",
    "Call the Cleveland Clinic to find out more.",
    "NICE recommends talking therapy first.",
    "Trials are small and short.",
    "The team at Mount Sinai showed her the room.",
    "In the STAR*D trial, people could choose.",
    "In the COBRA trial, patients were seen each week.",
    "JAMA Psychiatry published the protocol.",
    "In the STAR*D trial, patients needed a phone to take part.",
    "The COBRA trial will show whether patients need more.",
)


@pytest.mark.parametrize("sentence", NAMED)
def test_a_named_source_with_a_finding_blocks(sentence: str) -> None:
    (finding,) = fired(findings_without_a_reference, sentence)
    assert (finding.rule, finding.level, finding.sentence) == ("C2", Level.BLOCKER, sentence)


@pytest.mark.parametrize("sentence", GENERIC)
def test_research_in_general_warns(sentence: str) -> None:
    (finding,) = fired(findings_without_a_reference, sentence)
    assert (finding.rule, finding.level) == ("C2", Level.WARNING)


@pytest.mark.parametrize("sentence", NEITHER)
def test_a_place_an_article_or_an_open_question_is_no_finding(sentence: str) -> None:
    assert sentences_fired(findings_without_a_reference, sentence) == []


@pytest.mark.parametrize("sentence", [*NAMED, *GENERIC])
def test_a_reference_in_the_sentence_settles_it(sentence: str) -> None:
    assert sentences_fired(findings_without_a_reference, f"{sentence} [1]") == []


def test_the_finding_names_the_source() -> None:
    text = "A study by the National Institute of Mental Health revealed that it helps."
    (finding,) = fired(findings_without_a_reference, text)
    assert "National Institute of Mental Health" in finding.why


def test_a_named_study_that_found_nothing_needs_its_reference_too() -> None:
    (finding,) = fired(findings_without_a_reference, "The Yale trial did not find a difference.")
    assert finding.level is Level.BLOCKER


def test_the_same_study_a_sentence_later_needs_no_second_reference() -> None:
    text = "A Swedish trial asked 186 people [5]. The trial found the reverse."
    assert sentences_fired(findings_without_a_reference, text) == []
    apart = "A Swedish trial asked 186 people [5].\n\nMany trials found the reverse."
    assert sentences_fired(findings_without_a_reference, apart) == ["Many trials found the reverse."]


def test_a_heading_is_settled_by_the_text_that_cites_the_same_source() -> None:
    told = "A study at Yale found that it helps [1]."
    assert fired(findings_without_a_reference, draft(heading("A Yale Study Found Relief"))) != []
    assert fired(findings_without_a_reference, draft(heading("A Yale Study Found Relief"), told)) == []


@needs_the_article
def test_the_article_names_institutions_twice_and_a_boys_reading_is_no_claim() -> None:
    found = fired(findings_without_a_reference, article())
    assert [finding.level for finding in found] == [Level.BLOCKER, Level.BLOCKER]
    assert "National Institute of Mental Health" in found[0].sentence
    assert "Yale, Oxford" in found[1].sentence


REFERENCES = ("Berman RM. doi:10.1016/S0006", "Zarate CA. PMID 16894061", "Murrough JW. https://example.org/trial")
DANGLING = (
    ("It eases symptoms [4].", "4"),
    ("It eases symptoms [7].", "7"),
    ("It eases symptoms [1, 4].", "4"),
    ("It eases symptoms [2-5].", "4, 5"),
    ("It eases symptoms [2–4].", "4"),
    ("It eases symptoms. [9]", "9"),
    ("It eases symptoms [1] and pain [12].", "12"),
    ("Dr. Smith said so [5].", "5"),
    ("Berman et al. said so [8].", "8"),
    ("Does it ease symptoms [4]?", "4"),
    ("It eases symptoms [3-2].", "[3-2]"),
)
FITTING = (
    "It eases symptoms [1].",
    "It eases symptoms [3].",
    "It eases symptoms [1, 3].",
    "It eases symptoms [1-3].",
    "It eases symptoms. [2]",
    "It eases symptoms.",
    "It was approved [in 2019].",
    "He said that [the drug] eases symptoms.",
    "The year [2019] was good.",
    "Call 988 [day and night].",
    "It eases symptoms (7).",
)


@pytest.mark.parametrize(("sentence", "rows"), DANGLING)
def test_a_marker_without_a_reference_blocks(sentence: str, rows: str) -> None:
    (finding,) = fired(citations_that_lead_nowhere, draft(sentence, references=REFERENCES))
    assert (finding.rule, finding.level, finding.sentence) == ("C4", Level.BLOCKER, sentence)
    assert f"cites {rows}, and the list of references has 3 entries" in finding.why


@pytest.mark.parametrize("sentence", FITTING)
def test_markers_that_fit_and_other_brackets_are_left_alone(sentence: str) -> None:
    assert fired(citations_that_lead_nowhere, draft(sentence, references=REFERENCES)) == []


def test_a_deleted_reference_is_said_to_be_deleted() -> None:
    (finding,) = fired(citations_that_lead_nowhere, draft("It eases symptoms [0].", references=REFERENCES))
    assert finding.level is Level.BLOCKER
    assert "deleted" in finding.why


def test_a_marker_dangles_in_a_quotation_too() -> None:
    quote = block(BlockKind.QUOTE, "It eases symptoms [4].")
    assert len(fired(citations_that_lead_nowhere, draft(quote, references=REFERENCES))) == 1


def test_a_wild_range_is_told_in_short() -> None:
    (finding,) = fired(citations_that_lead_nowhere, "Rate it on a scale [1-999].")
    assert "1, 2, 3, 4, 5 …" in finding.why


IDENTIFIED = (
    CitedReference(text="Berman RM.", doi="10.1016/S0006-3223(99)00230-9"),
    CitedReference(text="Zarate CA.", pmid="16894061"),
    CitedReference(text="Murrough JW.", url="https://example.org/trial"),
    CitedReference(text="Berman RM. doi:10.1016/S0006-3223(99)00230-9"),
    CitedReference(text="Berman RM. https://doi.org/10.1016/S0006-3223(99)00230-9"),
    CitedReference(text="Zarate CA. PMID: 16894061."),
    CitedReference(text="Zarate CA. pmid 16894061"),
    CitedReference(text="A notice. www.fda.gov/drugs"),
    CitedReference(text="A notice. http://example.org"),
    CitedReference(text="Ekstrand J. PMC9154276."),
    CitedReference(text="", doi="10.1000/182"),
)
UNIDENTIFIED = (
    CitedReference(text="Berman RM. Antidepressant effects of ketamine. Biological Psychiatry. 2000;47(4):351-354."),
    CitedReference(text="Zarate CA. A randomized trial."),
    CitedReference(text="National Institute of Mental Health, 2015."),
    CitedReference(text="Personal communication."),
    CitedReference(text="Smith J. The Book of Sleep. 2nd ed. 2010."),
    CitedReference(text=""),
    CitedReference(text="Berman RM.", doi=" "),
    CitedReference(text="The Lancet, volume 10, page 1016."),
    CitedReference(text="ISBN 978-3-16-148410-0"),
    CitedReference(text="A talk at Yale."),
)


@pytest.mark.parametrize("reference", IDENTIFIED)
def test_a_reference_that_can_be_followed_is_left_alone(reference: CitedReference) -> None:
    assert fired(references_without_an_identifier, draft(references=[reference])) == []


@pytest.mark.parametrize("reference", UNIDENTIFIED)
def test_a_reference_that_cannot_be_followed_warns(reference: CitedReference) -> None:
    (finding,) = fired(references_without_an_identifier, draft(references=[IDENTIFIED[0], reference]))
    assert (finding.rule, finding.level, finding.sentence) == ("C4", Level.WARNING, reference.text)
    assert "Reference 2" in finding.why
