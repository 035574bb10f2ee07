"""Who is named in a story: patients and their families, told from those who treat, study, write or are long dead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from blog.editorial.lexicon import lexicon
from blog.editorial.manuscript import Block, BlockKind, Manuscript, Sentence, fold

PEOPLE = lexicon("people")
GIVEN, DOUBTFUL = PEOPLE.words("given"), PEOPLE.words("doubtful")
NO_NAMES, INSTITUTIONS, PUBLIC = PEOPLE.words("no_names"), PEOPLE.words("institutions"), PEOPLE.words("public")
TITLES, CREDENTIALS = PEOPLE.words("titles"), PEOPLE.words("credentials")
DID, LIVED, BELONGINGS = PEOPLE.words("did"), PEOPLE.words("lived"), PEOPLE.words("belongings")
UNDERGONE, BEING = PEOPLE.words("undergone"), frozenset({"was", "is", "been", "had", "has", "became", "got", "felt"})
INTRODUCED = PEOPLE.before("intro")
PROFESSION, PUBLISHES = PEOPLE.anywhere("professions"), PEOPLE.anywhere("publishes")
NO_SURNAMES, SIGNS, UNDERGOES = PEOPLE.words("no_surnames"), PEOPLE.here("signs"), PEOPLE.before("undergoes")
OWN_SIGNS = re.compile(rf"'s? (?:\w+ )?(?:{PEOPLE.macros['symptom']}|symptoms|mood|infusions?|diagnosis)\b")
PROFESSION_BEFORE = PEOPLE.before("professions")

#: How far around a name is read, in characters.
REACH = 150
#: Blocks that tell of people. Signatures, credits, sources and links name others.
NARRATIVE = frozenset(
    {
        BlockKind.TITLE,
        BlockKind.STANDFIRST,
        BlockKind.HEADING,
        BlockKind.TEXT,
        BlockKind.KEY_POINTS,
        BlockKind.BENEFITS,
        BlockKind.RISKS,
        BlockKind.ALTERNATIVES,
        BlockKind.WHO_SHOULD_NOT,
        BlockKind.PATIENT_STORY,
        BlockKind.CALLOUT,
        BlockKind.STAT,
        BlockKind.FAQ,
        BlockKind.TABLE,
    }
)
UPPER, LOWER = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
CAPITALISED = rf"[{UPPER}][{LOWER}]+(?:[{UPPER}][{LOWER}]+)?(?:-[{UPPER}][{LOWER}]+)?"
#: `Jacob`, `Sarah Miller`, `John F. Smith`, `Vincent van Gogh`.
RUN = re.compile(
    rf"(?<![\w’'-]){CAPITALISED}"
    rf"(?:(?: [{UPPER}]\.)? (?:(?:de|van|von|der|la|del|bin|al) ){{0,2}}{CAPITALISED}){{0,4}}(?![\w-])"
)
WORD = re.compile(r"[\w’'.-]+")
#: What a name owns, up to three words of it.
OWNED = re.compile(r"[’']s? (\w+)(?: (\w+))?(?: (\w+))?")
#: What it does, and after "was" how it is.
DOES = re.compile(
    r",? (?:(?:who|also|then|now|still|never|always|soon|finally|just|often|really|simply) ){0,2}"
    r"(?P<verb>[\w']+)(?: (?:been |so |very |severely |first |not )?(?P<state>\w+))?"
)
#: "Jacob, a teacher, ...", "Jacob and his mother".
APPOSITION = re.compile(r", (?:an?|the|who|whose|now|then|too|in (?:his|her))\b| and (?:his|her|their|i)\b")
AGE = re.compile(
    r",? (?:who (?:is|was) |is |was |aged? |just turned |turned )?(?:only |just |about |now |then )?"
    r"\d{1,2}(?=[,.;)]| years)"
    r"|,? (?:is |was )?(?:an? |the )(?:\w+ )?(?:\d{1,2}|[a-z]+(?:-[a-z]+)?)[- ]years?[- ]old| \(\d{1,2}\)"
    r"|,? (?:is |was )?in (?:his|her|their) (?:late |early |mid-?)?(?:\w+ties|teens)"
)
PRONOUN = re.compile(r"\b(?:he|she|his|her|hers|him)\b")
OBJECT = re.compile(
    r"\b(?:for|with|helped|treated|gave|told|met|saw|asked|to|of|by|like|about|as|and|let|made|see|remember|came"
    r"|says?|said|recalls|recalled|remembers|asks|adds|added|it was) \Z",
    re.IGNORECASE,
)
#: Only people are helped, treated and told.
PERSON_OBJECT = re.compile(r"\b(?:helped|treated|told|met|asked|gave) \Z")
ADDRESSED = re.compile(r"\b(?:mr|mrs|ms|miss|mx)\.? \Z")
#: A name is given in so many words.
NAMED = re.compile(r"\b(?:patient|call|calling|called|named?)\b[^.]{0,12}\Z")
#: What stands between a name and what it does: "Brenda Kowalski, a retired teacher, began lithium".
ASIDE = re.compile(
    r"(?:, (?:an?|the|who|now|then|my|our|\d\d)\b[^,;.]{0,60},)?(?:,? who)?"
    r"(?: (?:also|then|now|still|never|always|soon|finally|first|once|later)){0,2} "
)
#: "When Doug Franks came home, he drank."
LATER = re.compile(r"(?:,|,? (?:and|because|since|when|after|before|until|while)) (?:he|she) ")
#: Whoever has a doctor is no doctor for that.
OWN_HEALER = re.compile(rf"\b(?:his|her|their) (?:\w+ )?{PEOPLE.macros['healer']}\b")
COLLEAGUE = re.compile(r", (?:our|my|the|his|her) (?:[\w-]+ ){0,3}\Z")
#: After a name: a credential, a clinic's colleague, co-authors.
SCHOLAR_AFTER = re.compile(r" et al\b|,? and (?:his |her |their )?(?:colleagues|team|co-?workers)\b")


@dataclass(frozen=True, slots=True)
class Named:
    """A person whom the story names as somebody to whom it happened."""

    name: str
    block: Block
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A capitalised word, or several, and what stands around it."""

    run: str
    name: str
    before: str
    after: str
    #: Whether it begins the sentence, where every word is capitalised.
    opens: bool
    #: Whether it stands in a patient's story.
    in_story: bool
    #: Whether it stands in a title or a heading, where many words are capitalised.
    in_heading: bool
    #: Whether it is all that a sentence of a patient's story says: the name given there.
    is_all: bool

    @property
    def known(self) -> str:
        """The name as the lists have it: `Tomás` is `Tomas`."""
        if self.name in GIVEN or self.name in DOUBTFUL:
            return self.name
        return "".join(
            letter for letter in unicodedata.normalize("NFD", self.name) if not unicodedata.combining(letter)
        )

    @property
    def has_surname(self) -> bool:
        """Whether it is `Karen Whitfield` or `Ms. Ortiz`."""
        return " " in self.run or bool(ADDRESSED.search(fold(self.before)[-6:]))


def named_people(manuscript: Manuscript) -> list[Named]:
    """Every named patient or relative, once, with the first sentence that shows it."""
    staff = {word.strip(".,") for person in manuscript.people for word in person.split()}
    sentences = [(block, sentence) for block, sentence in manuscript.sentences() if block.kind in NARRATIVE]
    found: dict[str, Named] = {}
    surnames: set[str] = set()
    for index, (block, sentence) in enumerate(sentences):
        following = sentences[index + 1][1].folded if index + 1 < len(sentences) else ""
        has_pronoun = bool(PRONOUN.search(sentence.folded) or PRONOUN.search(following))
        for candidate in _candidates(block, sentence):
            if candidate.name in found or candidate.name in staff | surnames:
                continue
            if not _is_patient(candidate, following, has_pronoun=has_pronoun):
                continue
            if not _is_a_word(candidate.name, sentences):
                found[candidate.name] = Named(candidate.name, block, sentence)
                surnames.update(candidate.run.split()[1:])
    return list(found.values())


def names_in(text: str) -> set[str]:
    """The capitalised words that could be given names."""
    return {run[0].split()[0] for run in RUN.finditer(text)} - NO_NAMES


def _is_a_word(name: str, sentences: list[tuple[Block, Sentence]]) -> bool:
    """Whether the story also writes it small: `Rose` and `rose`. Names that everybody has are names all the same."""
    if name in GIVEN and name not in DOUBTFUL:
        return False
    small = re.compile(rf"\b{re.escape(name.lower())}\b")
    return any(small.search(sentence.prose) for _, sentence in sentences)


def _candidates(block: Block, sentence: Sentence) -> Iterator[Candidate]:
    prose = sentence.prose
    first = len(prose) - len(prose.lstrip())
    is_heading = block.kind in (BlockKind.TITLE, BlockKind.HEADING)
    for found in RUN.finditer(prose):
        for start, end in _names(found, is_heading=is_heading):
            after = prose[end : end + REACH]
            yield Candidate(
                run=prose[start:end],
                name=prose[start:end].split()[0],
                before=prose[max(0, start - REACH) : start],
                after=after.lower() if is_heading else after,
                opens=start == first,
                in_story=block.kind is BlockKind.PATIENT_STORY,
                in_heading=is_heading,
                is_all=block.kind is BlockKind.PATIENT_STORY
                and ADDRESSED.sub("", fold(prose[:start])).strip() + prose[end:].strip(" .") == "",
            )


def _names(run: re.Match[str], *, is_heading: bool) -> Iterator[tuple[int, int]]:
    """Where names stand in a run of capitalised words. In Title Case every word could be one."""
    words = [(word[0], run.start() + word.start(), run.start() + word.end()) for word in WORD.finditer(run[0])]
    if is_heading:
        yield from ((start, end) for _, start, end in words)
        return
    while len(words) > 1 and (words[0][0] in NO_NAMES or _only_opens(words[0][0], words[1][0])):
        words = words[1:]  # "When Jacob", "Meet Anna"
    if words[0][0] not in NO_NAMES:
        yield words[0][1], run.end()


def _only_opens(word: str, following: str) -> bool:
    return following in GIVEN and word not in GIVEN | DOUBTFUL and word not in TITLES


def _is_patient(candidate: Candidate, following: str, *, has_pronoun: bool) -> bool:
    if candidate.name in NO_NAMES or len(candidate.name) < 2 or _is_somebody_else(candidate):
        return False
    is_name = candidate.known in GIVEN or candidate.known in DOUBTFUL
    if candidate.in_heading and not is_name:
        return False
    if candidate.in_story and (candidate.is_all or (is_name and " " in candidate.run)):
        return True
    before = fold(candidate.before)[-60:]
    if AGE.match(fold(candidate.after)) or (candidate.has_surname and _lives_through_it(candidate, following)):
        return is_name or has_pronoun or bool(ADDRESSED.search(before))
    if INTRODUCED.search(before):
        return is_name or has_pronoun or bool(NAMED.search(before))
    return _acts(candidate, has_pronoun=has_pronoun)


def _lives_through_it(candidate: Candidate, following: str) -> bool:
    """Whether somebody with a surname has what patients have, takes what they take, or goes where they go."""
    after = fold(candidate.after)
    if UNDERGOES.search(ADDRESSED.sub("", fold(candidate.before)[-40:])):
        return True
    if fold(candidate.before).endswith("gave ") and after.startswith((" his ", " her ")):
        return True
    aside = ASIDE.match(after)
    if OWN_SIGNS.match(after) or (aside and SIGNS.match(after, aside.end())):
        return True
    does = DOES.match(after)
    if not (APPOSITION.match(after) or (does and does["verb"] in DID)):
        return False
    if any(SIGNS.match(after, later.end()) for later in LATER.finditer(after)):
        return True
    return following.startswith(("he ", "she ")) and bool(SIGNS.match(following, following.index(" ") + 1))


def _acts(candidate: Candidate, *, has_pronoun: bool) -> bool:
    """Whether the name does or owns what patients do and own. The less it is a name, the more it takes."""
    before, after = fold(candidate.before)[-30:], fold(candidate.after)[:80]
    owned = OWNED.match(after)
    does = DOES.match(after)
    verb = does["verb"] if does else ""
    is_patient = does is not None and verb in BEING and does["state"] in UNDERGONE
    has_life = is_patient or verb in LIVED or (owned is not None and not BELONGINGS.isdisjoint(owned.groups()))
    is_doubtful = candidate.known in DOUBTFUL
    if " " in candidate.run or ADDRESSED.search(before):
        return has_life and (candidate.known in GIVEN or is_doubtful or has_pronoun or is_patient)
    if candidate.known in GIVEN and not is_doubtful:
        is_told_of = verb in DID or bool(APPOSITION.match(after) or OBJECT.search(before))
        return candidate.in_story or has_life or is_told_of
    if is_doubtful and (is_patient or (has_pronoun and PERSON_OBJECT.search(before))):
        return True
    return has_life and (candidate.in_story or (has_pronoun and (is_doubtful or not candidate.opens)))


def _is_somebody_else(candidate: Candidate) -> bool:
    """Whether the name is a clinic's, a scholar's, a colleague's or a celebrity's."""
    words = candidate.run.split()
    title = (candidate.before.split() or [""])[-1].strip('(“"')
    following = (WORD.findall(candidate.after[:40]) or [""])[0].strip(".")
    if {title, words[0]} & TITLES or {*words[1:], following} & INSTITUTIONS or following in CREDENTIALS:
        return True
    if not NO_SURNAMES.isdisjoint(words):
        return True
    around = OWN_HEALER.sub(" ", fold(f"{candidate.before} {candidate.after}"))
    if candidate.has_surname and (words[-1] in PUBLIC or PROFESSION.search(around) or PUBLISHES.search(around)):
        return True
    after = fold(candidate.after)[:60]
    profession = PROFESSION.search(after)
    return bool(
        SCHOLAR_AFTER.match(candidate.after)
        or PROFESSION_BEFORE.search(fold(candidate.before)[-40:])
        or (profession and COLLEAGUE.match(after[: profession.start()]))
    )
