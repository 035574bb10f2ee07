"""Where a source can be found: DOI, PMID and address, as people paste them and as we keep them."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: The DOI handbook leaves the suffix open; four to nine digits are what registrants have (Crossref's own advice).
DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\x00-\x1f\x7f]+")
#: How a DOI is written: bare, with a label, or as one of its resolvers' addresses.
BEFORE_A_DOI = re.compile(r"^\s*(?:(?:https?:)?//)?(?:(?:dx\.|www\.)?doi\.org/|doi\s*[:=]?\s*(?=10\.))", re.IGNORECASE)
PMID = re.compile(r"[1-9][0-9]{0,7}")
IN_PUBMED = re.compile(
    r"^(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/pubmed)/(\d+)/?(?:[?#].*)?$",
    re.IGNORECASE,
)
BEFORE_A_PMID = re.compile(r"^pmid\s*[:=]?\s*", re.IGNORECASE)
SCHEMES = ("http", "https")
#: What a sentence or a browser leaves at the end of something copied; a DOI never ends in it.
LEFT_OVER = ".,;:'\"”’>"
#: Closing brackets belong to a DOI only where it opened them: `10.1016/S0140-6736(20)30183-5`.
BRACKETS = {")": "(", "]": "[", "}": "{"}


def normal_doi(pasted: str) -> str:
    """`10.1234/abc` of `https://doi.org/10.1234/ABC.`, with upper and lower case as given; empty for nothing.

    Raises ValidationError for what is no DOI.
    """
    text = BEFORE_A_DOI.sub("", pasted.strip())
    if not text:
        return ""
    # A browser's address bar gives the slash, and at times more, percent-encoded.
    text = unquote(text) if "%" in text else text
    text = _without_leftovers(text)
    if not DOI.fullmatch(text):
        raise ValidationError(
            _("“%(given)s” is not a DOI. A DOI looks like 10.1001/jama.2020.1234; copy it from the paper's page.")
            % {"given": _short(pasted)},
            code="invalid",
        )
    return text


def normal_pmid(pasted: str) -> str:
    """The number, also out of a PubMed address; empty for nothing. Raises ValidationError for what is no PMID."""
    text = pasted.strip()
    if not text:
        return ""
    found = IN_PUBMED.match(text)
    number = found[1] if found else BEFORE_A_PMID.sub("", text).rstrip(".,; ")
    if not PMID.fullmatch(number):
        raise ValidationError(
            _("“%(given)s” is not a PMID. It is the number of one to eight digits in the paper's PubMed address.")
            % {"given": _short(pasted)},
            code="invalid",
        )
    return number


def is_web_address(url: str) -> bool:
    """Whether it is a whole address of a page on the web; `javascript:` and the like are not."""
    try:
        parts = urlsplit(url)
        return parts.scheme in SCHEMES and bool(parts.hostname) and not re.search(r"[\s<>\"\\^`{|}]", url)
    except ValueError:
        return False


def check_web_address(url: str) -> None:
    """Raise ValidationError for anything but a page on the web."""
    if not is_web_address(url):
        raise ValidationError(
            _("“%(given)s” is not an address on the web. It has to begin with https:// or http://.")
            % {"given": _short(url)},
            code="invalid",
        )


def _without_leftovers(text: str) -> str:
    while text:
        last = text[-1]
        opening = BRACKETS.get(last)
        if last in LEFT_OVER or (opening and text.count(opening) < text.count(last)):
            text = text[:-1]
        else:
            break
    return text


def _short(given: str) -> str:
    text = " ".join(given.split())
    return text if len(text) <= 60 else f"{text[:57]}…"
