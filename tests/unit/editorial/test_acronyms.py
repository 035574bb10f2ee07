"""R3: abbreviations that nobody has explained."""

from __future__ import annotations

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.acronyms import unexplained_acronyms
from tests.unit.editorial.drafts import article, block, draft, fired, heading, needs_the_article, sentences_fired

UNEXPLAINED = (
    ("His doctor prescribed an SSRI.", "SSRI"),
    ("SSRIs are common.", "SSRI"),
    ("It activates AMPA receptors.", "AMPA"),
    ("It turns on the mTOR pathway.", "mTOR"),
    ("The FDA has approved it.", "FDA"),
    ("Enter IV ketamine.", "IV"),
    ("ECT helps many people.", "ECT"),
    ("People with PTSD sleep badly.", "PTSD"),
    ("We use rTMS.", "rTMS"),
    ("The NMDA receptor is blocked.", "NMDA"),
    ("A score on the PHQ-9 tells more.", "PHQ"),
    ("CBT works.", "CBT"),
    ("BDNF (good compost) grows.", "BDNF"),
    ("He has OCD and takes tablets.", "OCD"),
    ("The FDA’s notice is clear.", "FDA"),
    ("An EEG was taken; nothing was found.", "EEG"),
    ("A course of CBT-I takes weeks.", "CBT-I"),
    ("The WHO says so.", "WHO"),
    ("People on MAOIs must not eat it.", "MAOI"),
)
EXPLAINED_OR_KNOWN = (
    "The brain has its own special growth factor, called BDNF–brain-derived neurotrophic factor.",
    "A part of the brain called the mPFC (the medial prefrontal cortex).",
    "We use cognitive behavioural therapy (CBT).",
    "It is cognitive behavioral therapy, or CBT for short.",
    "The National Institute of Mental Health paid for it, and the NIMH published it.",
    "You KNOW how amazing this is.",
    "This is NOT a cure.",
    "She is an MD and a PhD.",
    "Lori Calabrese, MD, wrote this.",
    "Jonah Ferrow, LCSW, looked at it.",
    "He lives in Boston, MA, with his son.",
    "In the US and the UK it is approved.",
    "Part IV tells of sleep.",
    "It is a stage IV cancer.",
    "An MRI of the head was fine.",
    "The NHS pays for it.",
    "There are SSRIs (selective serotonin reuptake inhibitors).",
    "Electroconvulsive therapy (ECT) is stronger.",
    "SSRIs — selective serotonin reuptake inhibitors — are common.",
    "The Food and Drug Administration (FDA) approved it.",
    "The National Institute for Health and Care Excellence (NICE) did not.",
    "Repetitive transcranial magnetic stimulation (rTMS) takes weeks.",
    "It is published in JAMA.",
    "PTSD, or post-traumatic stress disorder, is common.",
    "PTSD stands for post-traumatic stress disorder.",
    "World War II ended.",
    "Bipolar II is milder.",
    "Wow, that is SO GOOD and I LOVE IT.",
    "Give us a call or write to INFO@EXAMPLE.COM for more.",
    "DNA is copied.",
    "TV and PC are off.",
    "It is OK.",
    "N-methyl-D-aspartate (NMDA) receptors are blocked.",
    "The gamma-aminobutyric acid (GABA) system is slower.",
    "We gave it intravenously (IV) for an hour.",
    "“An SSRI is fine,” he said.",
    "The COBRA trial was British.",
    "CBT (cognitive behavioural therapy) works.",
    "Dr. JT Smith came.",
    "A growth factor (brain-derived neurotrophic factor, BDNF) rises.",
    "Mechanistic target of rapamycin (mTOR) matters.",
    "McDonald and DeLuca met.",
    "The iPhone and YouTube are here.",
)


@pytest.mark.parametrize(("sentence", "acronym"), UNEXPLAINED)
def test_an_unexplained_abbreviation_warns(sentence: str, acronym: str) -> None:
    (finding,) = fired(unexplained_acronyms, sentence)
    assert (finding.rule, finding.level, finding.sentence) == ("R3", Level.WARNING, sentence)
    assert f"“{acronym}”" in finding.why


@pytest.mark.parametrize("sentence", EXPLAINED_OR_KNOWN)
def test_an_explained_or_well_known_one_is_left_alone(sentence: str) -> None:
    assert sentences_fired(unexplained_acronyms, sentence) == []


def test_each_abbreviation_is_told_once_where_it_comes_first() -> None:
    text = "An SSRI may help.\n\nSSRIs are common. An SSRI and an SNRI differ."
    assert sentences_fired(unexplained_acronyms, text) == ["An SSRI may help.", "An SSRI and an SNRI differ."]


def test_an_explanation_that_comes_too_late_explains_nothing() -> None:
    text = "ECT may help. It is said that electroconvulsive therapy (ECT) is safe."
    assert sentences_fired(unexplained_acronyms, text) == ["ECT may help."]


def test_an_abbreviation_in_a_heading_may_be_explained_by_the_text_below() -> None:
    manuscript = draft(
        heading("How ECT works"), "In electroconvulsive therapy (ECT) a current is used.", title="What ECT Is"
    )
    assert fired(unexplained_acronyms, manuscript) == []


def test_one_that_is_never_explained_is_told_where_a_reader_meets_it_first() -> None:
    manuscript = draft("ECT uses a current.", heading("Who gets TMS?"), title="What ECT Is")
    assert [finding.block for finding in fired(unexplained_acronyms, manuscript)] == ["title", "2 heading"]


def test_a_heading_in_full_explains_the_text_below() -> None:
    assert fired(unexplained_acronyms, draft(heading("Electroconvulsive Therapy"), "ECT uses a current.")) == []


def test_the_remedy_writes_out_what_it_knows() -> None:
    (known,) = fired(unexplained_acronyms, "An SSRI may help.")
    assert "selective serotonin reuptake inhibitor (SSRI)" in known.remedy
    (unknown,) = fired(unexplained_acronyms, "The XQZ may help.")
    assert "XQZ" not in unknown.remedy


def test_capitals_that_shout_are_another_rules_matter() -> None:
    text = "You can FEEL it. I mean REALLY feel it. A GLORP is a glorp. READ ALL OF THIS NOW."
    assert sentences_fired(unexplained_acronyms, text) == []


def test_signatures_crisis_lines_references_and_quotations_are_left_alone() -> None:
    kinds = (
        BlockKind.SIGNATURE,
        BlockKind.CRISIS_HELP,
        BlockKind.REFERENCES,
        BlockKind.QUOTE,
        BlockKind.RELATED_STORIES,
    )
    assert fired(unexplained_acronyms, draft(*(block(kind, "An SSRI may help, says XQZ.") for kind in kinds))) == []


@needs_the_article
def test_the_article_explains_two_and_leaves_five() -> None:
    told = [finding.why.partition("”")[0].lstrip("“") for finding in fired(unexplained_acronyms, article())]
    assert sorted(told) == ["AMPA", "IV", "SNRI", "SSRI", "mTOR"]
