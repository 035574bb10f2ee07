"""C1 and C3: figures that need a source, results that need their frame."""

from __future__ import annotations

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.claims import figures_without_a_source, results_without_their_frame
from tests.unit.editorial.drafts import article, block, draft, fired, heading, needs_the_article, sentences_fired

CLAIMS = (
    "Improvement was seen in 12/15 patients.",
    "Every fifth patient stops.",
    "Fewer than one in a 100 will get this.",
    "Only a third get full relief.",
    "Remission was seen in 9 of 17 patients, said Prof. Lee et al. in their letter.",
    "Infusion therapy does produce remarkable results in 80% of patients with depression.",
    "About 80 % of patients respond.",
    "Some 80 per cent of adults felt better within a day.",
    "Eighty percent of the people we treat improve.",
    "Twenty-five percent relapsed within a month.",
    "Between 60 and 70 percent of patients get relief.",
    "It works for 60–80% of people.",
    "Half of patients relapse within a year.",
    "More than half of all people with depression never see a doctor.",
    "A third of patients don't respond to the first drug.",
    "Two-thirds of those treated were well after six weeks.",
    "Relapse fell by 20 percentage points.",
    "8 in 10 people feel better after the first session.",
    "One in five adults lives with depression.",
    "Eight out of ten patients respond.",
    "Eight in ten get better.",
    "3 of 12 patients dropped out.",
    "Three of the twelve patients had a headache.",
    "Nearly one in three women has nausea.",
    "Seven of twelve responded.",
    "Patients are three times as likely to recover.",
    "They relapsed twice as often.",
    "People with insomnia are twice as likely to become depressed.",
    "Smoking doubles the risk of depression.",
    "The drug doubled the risk of falls.",
    "The risk of suicide tripled.",
    "We saw a 3-fold increase in response.",
    "There was a threefold rise in remission.",
    "It is five times more effective than a tablet.",
    "Dr. Smith saw that 40% of his patients had side effects.",
    "Of 17 people, 12 lost at least half of their symptoms.",
    "Two patients in ten feel sick.",
    "Rates rise to 12 per 1,000 births.",
    "Did you know that 80% of patients get better?",
    "In 80%, it works.",
    "Response rates reach 70%.",
    "It cut the risk in half.",
    "Treatment halves the risk of relapse.",
    "Infusions are 90 percent effective.",
    "It is 100% safe.",
    "One in 10 000 people has a seizure.",
    "About half responded within a day.",
    "One person in five has chronic pain.",
    "A one-in-five chance of relapse is high.",
    "Side effects are half as likely with the low dose.",
    "Up to 1 in 1,000 people may have a seizure.",
    "Zarate et al. saw a response in 71% of people.",
    "Only 30% of patients did not respond.",
    "Not 80% but 30% of patients responded.",
    "The therapy makes people four times less likely to drop out.",
    "Symptoms dropped by 50%.",
    "Nine times out of ten, patients feel better.",
    "The pill was twice as effective as placebo.",
    "7 to 8 in 10 patients respond.",
    "One or two in ten have trouble with sleep.",
    "Ketamine's success rate is 85%.",
    "As many as 1 in 4 teenagers thinks about it.",
    "Three quarters of our patients return to work.",
    "The success rate is 9 out of 10.",
    "The success rate is one in ten.",
    "The chance of relapse doubles.",
    "Relief doubles.",
    "It is five times as good as a tablet.",
    "12% of drinkers relapse.",
    "The rate of relapse was cut by 20% for members.",
    "A humidity of 40% helped 70% of patients.",
)
NO_CLAIMS = (
    "She doubled over in pain.",
    "He lost 10% of his weight.",
    "She has a one-in-a-million smile.",
    "Read it twice as needed.",
    "The clinic is on the 2nd of 4 floors.",
    "Take 0.5 mg per kg over forty minutes.",
    "She woke at two in the morning.",
    "Take it three times a day.",
    "Come twice a week for four weeks.",
    "There are 24 hours in a day.",
    "There is one in the bath and one in the hall.",
    "Wear a shirt of 100% cotton.",
    "Wait half an hour before you eat.",
    "It was a quarter past nine.",
    "The first in 2019 was a success.",
    "They split the bill fifty-fifty.",
    "What percentage of patients get better?",
    "One of the three pillars of treatment is sleep.",
    "Most people feel it in 2 or 3 sessions.",
    "We offer a 20% discount on the first visit.",
    "The insurer pays 80% of the cost.",
    "Room 4 of 12 is at the end of the hall.",
    "She rated her pain as 8 out of 10.",
    "His mood went from 3 out of 10 to 7 out of 10.",
    "“Eighty percent of patients respond,” the poster said.",
    'The poster said "8 in 10 people get better" and nothing else.',
    "We can't promise that 80% of patients will get better.",
    "Nobody knows whether half of the patients would have recovered anyway.",
    "It is not true that 8 in 10 people respond.",
    "There is no evidence that it doubles the risk.",
    "This is part 2 of 3.",
    "This is infusion 2 of 6.",
    "The cell was filled with 0.9% saline.",
    "Clean it with 70% alcohol.",
    "I'm 100% sure that you can do this.",
    "Nothing in medicine is 100% certain.",
    "In May 2015 one of our nurses left.",
    "I have told you three times already.",
    "It took three times to find the vein.",
    "Twice as a child he had been in hospital.",
    "He was one of seven children.",
    "Two of her three children live abroad.",
    "The second half of the session is quiet.",
    "Cut the tablet in half.",
    "We doubled the dose after a week.",
    "It is a double-blind trial.",
    "The reasons are threefold.",
    "A trial took 403 adults.",
    "He slept half of the night.",
    "Call us at one of these numbers.",
    "The clinic is open 24/7.",
    "He missed three in ten minutes.",
    "Only the one in the middle hurts.",
    "Ask your doctor how many in 10 patients get better.",
    "Suppose 5 in 100 people have a headache.",
    "Chapter 3 of 12 tells of sleep.",
    "The battery was at 20%.",
    "Reduce the dose by 25% each week.",
    "A 95% confidence interval tells how sure we can be.",
    "Response is defined as a 50% drop in the score.",
    "She spends 20% of her time on paper work.",
    "The house was twice as expensive.",
    "The risk did not double.",
    "It isn't twice as likely.",
    "He ran a third of the way.",
    "Take a third of a tablet.",
    "Jan was born on 3 of May.",
    "In 10 days we meet again.",
    "No one in ten years had asked her.",
    "He gave it 110 percent.",
    "He trains one in his garage and two in the yard.",
    "Wait two to three weeks in between.",
    "I gave him one out of pity.",
    "It rained half the day.",
    "She was in and out of hospital in 2019.",
    "We tried one in 2015 and another in 2018.",
    "Seven in the group came back.",
    "Ten in all were asked.",
    "We use a saline of 0.9%.",
    "The wine has 12% alcohol.",
    "Beer has about 5%.",
    "A solution of 5% glucose keeps the vein open.",
    "A cream with 1% of hydrocortisone calms the skin.",
    "A concentration of 2% is enough.",
    "The humidity should stay at 45%.",
    "The bill was cut by 20% for members.",
    "Her workload doubles in winter.",
    "The coffee is five times as good as at home.",
)


@pytest.mark.parametrize("sentence", CLAIMS)
def test_a_figure_without_a_source_blocks(sentence: str) -> None:
    (finding,) = fired(figures_without_a_source, sentence)
    assert (finding.rule, finding.level, finding.sentence) == ("C1", Level.BLOCKER, sentence)


@pytest.mark.parametrize("sentence", NO_CLAIMS)
def test_what_only_looks_like_a_claim_is_left_alone(sentence: str) -> None:
    assert sentences_fired(figures_without_a_source, sentence) == []


@pytest.mark.parametrize("sentence", CLAIMS)
def test_a_citation_in_the_sentence_settles_it(sentence: str) -> None:
    inside = f"{sentence[:-1]} [2]{sentence[-1]}"
    behind = f"{sentence} [2, 5]"
    assert sentences_fired(figures_without_a_source, inside) == []
    assert sentences_fired(figures_without_a_source, behind) == []


@pytest.mark.parametrize(
    "citation",
    [
        "(Murrough et al., 2013)",
        "(Smith and Jones, 1999)",
        "(doi:10.1176/appi.ajp.2013)",
        "(https://example.org/trial)",
    ],
)
def test_other_citations_that_a_reader_can_follow_count_as_well(citation: str) -> None:
    assert sentences_fired(figures_without_a_source, f"After a day, 64% responded {citation}.") == []


def test_a_citation_in_the_next_sentence_does_not() -> None:
    text = "After a day, 64% of them responded. That trial was small [1]."
    assert sentences_fired(figures_without_a_source, text) == ["After a day, 64% of them responded."]


def test_two_figures_in_a_sentence_are_one_finding_and_a_denied_one_is_passed_over() -> None:
    (finding,) = fired(figures_without_a_source, "Not 80% but 30% of patients responded, against 20% on salt water.")
    assert "“30%”" in finding.why


def test_a_figure_in_the_title_is_settled_by_the_text_that_cites_it() -> None:
    told = "One day later, 64% of those given ketamine had responded [1]."
    assert sentences_fired(figures_without_a_source, draft(told, title="Why 64% of People Respond")) == []
    (finding,) = fired(figures_without_a_source, draft(told, title="Why 80% of People Respond"))
    assert (finding.block, finding.level) == ("title", Level.BLOCKER)


def test_a_figure_in_a_heading_or_the_standfirst_needs_the_text_behind_it() -> None:
    manuscript = draft(heading("One in Three Relapses"), "Read on.", standfirst="8 in 10 people feel better.")
    assert [finding.block for finding in fired(figures_without_a_source, manuscript)] == ["standfirst", "1 heading"]


def test_the_big_figure_and_a_table_are_cited_as_a_whole() -> None:
    stat = block(BlockKind.STAT, "8 in 10\n\npeople felt better within a day [1]")
    table = block(BlockKind.TABLE, "Drug; responded\n\nketamine; 64%\n\nmidazolam; 28%\n\nFrom one trial [3]")
    assert fired(figures_without_a_source, draft(stat, table)) == []
    assert len(fired(figures_without_a_source, draft(block(BlockKind.STAT, "8 in 10\n\npeople felt better")))) == 1


@pytest.mark.parametrize(
    "kind", [BlockKind.QUOTE, BlockKind.PULL_QUOTE, BlockKind.REFERENCES, BlockKind.RELATED_STORIES]
)
def test_what_others_say_claims_nothing(kind: BlockKind) -> None:
    assert fired(figures_without_a_source, draft(block(kind, "80% of patients respond."))) == []


@needs_the_article
def test_the_article_claims_its_eighty_percent_once() -> None:
    (sentence,) = sentences_fired(figures_without_a_source, article())
    assert "80% of patients" in sentence


OUTCOME, GROUP, TIME = "what happened", "to whom", "after how long"
INCOMPLETE = (
    ("Scores fell from 28 to 12 in those on the drug.", [TIME]),
    ("They fell asleep 19 minutes sooner.", [GROUP, TIME]),
    ("We have helped more than 300 patients.", [OUTCOME, TIME]),
    ("Every other patient relapses.", [TIME]),
    ("80% of patients respond.", [TIME]),
    ("64% of those given ketamine responded.", [TIME]),
    ("Patients are three times as likely to recover.", [TIME]),
    ("Twelve patients improved.", [TIME]),
    ("Half of patients relapse.", [TIME]),
    ("Twice as many people got better.", [TIME]),
    ("After four weeks, 64% responded.", [GROUP]),
    ("The drug halves the risk of relapse within a year.", [GROUP]),
    ("Scores fell by 10 points.", [GROUP, TIME]),
    ("It works in 80% of adults within a week.", [OUTCOME]),
    ("Infusions help 8 in 10 people.", [OUTCOME, TIME]),
    ("The treatment is 90 percent effective.", [OUTCOME, GROUP, TIME]),
    ("One in five had a headache.", [GROUP, TIME]),
    ("In 2015, 70% of patients responded.", [TIME]),
)
COMPLETE = (
    "A session takes ten minutes longer.",
    "We have treated 300 patients.",
    "After four weeks, 64% of those given ketamine had responded.",
    "Within a day, 8 in 10 adults felt better.",
    "In a trial of 40 adults, half responded. They were asked after six weeks.",
    "They asked 403 adults after three weeks. Of these, 55% had responded.",
    "Of those who stayed on it, 27% relapsed during follow-up.",
    "Twelve of 17 people were free of symptoms the next day.",
    "People with insomnia were twice as likely to become depressed in the years that followed.",
    "A trial took 403 adults.",
    "I have treated 300 patients since 2010.",
    "Twelve patients came to the talk.",
    "The insurer pays 80% of the cost.",
    "Take 0.5 mg per kg over forty minutes.",
    "There are 10 points on our list.",
    "The brain takes about 20% of the oxygen.",
    "Nobody knows whether half of the patients would have recovered anyway.",
    "What percentage of patients get better?",
)


@pytest.mark.parametrize(("sentence", "missing"), INCOMPLETE)
def test_a_result_without_outcome_group_or_time_is_told_what_it_lacks(sentence: str, missing: list[str]) -> None:
    (finding,) = fired(results_without_their_frame, sentence)
    assert (finding.rule, finding.level) == ("C3", Level.WARNING)
    assert [part for part in (OUTCOME, GROUP, TIME) if part in finding.why] == missing


@pytest.mark.parametrize("text", COMPLETE)
def test_a_complete_result_and_a_plain_number_are_left_alone(text: str) -> None:
    assert sentences_fired(results_without_their_frame, text) == []


def test_a_citation_gives_no_frame() -> None:
    assert len(fired(results_without_their_frame, "80% of patients respond [1].")) == 1


def test_only_direct_neighbours_complete_a_result() -> None:
    text = "All were asked after six weeks. The room was quiet. It smelled of tea. Then 64% of patients responded."
    assert sentences_fired(results_without_their_frame, text) == ["Then 64% of patients responded."]


def test_titles_tables_and_quotations_need_no_frame() -> None:
    parts = [block(kind, "80% of patients respond.") for kind in (BlockKind.TABLE, BlockKind.QUOTE, BlockKind.EMBED)]
    assert fired(results_without_their_frame, draft(*parts, heading("80% Respond"), title="80% Respond")) == []


@needs_the_article
def test_the_articles_eighty_percent_lacks_outcome_and_time() -> None:
    (finding,) = fired(results_without_their_frame, article())
    assert OUTCOME in finding.why
    assert TIME in finding.why
    assert GROUP not in finding.why
