"""L1 and T1: words that label people, and typography that shouts."""

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.language import l1, t1
from tests.unit.editorial.drafts import article, block, draft, fired, heading, needs_the_article, sentences_fired

LABELS = [
    "He had crippling anxiety.",
    "She was crippled by depression.",
    "He suffers from depression.",
    "People who have suffered with anxiety know this.",
    "If you are suffering from bipolar disorder, read on.",
    "His father was an addict.",
    "The clinic treats drug addicts.",
    "They called him a junkie.",
    "She is an alcoholic.",
    "Many alcoholics sleep badly.",
    "Drug abusers were left out of the trial.",
    "He had a history of substance abuse.",
    "The mentally ill need more than tablets.",
    "Schizophrenics hear voices.",
    "Her brother is a schizophrenic.",
    "He is bipolar.",
    "That idea is insane.",
    "You’re not crazy.",
    "He felt like a lunatic.",
    "She was committed to a mental hospital.",
    "His urine was dirty, and then he had a clean drug test.",
    "The patient was non-compliant.",
    "Some patients are noncompliant with medication.",
    "Patients who failed two antidepressants could take part.",
    "She had failed treatment twice.",
    "Victims of depression deserve better.",
    "He is wheelchair-bound.",
    "She has been confined to a wheelchair since 2010.",
    "A mentally retarded boy lived next door.",
    "Depression sufferers often sleep badly.",
    "He has been clean for two years.",
    "A suicide victim leaves many people behind.",
    "Psychos and lunatics: that is how films show them.",
    "They were addicts, and nobody helped.",
    "He’s nuts.",
    "He was sectioned last year.",
    "An anorexic girl was admitted.",
    "It crippled his confidence.",
]
PLAIN = [
    "He had severe anxiety.",
    "She has depression.",
    "Suffering is part of life.",
    "The plan suffers from a lack of funds.",
    "The study suffers from a small sample.",
    "The trial suffered from high dropout.",
    "Nicotine is addictive.",
    "A person with an addiction can recover.",
    "Alcoholics Anonymous meets on Mondays.",
    "Avoid alcoholic drinks for a day.",
    "Alcoholic hepatitis was an exclusion.",
    "A crippling debt kept him awake.",
    "They went to Cripple Creek.",
    "She has bipolar disorder.",
    "People with schizophrenia hear voices.",
    "Bipolar depression is hard to treat.",
    "Schizophrenic symptoms began at 20.",
    "The drug failed in two trials.",
    "The antidepressants failed her.",
    "She is committed to her work.",
    "He was committed to the treatment.",
    "Eat nuts and seeds.",
    "Clean the skin before the injection.",
    "A victim of violence may need help.",
    "She uses a wheelchair.",
    "Psychotherapy helps many people.",
    "Abuse in childhood raises the risk.",
    "She was abused as a child.",
    "The papers called him “a junkie”.",
    "Dementia is a disease of the brain.",
    "The device is not compliant with the regulations.",
    "She is mad about jazz.",
    "The Substance Abuse and Mental Health Services Administration has a helpline.",
    "The National Institute on Drug Abuse funded the trial.",
    "Borderline results need a second test.",
    "Flame-retarded fabric is safer.",
    "The word addict hurts.",
    "He sectioned the tissue.",
    "Patience suffers first.",
    "The strike had a crippling effect on trains.",
]


@pytest.mark.parametrize("text", LABELS)
def test_words_that_label_people_get_a_better_wording(text: str) -> None:
    found = fired(l1, text)
    assert [(finding.level, finding.sentence) for finding in found] == [(Level.WARNING, text)]
    assert found[0].remedy.startswith("Better: “") or "“" in found[0].remedy


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_and_other_senses_are_left_alone(text: str) -> None:
    assert fired(l1, text) == []


def test_several_labels_in_one_sentence_are_one_finding() -> None:
    assert len(fired(l1, "Crazy addicts and junkies suffer from crippling depression.")) == 1


SHOUTED = [
    "You KNOW how amazing this is.",
    "This is NOT a cure.",
    "It is VERY important.",
    "NEVER stop on your own.",
    "Take it ONLY at night.",
    "It REALLY works.",
    "ABSOLUTELY nobody told us.",
    "STOP and read this.",
    "Please call us FIRST.",
    "IV KETAMINE TREATMENT WORKS",
    "You DON’T have to wait.",
    "It is always, ALWAYS your choice.",
    "I was SO tired.",
    "It was the BEST day in years.",
    "She raised FIVE children.",
    "It was LIKE a wave.",
    "It IS real.",
    "I DO sleep now.",
    "It was MY idea.",
    "I CAN do it.",
    "There is NO cure.",
    "So how do we get it released??",
    "It works!!",
    "Really?!",
    "Who knew!?",
    "Wait, what???",
    "Can you believe it ? !",
]
QUIET = [
    "BDNF is a growth factor.",
    "The WHO and the FDA agree.",
    "NICE advises against it.",
    "Acceptance and commitment therapy (ACT) may help.",
    "ACT helped her to act.",
    "He had an MRI and a CT of the head.",
    "AIDS changed medicine.",
    "The COBRA trial took 440 adults.",
    "THREE-D compared two schedules.",
    "STAR*D was a large trial.",
    "PTSD, OCD and ADHD were left out.",
    "I do know that. Do you?",
    "Does it help? Yes!",
    "SSRIs and SNRIs are tablets.",
    "Seasonal affective disorder (SAD) comes in winter, and sad days come with it.",
    "NASA and NATO are no clinics.",
    "She lives in the USA.",
    "A question? A second one? A third!",
    "“You MUST stop,” he said.",
    "COVID-19 made it worse.",
    "The EEG and the ECG were normal.",
    "Ask the IT department.",
    "He moved to the US or the UK.",
    "The OR was cold.",
    "Come at 9 AM.",
    "He said OK.",
    "There is NO in the vessel wall.",
    "NO and CO are gases.",
    "Jane Roe, DO, runs the clinic.",
    "She has ME and pain.",
    "The BEST trial compared two drugs.",
    "The FIVE trial ended.",
    "The CARE checklist helps authors.",
    "Fear of infection is common. Infection syndrome (IS) has fever, and IS is rare.",
]


@pytest.mark.parametrize("text", SHOUTED)
def test_capitals_and_doubled_marks_are_a_warning(text: str) -> None:
    assert [finding.level for finding in fired(t1, text)] == [Level.WARNING]


@pytest.mark.parametrize("text", QUIET)
def test_acronyms_and_single_marks_are_left_alone(text: str) -> None:
    assert fired(t1, text) == []


def test_a_word_that_the_story_also_writes_small_is_no_acronym() -> None:
    assert sentences_fired(t1, "The glutamate rises. GLUTAMATE rises.") == ["GLUTAMATE rises."]
    assert fired(t1, "The GLUTA trial ended.") == []


def test_headings_may_not_shout_either() -> None:
    assert sentences_fired(t1, draft(heading("WHAT YOU NEED TO KNOW"))) == ["WHAT YOU NEED TO KNOW"]
    assert fired(t1, draft(block(BlockKind.SIGNATURE, "JONAH FERROW"))) == []


@pytest.mark.parametrize(
    ("ellipses", "words", "is_habit"),
    [(4, 1000, True), (3, 1000, False), (7, 2000, True), (3, 200, True), (2, 100, False)],
)
def test_more_than_three_ellipses_in_a_thousand_words_are_one_finding(
    ellipses: int, words: int, *, is_habit: bool
) -> None:
    sentences = ["He waited… then slept well."] * ellipses + ["One plain word follows another."] * (
        words // 5 - ellipses
    )
    found = fired(t1, "\n\n".join(sentences))
    assert [finding.sentence for finding in found] == [""] * is_habit


def test_every_kind_of_ellipsis_counts_once() -> None:
    (found,) = fired(t1, "He waited... She waited… They waited. . . We waited....")
    assert found.why.startswith("4 ellipses")


@needs_the_article
def test_the_doctors_article_labels_and_shouts() -> None:
    story = article()
    assert len(fired(l1, story)) == 3
    found = fired(t1, story)
    assert found[0].sentence == "So how to get glutamate to be released??"
    assert any("“KNOW”" in finding.why for finding in found)
    assert found[-1].block == "story"
