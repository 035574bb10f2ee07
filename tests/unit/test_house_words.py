"""What people read can be translated: sentences in code, in templates and in the admin's scripts.

Pages are looked at in `tests/integration/test_pages_translatable.py`; this reads the sources, and sees what a worker
says and what stands on no page of a test.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Whose words are for those who run the site or write programs, or about English prose: they are in English.
IN_ENGLISH = (
    "blog/editorial/",
    "newsletter/api/",
    "newsletter/backends/checks.py",
    "newsletter/delivery/remote/check.py",
    "newsletter/engine/dkim.py",
    "newsletter/engine/message/",
    "newsletter/issues/chosen_backends.py",
    "site/core/backup/",
    "/management/",
    "/migrations/",
)
#: The same of single calls.
FOR_OPERATORS = frozenset(
    {
        "BackendConfigurationError",
        "ExpiredTokenError",
        "ImproperlyConfigured",
        "JournalError",
        "RolesError",
        "TokenError",
    }
)
MARKED = frozenset({"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"})
#: Said to nobody.
SILENT = frozenset(
    {
        "This is a test.",
        "Quist A. A trial of morning walks. Journal of Examples. 2024.",
        "How long does a session take?",
        "May I drive home?",
    }
)


def is_sentence(text: str) -> bool:
    """Three words at least, from a capital to a stop; SQL and names of settings begin with several capitals."""
    begins = text[:1] == "“" or (text[:1].isupper() and not text[:4].isupper())
    return begins and text[-1] in ".!?…" and text[-2].islower() and text.count(" ") >= 2 and "<" not in text


def sentences(source: str) -> list[tuple[int, str]]:
    """Sentences of the source that nothing marks for translation, with their lines."""
    return list(_under(ast.parse(source)))


def _under(node: ast.AST) -> Iterator[tuple[int, str]]:
    for child in ast.iter_child_nodes(node):
        text = _text_of(child)
        if text:
            if is_sentence(text) and not isinstance(node, ast.Expr):
                yield getattr(child, "lineno", 0), text
        elif not _is_seen_to(child):
            yield from _under(child)


def _text_of(node: ast.AST) -> str:
    """A string's, or an f-string's with its places filled."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "xx" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_seen_to(node: ast.AST) -> bool:
    """Marked, logged, or for those who run the site; a model's `help_text` that no form shows is a comment."""
    if isinstance(node, ast.keyword):
        return node.arg == "help_text"
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
    return called.startswith("logger.") or called.rpartition(".")[2] in MARKED | FOR_OPERATORS


def test_every_sentence_in_the_code_can_be_translated() -> None:
    found = []
    for path in _files("py", "newsletter", "blog", "site/core"):
        name = path.relative_to(ROOT).as_posix()
        if not any(part in f"/{name}" for part in IN_ENGLISH):
            found += [f"{name}:{line}: {text}" for line, text in sentences(path.read_text()) if text not in SILENT]
    assert found == []


def _files(suffix: str, *folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob(f"*.{suffix}"))]


def test_a_sentence_that_nothing_marks_is_found() -> None:
    source = """
def greet(name):
    "Says that everything goes well."
    logger.info("It was said that all is well.")
    said = _("All is well over there.")
    other = "Nobody can read this one."
    return f"The reader {name} can't read it."
"""
    assert [text for _line, text in sentences(source)] == [
        "Nobody can read this one.",
        "The reader xx can't read it.",
    ]


#: What a template translates, computes or keeps to itself.
_NOT_SHOWN = re.compile(
    r"{#.*?#}|{% ?comment.*?endcomment ?%}|{% ?blocktrans.*?endblocktrans(?:late)? ?%}|<!--.*?-->|->"
    r"|{% ?block (?:canonical|body_class|og_type) ?%}.*?{% ?endblock ?%}"
    r"|<(script|style|code|kbd|svg)\b.*?</\1>|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
_SAID_BY_ATTRIBUTES = re.compile(r'\b(?:title|alt|placeholder|aria-label|aria-description)="([^"]*)"')
_WORD = re.compile(r"[A-Za-z]{3,}")
#: Names, and what programs read.
_NAMES = re.compile(r"\b(?:Mailchimp|GET|POST|PUT|PATCH|DELETE|UTC|RSS|Atom|JSON|DOI|PubMed|Rounds)\b|&[a-z]+;")


def words_of(template: str) -> list[str]:
    """Words between the tags, and in attributes that are read out, which nothing translates."""
    left = _NOT_SHOWN.sub(" ", template)
    shown = [*_SAID_BY_ATTRIBUTES.findall(left), *re.sub(r"<[^>]*>", "\n", left).splitlines()]
    return [line.strip() for line in shown if _WORD.search(_NAMES.sub("", line))]


def test_every_word_of_a_template_can_be_translated() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): words
        for path in _files("html", "newsletter/templates", "blog/templates", "site/templates")
        if (words := words_of(path.read_text()))
    }
    assert found == {}


#: Comments, and what a script's literals hold: the text of the last group.
_LITERALS = re.compile(
    r"/\*.*?\*/|(?<!:)//[^\n]*|(?P<mark>[\"'`])(?P<text>(?:\\.|(?!(?P=mark)).)*)(?P=mark)", re.DOTALL
)
#: Two words, of which a selector, a class of ours or an event's name would have a sign.
_SAID = re.compile(r"[A-Za-z]{3,}[,;.!?…]? +[a-z]{2,}|^ [a-z]{3,}|[a-z]{3,}[,;.!?…]? $")
_SIGNS = re.compile(r"[-\[\]#=>()]")


def words_in_script(script: str) -> list[str]:
    """Literals that look like words for people: those come from the template, which translates them."""
    found = [match["text"] for match in _LITERALS.finditer(script) if match["text"]]
    plain = [re.sub(r"\${[^}]*}", "", text) for text in found]
    return [text for text in plain if _SAID.search(text) and not _SIGNS.search(text)]


def test_every_word_of_a_script_comes_from_the_page() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): words
        for path in _files("js", "newsletter/static", "blog/static")
        if (words := words_in_script(path.read_text()))
    }
    assert found == {}


def test_words_in_a_template_or_a_script_are_found() -> None:
    template = '<p title="Not this way">{% trans "Fine" %} <b>{{ name }}</b> comes late</p>'
    assert words_of(template) == ["Not this way", "comes late"]
    script = "/* It's fine. */ note.textContent = `${length} characters; ${range}`; find('.row a[href]'); // it's said"
    assert words_in_script(script) == [" characters; "]
