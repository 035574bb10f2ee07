"""S1 to S4: how a story speaks of suicide and self-harm."""

import pytest

from blog.editorial.findings import Level
from blog.editorial.manuscript import BlockKind
from blog.editorial.rules.suicide import s1, s2, s3, s4
from tests.unit.editorial.drafts import (
    article,
    block,
    crisis_help,
    draft,
    fired,
    needs_the_article,
    patient_story,
    sentences_fired,
)

TOPIC = [
    "Suicide is a leading cause of death among young adults.",
    "In the trial, suicidal thoughts eased within a day [1].",
    "The drug carries a boxed warning on suicidality in young people.",
    "His uncle had killed himself when he was nine.",
    "He thought about how to end his life every day.",
    "She tried to take her own life in March.",
    "They found out that he’d tried to end it all.",
    "She spent most of her twenties wanting to die.",
    "“I just want to die,” she told the nurse.",
    "He wished he were dead.",
    "She told us her family would be better off without her.",
    "He no longer wanted to live.",
    "I don’t want to live anymore, he wrote to his sister.",
    "She didn’t want to wake up again.",
    "He saw no reason to go on living.",
    "She had lost the will to live.",
    "At 15 she began to self-harm.",
    "Self-injury is common among teenagers.",
    "He has a history of selfharm and low mood.",
    "She was cutting herself in the school toilets.",
    "He had hurt himself on purpose more than once.",
    "She felt the urge to cut herself.",
    "A year ago she took an overdose.",
    "It was an intentional overdose, and she survived.",
    "He couldn’t stop thinking about jumping off a bridge.",
    "Some days life was not worth living.",
    "If you feel like killing yourself, this page is too slow.",
    "He was tired of living.",
    "Physician-assisted suicide is legal in some states.",
    "She wanted to kill herself, and told nobody.",
    "He hoped to fall asleep and never wake up.",
    "Parasuicide is an old word for it.",
    "Every morning he asked himself why he should go on living.",
    "She used to pray that God would let her die.",
    "He saw death as the only way out.",
    "She has made three attempts on her life.",
    "Some people cut themselves to feel less.",
    "She took all her tablets at once.",
    "He used his belt to end his life.",
    "She’d lost all desire to live.",
    "She cut herself on the arms.",
    "It was an overdose that he had meant to take.",
    "The overdose was no accident.",
    "Many teenagers who hurt themselves tell nobody.",
]
NO_TOPIC = [
    "Then, for the first time, he actually wanted to live.",
    "The judge dealt with a homicide, not with an illness.",
    "Wash off the pesticide and the fungicide.",
    "The senator committed political suicide with that vote.",
    "Switching jobs then would have been career suicide.",
    "We watched Suicide Squad on the ward.",
    "He plays drums in a band called “Suicidal Tendencies”.",
    "The suicide bombers struck at noon.",
    "I’m dying to see the results.",
    "Her chocolate cake is to die for.",
    "She fell off her bike and hurt herself.",
    "He cut himself shaving.",
    "She cut herself off from her friends.",
    "Don’t beat yourself up, and cut yourself some slack.",
    "I nearly killed myself laughing.",
    "He shot himself in the foot with that remark.",
    "It took my life in a new direction.",
    "Cancer took her life at forty.",
    "She wanted to die at home, with her family around her.",
    "I don’t want to die, said the man before his operation.",
    "He didn’t want to live in London any longer than he had to.",
    "What makes life worth living? For her it is music.",
    "Opioid overdose deaths rose in 2021.",
    "Keep the tablets away from children: an accidental overdose is dangerous.",
    "He drowned himself in work.",
    "The vet offered euthanasia for the old dog.",
    "The harm of this therapy is quieter.",
    "You can harm your bladder with it.",
    "Cells that are infected kill themselves.",
    "The study ended her life’s work.",
    "He jumped at the chance.",
    "The novel “The Virgin Suicides” came out in 1993.",
    "Nobody wants to die in pain.",
    "He had survived an attempt on his life in the war.",
    "Cutting back on coffee helps sleep.",
    "She took her own time.",
    "End your day without screens.",
    "Wake up at seven, and do not go back to sleep.",
    "He ended his life in Boston and moved to Rome.",
    "She ended her life as a nun and married.",
    "She cut herself on the arm of a broken chair.",
    "Children who hurt themselves on the slide get a plaster.",
    "Teenagers who hurt themselves playing football rest for a week.",
]


@pytest.mark.parametrize("text", TOPIC)
def test_a_story_that_speaks_of_suicide_or_self_harm_needs_crisis_help(text: str) -> None:
    found = fired(s1, text)
    assert [(finding.level, finding.sentence) for finding in found] == [(Level.BLOCKER, text)]


@pytest.mark.parametrize("text", NO_TOPIC)
def test_other_senses_need_no_crisis_help(text: str) -> None:
    assert fired(s1, text) == []


@pytest.mark.parametrize("text", TOPIC[:5])
def test_with_crisis_help_the_story_may_speak_of_it(text: str) -> None:
    assert fired(s1, draft(text, crisis_help())) == []


def test_the_topic_is_found_wherever_it_stands_and_reported_once() -> None:
    words = "She thought about suicide every night."
    assert sentences_fired(s1, draft("Sleep matters.", title="After a Suicide")) == ["After a Suicide"]
    assert sentences_fired(s1, draft("Sleep matters.", patient_story(words), words)) == [words]
    assert sentences_fired(s1, draft(block(BlockKind.FAQ, f"Can it get so bad?\n\n{words}"))) == [words]
    assert sentences_fired(s1, draft(block(BlockKind.QUOTE, "I wanted to die."))) == ["I wanted to die."]
    references = block(BlockKind.REFERENCES, "Wilkinson. Suicidal ideation and ketamine. 2018.")
    assert fired(s1, draft("Sleep matters.", references)) == []


CRIME_OR_SUCCESS = [
    "He committed suicide in 2019.",
    "People who commit suicide often saw a doctor shortly before.",
    "She was thinking of committing suicide.",
    "Nobody commits suicide for one reason.",
    "The suicide was committed at night.",
    "After a failed suicide attempt she came to us.",
    "Men have more successful suicide attempts.",
    "He made an unsuccessful attempt on his own life.",
    "Her suicide attempt was successful.",
    "He succeeded in killing himself.",
    "She tried to kill herself but failed.",
    "The rate of completed suicide is higher in men.",
    "She had thought of suicide before. Her second attempt was successful.",
    "He failed to kill himself.",
    "A botched suicide attempt left him paralysed.",
    "He had commited suicide, the paper wrote, and committed suicide it said again.",
    "He tried to hang himself but failed.",
    "Suicide attempts are often unsuccessful.",
    "Suicide completers are more often men.",
    "She said that her father committed suicide.",
    "The police said he had committed suicide.",
    "My mother was a nurse. Anna told us her brother had died, and said that he committed suicide.",
    "He wanted to die. His attempt, which failed, left him weak.",
    "He tried to end his life. The attempt was a failure.",
    "After two botched attempts he asked for help with his suicidal thoughts.",
]
NO_CRIME = [
    "He died by suicide in 2019.",
    "She is committed to suicide prevention.",
    "The clinic is committed to lowering the rate of suicide.",
    "After a failed attempt to quit smoking he came to us.",
    "We say “died by suicide”, not “committed suicide”.",
    "The phrase commit suicide belongs to the past.",
    "She survived a suicide attempt.",
    "The programme successfully reduced suicide attempts.",
    "It is a successful suicide prevention strategy.",
    "She completed a suicide risk assessment.",
    "His attempts to stop drinking failed.",
    "The company committed financial suicide.",
    "He committed himself to the work.",
    "A nonfatal suicide attempt calls for care.",
    "Her attempt to run a marathon was successful.",
    "He committed a crime and was never found.",
    "We commit ourselves to suicide-safer care.",
    "Her suicide note was never found.",
    "He was committed to hospital after a suicide attempt.",
    "He thought of suicide. A failed attempt at a diet was behind him.",
    "She thought of suicide. Her attempts to sleep failed.",
    "He thought of suicide, and his attempt to find a doctor failed.",
    "Don’t say that somebody committed suicide.",
    "People still say committed suicide, and it hurts.",
    "The town is committed to suicide prevention.",
]


@pytest.mark.parametrize("text", CRIME_OR_SUCCESS)
def test_suicide_is_neither_a_crime_nor_a_success_nor_a_failure(text: str) -> None:
    found = fired(s2, text)
    assert [finding.level for finding in found] == [Level.BLOCKER]
    assert text.endswith(found[0].sentence)


@pytest.mark.parametrize("text", NO_CRIME)
def test_plain_words_for_a_death_or_an_attempt_are_left_alone(text: str) -> None:
    assert fired(s2, text) == []


DETAILS = [
    "He died by suicide, hanging in his cell.",
    "She killed herself by jumping from the bridge.",
    "She tried to end her life. She had swallowed thirty tablets of her mother’s.",
    "He shot himself with his father’s gun.",
    "The suicide note said that nobody was to blame.",
    "She left a note for her parents and took her own life.",
    "He died by suicide at the Golden Gate Bridge.",
    "Before his suicide he had bought a rope.",
    "Carbon monoxide was the method in three of the suicides.",
    "She took her own life. They found her in the garage.",
    "He overdosed on sleeping pills and wanted to die.",
    "She jumped in front of a train and survived the suicide attempt.",
    "He slit his wrists; it was his second suicide attempt.",
    "Suicidal for months, he stepped off the roof.",
    "She hanged herself.",
    "He wanted to die and jumped from the rail.",
    "The note he left behind spoke of love. It was a suicide.",
    "Suicidal, she kept a rope in her drawer.",
    "People who attempt suicide often use paracetamol.",
]
NO_DETAILS = [
    "He died by suicide at the age of forty.",
    "Suicidal thoughts eased within a day [1].",
    "They hung a picture in the garage.",
    "She jumped at the chance to join the study.",
    "If you think about suicide, lock up guns and hand spare tablets to a friend.",
    "Safer bridges prevent suicides: barriers on bridges save lives.",
    "Opioid overdose deaths rose in 2021.",
    "The flu shot is given in the upper arm.",
    "He had thoughts of suicide for years. He is well today.",
    "She left a message for the doctor about her dose.",
    "Suicide is hard to talk about. Ask all the same.",
    "He was hanging out with friends.",
    "People who thought about suicide were left out of the trial.",
    "She took her tablets at night. They helped against the thoughts of suicide.",
    "Antidepressants carry a warning about suicidal thoughts in people under 25.",
    "She thought of suicide. The boy jumped from the sofa.",
    "He thought of suicide. He kept a notebook in a drawer.",
    "She had thoughts of suicide, and the note she left for the nurse said so.",
]


@pytest.mark.parametrize("text", DETAILS)
def test_method_place_and_note_beside_the_topic_are_for_an_editor_to_see(text: str) -> None:
    found = fired(s3, text)
    assert [finding.level for finding in found] == [Level.ACKNOWLEDGE]


@pytest.mark.parametrize("text", NO_DETAILS)
def test_without_details_or_without_the_topic_nothing_is_found(text: str) -> None:
    assert fired(s3, text) == []


def test_a_method_far_from_the_topic_is_not_beside_it() -> None:
    text = "She thought about suicide. That was in spring. Then summer came. He jumped from the bridge into the lake."
    assert fired(s3, text) == []


EPIDEMICS_AND_CAUSES = [
    "We are facing a suicide epidemic.",
    "An epidemic of suicides has reached our schools.",
    "A wave of teen suicides shook the town.",
    "Suicide rates are skyrocketing.",
    "A rash of suicides followed.",
    "The soaring suicide rate worries us.",
    "Suicide contagion spread through the class.",
    "He killed himself after he lost his job.",
    "She took her own life because of bullying.",
    "The divorce drove him to suicide.",
    "His suicide was caused by debts.",
    "She died by suicide due to exam stress.",
    "He was bullied into suicide.",
    "They blamed the school for her suicide.",
    "Social media is driving teenagers to suicide.",
    "Suicide is spreading like wildfire among teens.",
    "Because of bullying, he took his own life.",
    "After losing his job, he killed himself.",
    "Loneliness is the reason why people kill themselves.",
    "Debt is why farmers kill themselves.",
    "He killed himself out of love.",
    "She took her own life out of shame.",
]
MEASURED = [
    "The suicide rate rose from 12 to 14 in 100,000 [1].",
    "The opioid epidemic has many roots, and suicide prevention is one answer.",
    "Suicide is a leading cause of death.",
    "Suicide rarely has a single cause.",
    "There is no suicide epidemic in this town.",
    "During the Covid epidemic we worked by phone.",
    "People who died by suicide had often been ill for years.",
    "A wave of grief went through the town after his suicide.",
    "He lost his job because of the illness.",
    "Bullying drove her out of school.",
    "Many things come together before a suicide.",
    "Suicidal thoughts eased after the infusion.",
    "She died by suicide after a long illness.",
    "A heat wave raises the risk of falls.",
    "“A suicide epidemic”, the headline said.",
    "Suicide is never the result of one thing alone.",
    "Two years after he died by suicide, his wife told us.",
    "She wanted to end her life after she came home.",
    "There is no one reason why people kill themselves.",
    "There are many reasons why people kill themselves.",
    "We asked why people kill themselves.",
    "This is why people who want to kill themselves need help.",
    "He killed himself out of sight of the road.",
]


@pytest.mark.parametrize("text", EPIDEMICS_AND_CAUSES)
def test_alarm_and_a_single_cause_are_for_an_editor_to_see(text: str) -> None:
    found = fired(s4, text)
    assert [finding.level for finding in found] == [Level.ACKNOWLEDGE]


@pytest.mark.parametrize("text", MEASURED)
def test_figures_and_many_causes_are_left_alone(text: str) -> None:
    assert fired(s4, text) == []


@pytest.mark.parametrize("words", ["Ketamine and Suicide", "When You Want to Die", "Life After a Suicide Attempt"])
def test_the_topic_in_title_or_standfirst_is_for_an_editor_to_see(words: str) -> None:
    assert sentences_fired(s4, draft("Sleep matters.", title=words)) == [words]
    assert sentences_fired(s4, draft("Sleep matters.", standfirst=words)) == [words]
    assert sentences_fired(s4, draft("Sleep matters.", block(BlockKind.HEADING, words, level=2))) == []


@pytest.mark.parametrize("words", ["What Ketamine Can Do", "A Night at Suicide Squad", "How He Wanted to Live Again"])
def test_other_titles_are_left_alone(words: str) -> None:
    assert fired(s4, draft("Sleep matters.", title=words)) == []


@needs_the_article
def test_the_doctors_article_names_the_topic_and_needs_help_beside_it() -> None:
    found = fired(s1, article())
    assert [finding.sentence for finding in found] == ["He thought about how to end his life every day."]
    assert [finding.block for finding in found] == ["1 text"]
    assert [fired(rule, article()) for rule in (s2, s3, s4)] == [[], [], []]
