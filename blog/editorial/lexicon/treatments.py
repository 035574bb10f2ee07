"""Names of treatments, and the ways in which a text offers another one or says what regulators think."""

from __future__ import annotations

import re

#: A treatment that a reader could ask for. Endings catch most names of medicines.
TREATMENT = re.compile(
    r"""\b(?:
      CBT | DBT | ACT | IPT | EMDR | ECT | r?TMS | tDCS | VNS | DBS | SSRIs? | SNRIs? | MAOIs? | NSAIDs? | CPAP
    | (?i:
        \w{3,}therap(?:y|ies)
      | (?:cognitive | behaviou?ral? | interpersonal | talking | talk | light | group | family | couples? | speech
          | occupational | radiation | hormone | replacement | electroconvulsive | exposure | schema | art | music
          | physical | dialectical | psychodynamic | manual | commitment)[ -](?:\w+[ ])?therap(?:y|ies)
      | (?:talking | talk | light)[ ]treatments?
      | anti(?:depressant | psychotic | biotic | histamine | convulsant | coagulant | viral | epileptic)s?
      | mood[ ]stabili[sz]ers? | stimulants? | painkillers? | steroids? | hormones? | statins? | insulin | lithium
      | melatonin | aspirin | paracetamol | acetaminophen | ibuprofen | bupropion | gabapentin | pregabalin | buspirone
      | counsell?ing | self-help | mindfulness | meditation | yoga | exercis(?:e|ing) | behaviou?ral[ ]activation
      | problem[ -]solving | support[ ]groups? | watchful[ ]waiting | lifestyle[ ]changes? | diet | walking | massage
      | (?:magnetic | vagus[ ]nerve | deep[ ]brain)[ ]stimulation | surgery | radiation | dialysis | nasal[ ]spray
      | sleep[ ](?:hygiene | restriction) | hypnosis | acupuncture | (?:es | ar)?ketamine | psilocybin
      | \w{3,}(?:etine | pramine | triptyline | azepam | zolam | opram | azine | apine | idone | peridol | azole | mycin
          | trigine | mirtazapine | faxine | zodone | setron | statin | sartan | olol | pril | cillin | gliptin | formin
          | triptan | barbital | racetam | xaban | raline)
      ))\b""",
    re.VERBOSE,
)
#: What others are called before they are named.
OTHERS = (
    r"(?:options?|choices?|approach(?:es)?|treatments?|therap(?:y|ies)|medicines?|medications?|drugs?|ways?|roads?"
    r"|antidepressants?|tablets?)"
)
#: Opens a list of other treatments by itself: "alternatives include", "other options such as".
LIST = re.compile(
    rf"""\b(?:alternatives?(?:[ ]to[ ][\w\s-]{{2,40}}?)? | other[ ](?:[\w-]+[ ]){{0,2}}{OTHERS})
    (?:[ ]for[ ][\w\s-]{{2,40}}?)?
    (?:,?[ ](?:include | including | such[ ]as | like | e\.g\. | for[ ]example) | [ ](?:is | are) | :)
    [ ](?!(?:available | many | several | few | some | limited | possible | explained | discussed | there | being | not
      | also | open | worth | out | up | always | often | considered | no | those | as | what | left | that | better
      | worse | still | just | more | less | under | important | different)\b)(?=\w)""",
    re.VERBOSE | re.IGNORECASE,
)
#: Says that something else could be chosen; counts when a treatment is named beside it.
OFFER = re.compile(
    rf"""\b(?:alternatives? | (?:other | another)[ ](?:[\w-]+[ ]){{0,2}}{OTHERS}
    | (?:treatment | your | the | some)[ ]options?[ ](?:include | are) | instead | rather[ ]than | in[ ]place[ ]of
    | (?:can | could | may | might | people | patients | you)[ ](?:also[ ])?
      (?:try | consider | choose | be[ ]tried | be[ ]offered | opt[ ]for)
    | what[ ]else | before[ ](?:you[ ])?(?:trying | try | choosing | choose | turning)
    | (?:can | could | may | might)[ ]also[ ]help | also[ ](?:works? | helps?) | as[ ]well[ ]as
    | (?:is | are)[ ](?:an[ ])?options?
    | first[ -](?:line | choice))\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Stems that most sentences lack, found out fast.
MAY_OFFER = re.compile(
    r"alternativ|ther |instead|ther than|place of|addition to|try|tried|consider|choose|opt |option|else|before|also"
    r"|well as|first",
    re.IGNORECASE,
)
#: A history of what failed, or a comparison in the treatment's favour, offers nothing.
NOT_OFFERED = re.compile(
    r"""\b(?:fail(?:s | ed | ure | ing)? | (?:did | do | does | had | has | have)(?:n['’]t | [ ]not)[ ](?:\w+[ ])?
      (?:work | help | respond | improve)\w* | none[ ]of | no[ ]relief | without[ ](?:success | relief | any)
    | stopped[ ]working | ran[ ]out | in[ ]vain | useless | unlike | nothing[ ]else | when[ ](?:all[ ])?other
    | (?:he | she | they | I)[ ](?:(?:had | has | have | \w+ed)[ ])?
      (?:tried | took | taken | prescribed | quit | refused)
    | prescribed[ ](?:an? | her | him | me) | (?:faster | better | stronger | more[ ]\w+ | safer | sooner)[ ]than
    | compared[ ](?:with | to) | no[ ]longer)\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Headings of sections on other treatments.
SECTION = re.compile(
    r"\b(?:alternatives?|what else|other (?:options|treatments|choices|ways)|instead)\b", re.IGNORECASE
)
STATUS = re.compile(
    r"""\b(?:(?:un)?(?:approved | licen[cs]ed | authori[sz]ed | cleared | registered) | off[ -]label | investigational
    | experimental | approval | marketing[ ]authori[sz]ation | licen[cs]e)\b""",
    re.VERBOSE | re.IGNORECASE,
)


def names_alternatives(
    prose: str, *, about: frozenset[str] = frozenset(), offered: bool = False, section: str = ""
) -> bool:
    """Whether a sentence names another treatment as one to choose.

    Args:
        about: the words of the story's title, in lower case: its own treatment is no alternative to itself.
        offered: it stands in the block on alternatives, which is offer enough.
        section: the heading it stands under.
    """
    may_offer = offered or MAY_OFFER.search(prose) is not None or SECTION.search(section) is not None
    if not may_offer or NOT_OFFERED.search(prose):
        return False
    if LIST.search(prose):
        return True
    if all(found[0].lower() in about for found in TREATMENT.finditer(prose)):
        return False
    return offered or OFFER.search(prose) is not None or SECTION.search(section) is not None


def states_a_status(paragraph: str) -> bool:
    """Whether words say that regulators have approved the treatment, or not."""
    return STATUS.search(paragraph) is not None
