"""Figures that compare: "three times as likely", "twice the risk", "a threefold rise", "halved"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from blog.editorial.lexicon import senses
from blog.editorial.lexicon.numbers import NUMBER, SPAN
from blog.editorial.lexicon.results import RISKS, is_about_health

_COMPARED = (
    r"(?:more|less|fewer|higher|lower|greater|larger|bigger|smaller|likelier|better|faster|quicker|slower|worse|safer"
    r"|stronger|longer"
    r"|riskier|deadlier)\b"
)
_AS = (
    r"as\s+(?!(?:an?|the|part|soon|needed|directed|prescribed|told|if|he|she|I|we|they|you|it|his|her|my|your|our|their"
    r"|long\s+as\s+(?:I|he|she))\b)\w+"
)
MULTIPLE = re.compile(
    rf"""(?:(?:{SPAN}|\bhalf)\s?(?:times\b|[x×](?=\s))|\b(?:twice|thrice))\s+
    (?P<than>{_AS}|{_COMPARED}(?:\s+\w+)?|(?:the|their|its|your|a)\s+(?:\w+\s+)?{RISKS})""",
    re.VERBOSE | re.IGNORECASE,
)
#: Comparisons that are claims wherever they stand; the others need a sentence about health.
PLAINLY = re.compile(
    r"likel|potent|safe|often|common|effective|frequent|prone|probabl"
    r"|risk|chance|odds|\brate|relaps|remission|mortality|severe",
    re.IGNORECASE,
)
FOLD = re.compile(
    rf"(?:{NUMBER}|\b(?:two|three|four|five|six|seven|eight|nine|ten|hundred))(?:\s?[-–]\s?{NUMBER})?[- ]?fold\b",
    re.IGNORECASE,
)
CHANGE = re.compile(
    r"\b(?:increas|ris[ek]|rising|rose|higher|greater|lower|reduc|declin|decreas|more\b|less\b|improve|fell\b|drop"
    r"|grew|jump|difference"
    r"|likel|odds|rates?\b|boost|gain)",
    re.IGNORECASE,
)
_MULTIPLIED = r"(?:doubl|tripl|trebl|quadrupl|halv)(?:es?|ed|ing)\b(?!\s(?:over|back|up|down)\b)"
TIMES_THE_RISK = re.compile(
    rf"""\b{_MULTIPLIED}\s+(?:[\w'’-]+\s+){{0,4}}?{RISKS}
    |\b(?:double|triple)\s+(?:the\s+)?(?:\w+\s+)?(?:risks?|chances?|odds|rates?|likelihood)\b
    |\b{RISKS}(?:\s+[\w'’-]+){{0,5}}?\s+{_MULTIPLIED}
    |\b(?:relief|recovery|remission|efficacy|success|well-?being|happiness|sleep|cravings?
      |attacks|panic)\s+{_MULTIPLIED}
    |\b(?:risks?|chances?|odds|rates?|likelihood|effects?)\b(?:\s+[\w'’-]+){{0,6}}?\s+by\s+a\s+factor\s+of\s+{NUMBER}
    |\bby\s+a\s+factor\s+of\s+{NUMBER}""",
    re.VERBOSE | re.IGNORECASE,
)


def multiples(prose: str) -> Iterator[str]:
    for found in MULTIPLE.finditer(prose):
        before, _ = senses.around(prose, found)
        if senses.NOT_CHANGED.search(before) or senses.is_denied(prose, found.start()):
            continue
        if PLAINLY.search(found["than"]) or (
            senses.about(is_about_health, prose, found)
            and not senses.MONEY.search(senses.near(prose, found))
            and not senses.DOSING.search(found[0])
        ):
            yield found[0].strip()
    for found in FOLD.finditer(prose):
        before, after = senses.around(prose, found)
        if CHANGE.search(before) or CHANGE.search(after):
            yield found[0].strip()
    for found in TIMES_THE_RISK.finditer(prose):
        before, _ = senses.around(prose, found)
        denied = re.search(r"(?:\bnot|\bnever|n['’]t)\b", found[0]) or senses.NOT_CHANGED.search(before)
        if not (denied or senses.DOSING.search(found[0]) or senses.is_denied(prose, found.start())):
            yield found[0].strip()
