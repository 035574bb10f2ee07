"""What results are told of: who, what happened to them, when."""

from __future__ import annotations

import re

from blog.editorial.lexicon.numbers import NUMBER

#: Groups of people (or of what stands for them: cases, births), in the plural.
PEOPLE = (
    r"(?:patients|people|persons|individuals|adults|men|women|children|kids|teenagers|teens|adolescents|youths|students"
    r"|pupils|participants|volunteers|subjects|users|sufferers|veterans|soldiers|mothers|fathers|parents|babies|infants"
    r"|newborns|pregnancies|births|cases|deaths|Americans|Britons|Europeans|Australians|Canadians|Germans|respondents"
    r"|recipients|responders|non-responders|smokers|drinkers|seniors|girls|boys|clients|families|couples|survivors"
    r"|(?:in|out)patients|workers|nurses|doctors|physicians|psychiatrists|therapists|clinicians|employees|members"
    r"|teachers|prisoners|residents|customers|readers|males|females)"
)
PERSON = (
    r"(?:patient|person|adult|man|woman|child|teenager|adolescent|student|participant|volunteer|user|veteran|mother"
    r"|American|Briton|birth|case|pregnancy|recipient)"
)
STUDIES = r"(?:studies|trials|experiments|reviews|surveys)"

#: What of a group can be doubled or halved.
RISKS = (
    r"(?:risks?|chances?|odds|rates?|likelihood|probability|incidence|prevalence|mortality|survival|responses?"
    r"|remissions?"
    r"|relapses?|recoveries|symptoms?|deaths?|suicides?|suicide[ ]attempts?|effects?|benefits?|admissions?"
    r"|side[ ]effects?|seizures?"
    r"|improvements?|effectiveness|thoughts|cases|depression|anxiety|pain|falls)\b"
)

#: Something that happened to people and that could be counted or measured.
OUTCOME = re.compile(
    r"""\b(?:
      respon(?:d(?:s | ed | ing)? | se(?:s | [ ]rates?)? | ders?) | remi(?:ssions? | t(?:s | ted)?) | relaps\w*
    | recurr\w* | recover\w* | improve\w* | better | worse(?:n\w*)?
    | (?:well | ill | sick | healthy | awake | sober | clean)
      (?=[ ](?:again | after | within | by | at | in | for | over)\b | \W*$)
    | (?:was | were | are | is | be | become | became | stay\w* | remain\w* | got | get | feel | felt)[ ](?:\w+[ ])?
      (?:well | ill | sick | healthy | depressed | anxious | alive | abstinent | cured | asleep)
    | symptoms? | symptom-free | scor(?:es? | ed | ing) | points | mortality | deaths? | die[sd]? | dying | surviv\w*
    | suicid\w+ | self-harm\w* | attempts? | thoughts | side[ ]effects? | adverse | nausea | vomit\w* | dizz\w+
    | headaches? | dissociat\w* | seizures? | insomnia | bleed\w* | falls? | infections? | strokes? | heart[ ]attacks?
    | cancers? | weight | blood[ ]pressure | sle(?:ep | pt) | asleep | pain | drop(?:ped)?[ ]out | stopp?(?:ed | ing)?
    | quit | discontinu\w+ | hospital\w* | admi(?:tted | ssions?) | readmi\w+ | return\w*[ ]to[ ]work
    | back[ ]at[ ]work | depressed | develop\w* | diagnos\w+ | pregnan\w+ | miscarr\w+ | harm\w* | complications?
    | damag\w+ | injur\w+ | eas(?:ed | es | ier) | free[ ]of | feel(?:s | ing)? | felt
    | did[ ](?:as[ ])?well | less[ ](?:pain | depress\w+ | anxi\w+ | fear | sleep | sad\w*)
    | (?<!who[ ])(?:have | has | had | live | lives | get | gets)[ ](?:with[ ])?(?:\w+[ -]){0,2}
      (?:depression | anxiety | disorder | disease | insomnia | diabetes | asthma | dementia | migraines? | pain
        | condition | illness | episodes? | reaction)
    | (?:reduc\w+ | lower\w* | cut\w* | eas\w+ | reliev\w+ | increas\w+ | rais\w+ | doubl\w+ | tripl\w+ | halv\w+
        | drop\w* | f[ae]ll | declin\w+)[ ](?:\w+[ ]){0,3}
      (?:depression | anxiety | risk | rates? | symptoms? | pain | odds | chance)
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Whose result it is.
GROUP = re.compile(
    rf"""\b(?:{PEOPLE} | {PERSON}s? | those | participants? | groups? | arms? | sample | (?:everyone | anyone
    | everybody)[ ]who
    | (?:all | most | many | none | half | some)[ ]of[ ](?:them | us))\b""",
    re.VERBOSE | re.IGNORECASE,
)
_PERIOD = (
    r"(?:steps?|days?|nights?|weeks?|months?|years?|decades?|semesters?|sessions?|infusions?|visits?"
    r"|doses?)"
)
#: After how long, or for how long.
TIME = re.compile(
    rf"""\b(?:
      (?:after | within | at | over | during | by | in | every | each | per | through | lasting | until | for
      | following | of)[ ]
      (?:(?:the | a | an | all | about | around | some | up[ ]to | at[ ]least | more[ ]than | less[ ]than | only | just
      | nearly
        | almost | any | their | his | her | given)[ ]){{0,3}}
      (?:(?:{NUMBER} | first | second | third | next | few | several | same | following | past | last | coming
      | single | full
        | half[ ]an?)[ –-]{{1,3}}(?:(?:to | or | and)[ ])?){{1,3}}{_PERIOD}
    | (?:after | within | at | over | during | by | in | every | each | per | a | an)[ ](?:an?[ ])?
      (?:minute | hour | day | night | week | month | year | decade)
    | (?:after | within | in)[ ](?:(?:the | a | about | only | just | less[ ]than | first)[ ]){{0,3}}
      {NUMBER}[ –-](?:(?:to | or)[ ]{NUMBER}[ ])?(?:minutes? | hours?)
    | {NUMBER}[ -](?:\w+[ ])?(?:minutes? | hours? | {_PERIOD})[ ](?:later | after | on | afterwards?)
    | (?:{NUMBER}-)(?:minute | hour | day | week | month | year)
    | (?:{NUMBER} | the[ ](?:next | following | same | first) | one)[ ](?:day | night | morning | week | month | year)s?
    | follow(?:ed)?[ -]up | long[ -](?:run | term) | short[ -](?:run | term)
    | (?:at | by | until | after | before)[ ](?:the[ ])?(?:very[ ])?(?:end | close | discharge | start)
    | end[ ]of[ ](?:the[ ])?(?:treatment | trial | study | course)
    | after[ ](?:(?:the | their | a | an | one | two | single | first | last | each)[ ])*
      (?:medicine | medication | drug | infusion | dose | treatment | course | session | therapy | operation
        | surgery | stopping | birth)s?
    | life-?times? | (?:their | your | our | his | her)[ ]li(?:fe | ves) | at[ ](?:some | one | any)[ ](?:point | time)
    | annual(?:ly)? | yearly | a[ ]year | overnight | in[ ]the[ ]years[ ]that
    )\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: Anything that makes a sentence one about health rather than about coffee or rent.
HEALTH = re.compile(
    rf"""\b(?:{PEOPLE} | {PERSON} | {STUDIES} | risks? | odds | chances? | rates? | likelihood | effects?
    | effective\w* | benefits?
    | treat\w* | therap\w+ | medic\w+ | drugs? | doses? | infusions? | injections? | placebo | dummy | sham
    | cur(?:e | es | ed)
    | work(?:s | ed)? | help(?:s | ed)? | succe(?:ss | ed)\w* | fail\w* | \w*ketamine | antidepressants? | tablets?
    | pills? | spray
    | depress\w+ | anxi\w+ | disorders? | disease | illness | brain | morphine | opioids?
    | alcohol | hormones? | get[ ]better | lives)\b""",
    re.VERBOSE | re.IGNORECASE,
)

EFFECT = re.compile(
    r"\b(?:risks?|odds|chances?|rates?|likelihood|effects?|benefits?|incidence|survival|effectiveness|depression"
    r"|anxiety)\b",
    re.IGNORECASE,
)

#: What a result is told of; a figure without any of it is a fact about something else.
RESULT = re.compile(
    r"\b(?:effective\w*|works?|worked|help(?:s|ed)?|success\w*|benefit\w*|relief|results?|treat\w+|cure[sd]?|risks?|likely"
    r"|odds|efficacy)\b",
    re.IGNORECASE,
)


def is_a_result(prose: str) -> bool:
    return any(pattern.search(prose) is not None for pattern in (RESULT, GROUP, OUTCOME))


#: A neighbour that goes on telling of the same people.
SAME_PEOPLE = re.compile(
    rf"\b(?:{STUDIES}|trial|study|survey|they|them|these|those|half|others?|all|asked|measured|followed|{PEOPLE})\b"
    rf"|\b{NUMBER}\b",
    re.IGNORECASE,
)
#: Spoken to the reader: no part of a study.
ADDRESSED = re.compile(r"\b(?:you|your|yours|yourself)\b|\?\W*$", re.IGNORECASE)


def tells_of_a_study(prose: str) -> bool:
    """Whether a sentence beside a result can lend it its outcome, its group or its time."""
    return SAME_PEOPLE.search(prose) is not None and ADDRESSED.search(prose) is None


def is_about_health(prose: str) -> bool:
    return HEALTH.search(prose) is not None or OUTCOME.search(prose) is not None


def is_about_effects(prose: str) -> bool:
    return EFFECT.search(prose) is not None or OUTCOME.search(prose) is not None
