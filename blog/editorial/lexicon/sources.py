"""Who is cited for a finding: institutions, journals, studies; and how a sentence says that they found it."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Places that do research and are known by a name of their own.
PLACES = (
    r"(?:Yale|Oxford|Harvard|Stanford|Cambridge|Princeton|Columbia|Cornell|Duke|Emory|Brown|Northwestern|Vanderbilt"
    r"|McGill|Dartmouth"
    r"|Johns Hopkins|Hopkins|Mayo|Mayo Clinic|Cleveland Clinic|Mount Sinai|Mt\. Sinai|Baylor|Karolinska|Charité"
    r"|Imperial|UCLA|UCSF|UCSD|UCL"
    r"|MIT|NYU|MD Anderson|Sloan[- ]Kettering|Scripps|Salk|Mass General|Massachusetts General|McLean|Menninger"
    r"|Maudsley|Cochrane"
    r"|Max Planck|RAND|Kaiser Permanente|Heidelberg|Maastricht|Toronto|Melbourne|Edinburgh|Tufts|Georgetown|Rutgers"
    r"|Berkeley)"
)
#: Public bodies and societies.
BODIES = (
    r"(?:NIMH|NIH|NIDA|CDC|FDA|EMA|MHRA|WHO|NICE|NHS|APA|AMA|SAMHSA|VA|World Health Organi[sz]ation"
    r"|Cochrane Collaboration|Cochrane"
    r"|Food and Drug Administration|European Medicines Agency|Institute of Medicine"
    r"|Centers for Disease Control(?: and Prevention)?)"
)
#: "University of X", "X University", "National Institute of Mental Health", "American Psychiatric Association".
_NAME = r"[A-ZÀ-Þ][\w'’&.-]*"
_NAMES = rf"{_NAME}(?:\s+(?:(?:of|and|for|&)\s+(?:the\s+)?)?{_NAME}){{0,4}}"
_BUILT = (
    rf"(?:(?:{_NAMES}\s+)?(?:University|Institutes?|College|Academy|School|Department|Cent(?:er|re)s?|Hospital)\s+"
    rf"(?:of|for)\s+(?:the\s+)?{_NAMES}"
    rf"|{_NAMES}\s+(?:University|College|Hospital|Institutes?|Clinic|Medical Cent(?:er|re)|Health System|Medical School"
    r"|School of Medicine|Association|Society|Academy|Foundation|Consortium|Collaboration|Cent(?:er|re))\b)"
)
JOURNALS = (
    r"(?:JAMA(?:\s+(?:Psychiatry|Internal Medicine|Network Open|Neurology|Pediatrics|Oncology|Surgery))?|NEJM"
    r"|BMJ(?:\s+Open)?|PNAS"
    r"|PLo?OS(?:\s+(?:ONE|One|Medicine))?|(?:[Tt]he\s+)?Lancet(?:\s+(?:Psychiatry|Neurology|Oncology))?"
    r"|(?:[Tt]he\s+)?New England Journal(?: of Medicine)?|(?:[Tt]he\s+)?British Medical Journal"
    r"|(?:Biological|Molecular|Translational|General Hospital|European) Psychiatry|(?:Nature|Cell"
    r"|Science) (?:Medicine|Neuroscience|Reports)"
    r"|Neuropsychopharmacology|Psychological Medicine|Psychopharmacology|Depression and Anxiety|Brain Stimulation"
    r"|Cochrane Reviews?"
    rf"|(?:(?:[Tt]he\s+)?{_NAME}\s+){{0,3}}(?:Journal|Archives|Annals|Proceedings|Bulletin)\s+of\s+(?:the\s+)?{_NAME}"
    rf"(?:\s+(?:and|of|&|the)?\s*{_NAME}){{0,4}}"
    r"|(?:the\s+journals?\s+)(?:Nature|Science|Cell|Neuron|Brain|Sleep|Pain)\b|(?<=\bin )(?:Nature|Science|Cell"
    r"|Neuron)\b)"
)
#: Studies with a name of their own: "the COBRA trial", "STAR*D", "the Framingham Heart Study".
STUDIES_BY_NAME = (
    r"(?:STAR\*D|(?:[A-Z][A-Za-z]*[A-Z*][A-Za-z*]*(?:-\w+)?|[A-Z]{4,}(?:-\d+)?)\s+(?:[Tt]rial|[Ss]tudy)"
    rf"|[Tt]he\s+(?:{_NAME}\s+){{1,3}}(?:Study|Trial|Project|Survey)\b)"
)
NAMED = re.compile(rf"\b(?:{_BUILT}|{PLACES}\b|{JOURNALS}|{STUDIES_BY_NAME}|{BODIES}\b)")
#: "Zarate et al.", "Smith and colleagues", "Dr. Zarate's group".
AUTHORS = re.compile(
    rf"\b(?:{_NAME}\s+(?:et\s+al\b\.?|(?:and|&)\s+(?:(?:his|her|their)\s+)?(?:colleagues|co-?workers|team|co-?authors))"
    rf"|{_NAME}(?:['’]s?)\s+(?:\w+\s+){{0,2}}(?:study|studies|trial|trials|research|paper|group|team|lab"
    rf"|meta-analysis|review))"
)

_STUDY = (
    r"(?:studies|study|trials?|research|researchers?|scientists?|investigators?|psychiatrists|doctors|physicians"
    r"|neuroscientists|experts"
    r"|teams?|groups?|lab|laboratory|labs|analys[ei]s|meta-analys[ei]s|reviews?|surveys?|experiments?|data|papers?"
    r"|reports?|articles?"
    r"|evidence|findings|work|authors?)"
)
STUDY = re.compile(rf"\b{_STUDY}\b", re.IGNORECASE)
#: "she studies at Yale": no study.
STUDYING = re.compile(
    r"\b(?:she|he|who|I|we|they|you|to|and|also|now|still)\s+(?:study|studies|studied|research|researches|work"
    r"|reviews?|reports?)\b",
    re.IGNORECASE,
)
#: "She found out", "he showed her around", "they found a home": nobody learns anything about a treatment.
_NOT_A_FINDING = (
    r"(?!\s+(?:out\b(?!\s+that)|up\b|off\b|him\b|her\b|them\b|me\b|us\b|you\b|himself|herself|themselves|myself|yourself"
    r"|it\s+(?:hard|difficult|easy|boring|online|in|on|at|to\s+(?:him|her|me|his|my))\b|(?:his|her|my|your)\b"
    r"|an?\s+(?:\w+\s+)?(?:job|way|place|home|room|friend|doctor|clinic|copy|man|woman|seat|bed)\b|work\b|love\b|help\b"
    r"|time\b|interest\b|promise\b|signs\b|around\b|for\b|online\b|[io]n\s+(?:an?|the|his|her|my)\b"
    r"|and\s+(?:read|showed|sent|brought)\b))"
)
_FIND = (
    r"(?:found|finds?|show(?:s|ed|n|ing)?|reveal(?:s|ed|ing)?|report(?:s|ed|ing)?|demonstrat(?:e|es|ed|ing)"
    r"|conclud(?:e|es|ed)"
    r"|suggest(?:s|ed|ing)?|prov(?:e|es|ed|en|ing)|confirm(?:s|ed|ing)?|discover(?:s|ed)?|observ(?:e|es|ed)"
    r"|establish(?:es|ed)?"
    r"|indicat(?:e|es|ed|ing)|estimat(?:e|es|ed)|document(?:s|ed)|identif(?:ies|ied|y)|link(?:s|ed)|detect(?:s|ed)"
    r"|saw|argu(?:e|es|ed)"
    r"|determin(?:e|es|ed)|support(?:s|ed)?|(?:provid|produc|offer|yield|g[ai]v)\w*\s+(?:\w+\s+){0,2}(?:evidence"
    r"|results?|proof|support))\b"
)
FINDS = re.compile(_FIND + _NOT_A_FINDING, re.IGNORECASE)
#: What a study's subject did: the result told without "found that".
HAPPENED = re.compile(
    r"""\b(?:improv(?:e|es|ed)|reduc(?:e|es|ed)|lower(?:s|ed)|eas(?:es|ed)|reliev(?:es|ed)|work(?:s|ed)(?!\s+(?:at
    |for|in|as|with)\b)
    |help(?:s|ed)(?!\s+(?:him|her|me|us|found|to\s+(?:found|write|run|design))\b)|respond(?:s|ed)|recover(?:s|ed)
    |relaps(?:es|ed)|cut|doubl(?:es|ed)
    |increas(?:es|ed)|rais(?:es|ed)|prevent(?:s|ed)|lift(?:s|ed)|halv(?:es|ed)|did[ ]better|did[ ]worse|felt[ ]better
    |got[ ]better|were[ ](?:well|better|cured)
    |(?:was|were)[ ](?:\w+[ ])?(?:effective|safe|superior|better|ineffective))\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: "In the STAR*D trial, many people needed more than one drug": how many, and what became of them.
IN_A_TRIAL = re.compile(
    rf"^\W*(?i:in|during|across)\s+(?:the\s+)?{STUDIES_BY_NAME},?\s+(?:[\w'’%]+\s+){{0,2}}?"
    r"(?:many|most|few|fewer|some|half|more|nearly|almost|about|only|a\s+(?:third|quarter|few)"
    r"|two[- ]thirds|three\s+quarters|none|all|\d[\d,.]*%?|one\s+in)\s+"
    r"(?:[\w'’%]+\s+){0,6}?(?:needed|stayed|remained|became|relapsed|responded|recovered|improved|stopped|dropped\s+out|got|felt|had|died"
    r"|were\s+(?:well|ill|better|worse|free)|did\s+not|didn['’]t|never)\b(?!\s+(?:a\s+phone|to\s+(?:sign|travel|come|be\s+seen)))",
)
TRIAL_AHEAD = re.compile(r"\W*(?:in|during|across)\s", re.IGNORECASE)
NOTHING_YET = re.compile(r"\b(?:will|whether|may|might)\b", re.IGNORECASE)
#: After a journal's name: what it published, and that it tells something.
PUBLISHED_RESULTS = re.compile(
    r"\s+(?:has\s+|have\s+)?(?:published|printed|carried|ran)\s+(?:\w+\s+){0,3}?"
    r"(?:results|data|findings|evidence|proof|papers?|stud(?:y|ies)|trials?|articles?|reports?|reviews?|research)\s+"
    r"(?:(?:that|which|to)\s+)?(?:(?:clearly|now|also|has|have)\s+)?"
    r"(?:prov(?:e|es|ed|ing)|show(?:s|ed|ing)?|demonstrat(?:e|es|ed|ing)|confirm(?:s|ed|ing)?"
    r"|suggest(?:s|ed|ing)?|reveal(?:s|ed|ing)?|find(?:s|ing)?|found)\b",
    re.IGNORECASE,
)
OPEN = re.compile(r"\b(?:whether|if|will|may|might|could|would|to see|to learn|hopes?)\b", re.IGNORECASE)
ACCORDING = re.compile(
    r"\b(?:according\s+to|evidence\s+(?:from|by)|(?:data|findings|results|figures|numbers|statistics)\s+(?:from|by"
    r"|of)|as\s+(?:shown|reported|found)\s+(?:by|in|at))\s+"
    r"(?:\w+\s+){0,4}?$",
    re.IGNORECASE,
)
PUBLISHED = re.compile(
    r"\b(?:published|appear(?:s|ed|ing)|report(?:ed|ing)|writing|paper|article|study|printed)\s+(?:\w+\s+){0,4}?in\s+$",
    re.IGNORECASE,
)
#: It hasn't been found yet, or one asks whether.
NOT_YET = re.compile(
    r"\b(?:will|may|might|could|would|should|can|hopes?|aims?|plans?|expected|designed|needed|need|ask|asks|asked"
    r"|whether|if|until|unless|what"
    r"|how much|which|wait|waiting|about to|going to|trying|tried|want(?:s|ed)?|order|let|know)\b(?:\s+(?:be|to|the"
    r"|for|soon|also|not|us|you|"
    r"your|doctor|that|our|more))*\s*$",
    re.IGNORECASE,
)
#: After a name: it made a study, or says so itself.
MADE_A_STUDY = re.compile(
    rf"\s+(?:has\s+|have\s+)?(?:published|ran|led|funded|conducted|carried\s+out|did)\s+(?:\w+\s+){{0,3}}?{_STUDY}\b",
    re.IGNORECASE,
)
SAYS_SO = re.compile(r"\s+(?:says?|states?|stated|notes?|noted)\s+that\b", re.IGNORECASE)
_GENERIC = (
    r"(?:(?:scientific|medical|clinical|recent|new|newer|many|several|numerous|countless|some|most|more|early|large"
    r"|small|growing|good|strong|solid"
    r"|animal|brain|other|previous|multiple|dozens\s+of|hundreds\s+of|available|current|modern|of|the|a|an|body|and"
    r"|peer-reviewed|randomi[sz]ed"
    r"|controlled|long-term|that|this|these|american|british|canadian|swedish|german|danish|dutch|one|two|three"
    r"|\d{4})\s+){0,5}"
    r"(?:research|studies|study|trials?|evidence|science|scientists|researchers|experts|literature|data"
    r"|meta-analys[ei]s|reviews?|surveys?"
    r"|experiments|findings)\b"
)
#: "research shows", "studies in animals have clearly shown".
GENERIC = re.compile(
    rf"\b(?P<who>{_GENERIC})(?P<gap>(?:\s+(?!(?:whether|if|that|which|who|is|are|was|were|in\s+order|needed|and|or"
    rf"|to)\b)[\w’'-]+){{0,6}}?)\s+(?P<finds>"
    rf"{_FIND}{_NOT_A_FINDING}|agree\b|(?:point|points)\s+to\b|says?\b|tells?\s+us\b)",
    re.IGNORECASE,
)
IMPERSONAL = re.compile(
    r"""\b(?:(?:has|have|had|is|are|was|were|been)\s+(?:been\s+)?(?:\w+ly\s+)?(?:shown|proven|proved|demonstrated
    |found)\s+(?:to\b|that\b|effective|safe)
    |(?<!my[ ])(?<!his[ ])(?<!her[ ])(?<!our[ ])\b
      (?:doctors|psychiatrists|physicians|clinicians)\s+(?:have\s+|had\s+)?(?:\w+\s+)?
      (?:found|discovered|shown|proven|proved)\s+that
    |(?:experts|scientists|researchers)\s+(?:\w+\s+)?(?:believe|think|say)(?=\s)
    |(?:know|known|learned|learnt)\s+from\s+(?:\w+\s+){0,2}(?:research|studies|trials|science)
    |(?:clinically|scientifically|medically)\s+(?:proven|shown|tested\s+and\s+proven)
    |it['’]s\s+(?:been\s+)?(?:\w+ly\s+)?(?:shown|proven|established)
    |(?:it\s+is|well)[\s-]+established\s+that|there['’]?(?:s|\s+is|\s+are)\s+(?:now\s+)?(?:\w+\s+)?(?:strong|good
    |growing|overwhelming|solid|clear|ample|much
    |plenty\s+of|compelling|robust|some|mounting)\s+(?:\w+\s+)?(?:evidence|research|data|proof)\s+(?:that|for|to|of)
    |according\s+to\s+(?:\w+\s+){0,3}?(?:research|studies|scientists|researchers|experts|science|data|trials
    |a\s+study))\b""",
    re.VERBOSE | re.IGNORECASE,
)
#: A plain statement that nothing is known: there is nothing to cite.
NOTHING_FOUND = re.compile(
    r"\b(?:no|not|never|nor|hardly|nothing|little|without|neither|few|yet\s+to|isn|aren|hasn|haven|hadn|don|doesn|didn|cannot"
    r"|can)\b(?:['’]t)?",
    re.IGNORECASE,
)

# Stems, without a look at where words begin: what most sentences lack, found out fast.
MAY_FIND = re.compile(
    r"f(?:ou|i)nd|show|say|state|note|lift|reveal|report|demonstrat|conclu|suggest|prove|proving|confirm|discover|observ|establish|indicat|estimat"
    r"|document|identif|link|detect|saw|argu|determin|support|provid|produc|offer|yield|g[ai]v|improv|reduc|lower|eas|reliev"
    r"|work|help|respond|recover|relaps|cut|doubl|increas|rais|prevent|halv|better|worse|well|cured|effective|safe|superior"
    r"|according|evidence|data|findings|results|figures|numbers|statistics",
    re.IGNORECASE,
)
MAY_BE_GENERIC = re.compile(
    r"research|stud[iy]|trial|eviden|scien|expert|literature|data|meta-anal|review|survey|finding|shown"
    r"|prove|doctors|psychiatrists|physicians|clinicians|demonstrated|found to|established|proof",
    re.IGNORECASE,
)


def named_source(prose: str) -> str:
    """The institution, journal or study that a sentence names for a finding; empty when it does neither."""
    names = list(_names(prose)) if MAY_FIND.search(prose) or TRIAL_AHEAD.match(prose) else []
    if not names:
        return ""
    for name in names:
        before = prose[max(0, name.start() - 60) : name.start()]
        if (
            ACCORDING.search(before)
            or SAYS_SO.match(prose, name.end())
            or PUBLISHED_RESULTS.match(prose, name.end())
            or (PUBLISHED.search(before) and (_finding(prose, 0) is not None or _happened(prose, 0)))
        ):
            return name[0]
    if IN_A_TRIAL.match(prose) and not NOTHING_YET.search(prose):
        return names[0][0]
    return _named_subject(prose, names)


def _named_subject(prose: str, names: list[re.Match[str]]) -> str:
    """The name whose study, or which itself, has found something in the sentence."""
    first, last = names[0], names[-1]
    studied = any(
        not STUDYING.search(prose, max(0, found.start() - 12), found.end()) for found in STUDY.finditer(prose)
    )
    found = _finding(prose, first.start()) or (_finding(prose, _first_study(prose)) if studied else None)
    if found and (studied or _is_its_subject(prose, names, found)) and not _is_object(prose, first, found):
        return first[0] if first.start() < found.start() else last[0]
    beside = studied and _study_beside(prose, names)
    return first[0] if beside and _happened(prose, min(_first_study(prose), first.start())) else ""


def generic_source(prose: str) -> str:
    """The words that call on research in general, such as "studies have shown"."""
    if not MAY_BE_GENERIC.search(prose):
        return ""
    for found in GENERIC.finditer(prose):
        before = prose[max(0, found.start() - 40) : found.start()]
        inside = found["gap"]
        if (
            NOTHING_FOUND.search(inside)
            or NOTHING_FOUND.search(before[-14:])
            or NOTHING_FOUND.match(prose[found.end() :].lstrip()[:12])
            or NOT_YET.search(before)
            or NOT_YET.search(inside)
        ):
            continue
        if STUDYING.search(prose, max(0, found.start() - 6), found.end()):
            continue
        return " ".join(found[0].split())
    impersonal = IMPERSONAL.search(prose)
    if impersonal and not NOTHING_FOUND.search(prose, max(0, impersonal.start() - 12), impersonal.end()):
        return " ".join(impersonal[0].split())
    return ""


def _names(prose: str) -> Iterator[re.Match[str]]:
    yield from NAMED.finditer(prose)
    yield from AUTHORS.finditer(prose)


def _first_study(prose: str) -> int:
    found = STUDY.search(prose)
    return found.start() if found else len(prose)


def _finding(prose: str, start: int) -> re.Match[str] | None:
    """The first word of finding from there on that isn't a plan or a question."""
    for found in FINDS.finditer(prose, start):
        if not NOT_YET.search(prose, max(0, found.start() - 40), found.start()):
            return found
    return None


def _happened(prose: str, start: int) -> bool:
    """Whether a result is told from there on, and not only hoped or asked for."""
    found = HAPPENED.search(prose, start)
    return found is not None and not OPEN.search(prose, max(start, found.start() - 60), found.start())


def _is_its_subject(prose: str, names: list[re.Match[str]], found: re.Match[str]) -> bool:
    """Whether the verb follows a name at once: "Yale recently found that"."""
    between = (prose[name.end() : found.start()] for name in names if name.end() <= found.start())
    return any(
        re.fullmatch(r"(?:['’]s)?(?:,?\s+(?:has|have|had|also|recently|now|first|then|later|\w+ly))*\s+", gap)
        for gap in between
    )


def _is_object(prose: str, name: re.Match[str], found: re.Match[str]) -> bool:
    """Whether somebody found or showed the study itself."""
    return found.end() <= name.start() and STUDY.search(prose, 0, found.start()) is None


def _study_beside(prose: str, names: list[re.Match[str]]) -> bool:
    """Whether a study stands right before or after a name: "a trial at Yale", "the NIMH published a trial"."""
    for name in names:
        before, after = prose[max(0, name.start() - 40) : name.start()], prose[name.end() : name.end() + 30]
        if re.search(rf"\b{_STUDY}\s+(?:\w+\s+){{0,3}}?(?:at|from|by|of|in|for)\s+(?:the\s+)?$", before, re.IGNORECASE):
            return True
        if MADE_A_STUDY.match(prose, name.end()):
            return True
        if re.match(rf"(?:['’]s)?\s+(?:\w+\s+){{0,1}}{_STUDY}\b", after, re.IGNORECASE) or STUDY.search(name[0]):
            return True
    return False
