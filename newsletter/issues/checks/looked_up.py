"""Rules about what others answered lately: links, the sender's DNS, SpamAssassin. They ask nobody themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletter.issues.checks.places import ISSUE, SENDER_DOMAIN
from newsletter.issues.findings import Finding, Level
from newsletter.issues.publication import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from newsletter.issues.checks.examined import Examined
    from newsletter.issues.checks.questions import Kept, Question
    from newsletter.issues.findings import Place

#: Answers of sites that are there and refuse programs: a person has to look.
GUARDED = frozenset({401, 402, 403, 405, 406, 407, 408, 409, 418, 423, 425, 429, 451, 999})
SPAM_WARNING, SPAM_BLOCKER = 1.0, 3.0


def link_answers(seen: Examined) -> Iterator[Finding]:
    if is_loopback():
        return
    unknown, well = [], []
    for question in seen.link_questions:
        kept = _fresh(seen, question)
        if kept is None:
            unknown.append(question)
        elif found := list(_link_finding(seen, question.asked, kept)):
            yield from found
        else:
            well.append(kept.at)
    if well:
        text = ngettext("%(count)d link answers (%(at)s).", "%(count)d links answer (%(at)s).", len(well))
        yield _well("link-answer", text % {"count": len(well), "at": shown(min(well))})
    if unknown:
        yield _not_checked(
            "links-not-checked",
            ngettext(
                "Whether a link answers was not checked yet.",
                "Whether %(count)d links answer was not checked yet.",
                len(unknown),
            )
            % {"count": len(unknown)},
            since=_last(seen, unknown),
        )


def _link_finding(seen: Examined, url: str, kept: Kept) -> Iterator[Finding]:
    status, problem = kept.answer.get("status"), str(kept.answer.get("problem", ""))
    if status is not None and 200 <= status < 400:
        return
    guarded = status is not None and (status in GUARDED or status >= 500)
    answered = _("answers %(status)d") % {"status": status} if status is not None else problem
    yield Finding(
        rule="link-answer",
        level=Level.WARNING if guarded else Level.BLOCKER,
        text=_("The link to %(url)s %(answered)s (%(at)s).")
        % {"url": url[:80], "answered": answered, "at": shown(kept.at)},
        remedy=(
            _("Some sites refuse programs: open it yourself.")
            if guarded
            else _("Correct the link, take it out, or check again.")
        ),
        place=seen.places.holding(url),
        about=url,
    )


def sender_records(seen: Examined) -> Iterator[Finding]:
    """RFC 7208 (SPF), 6376 (DKIM), 7489 (DMARC). Our return paths lie in the sender's own domain, so SPF is aligned."""
    question = seen.sender_question
    if is_loopback() or question is None:
        return
    kept = _fresh(seen, question)
    if kept is None:
        yield _not_checked(
            "dns-not-checked",
            _("The DNS of the sender’s domain was not checked yet."),
            since=_last(seen, [question]),
        )
        return
    domain = str(kept.answer["domain"])
    dmarc = ("dns-dmarc", "DMARC", list(_dmarc(domain, kept)))
    if seen.abilities.holds_audience:
        yield _authenticated_there(domain)
        rules = [dmarc]
    else:
        rules = [("dns-spf", "SPF", list(_spf(domain, kept))), ("dns-dkim", "DKIM", list(_dkim(domain, kept))), dmarc]
    for rule, what, found in rules:
        yield from found
        if not found:
            text = _("%(what)s of %(domain)s is in place (%(at)s).")
            values = {"what": what, "domain": domain, "at": shown(kept.at)}
            yield _well(rule, text % values, place=SENDER_DOMAIN)


def _authenticated_there(domain: str) -> Finding:
    """Its return paths lie in its own domain, and it signs by keys that only it knows."""
    return _not_checked(
        "dns-not-checked",
        _("SPF and DKIM are Mailchimp’s: whether %(domain)s is authenticated there, only it knows.")
        % {"domain": domain},
        remedy=_("Look there under Domains, in the account’s settings: it should say “Authenticated”."),
    )


def _spf(domain: str, kept: Kept) -> Iterator[Finding]:
    answer: Mapping[str, Any] = kept.answer["spf"]
    records = answer.get("records", ())
    if problem := answer.get("problem"):
        yield _unknown(_("SPF"), str(problem), kept)
    elif not records:
        text = _("%(domain)s has no SPF record: Gmail and others refuse its mail.")
        yield _record("dns-spf", text % {"domain": domain}, kept)
    elif len(records) > 1:
        text = _("%(domain)s has %(count)d SPF records; with more than one, none counts.")
        yield _record("dns-spf", text % {"domain": domain, "count": len(records)}, kept)
    elif "+all" in records[0].split() or "all" in records[0].split():
        text = _("The SPF record of %(domain)s lets anybody send in its name.")
        yield _record("dns-spf", text % {"domain": domain}, kept)


def _dkim(domain: str, kept: Kept) -> Iterator[Finding]:
    keys = kept.answer["dkim"]
    if not keys:
        yield _not_checked(
            "dns-not-checked",
            _("DKIM can't be checked: the mail server signs, and only it knows under which name."),
            remedy=_("Send yourself a test and look at its source: it should say “dkim=pass”."),
        )
    for key in keys:
        name = f"{key['selector']}._domainkey.{key['domain']}"
        if problem := key.get("problem"):
            yield _unknown(_("DKIM"), str(problem), kept)
        elif not key.get("public"):
            yield _record("dns-dkim", _("There is no DKIM key at %(name)s.") % {"name": name}, kept)
        elif not _aligned(domain, key["domain"]):
            text = _("We sign for %(signed)s, which is not the sender’s domain %(domain)s.")
            yield _record("dns-dkim", text % {"signed": key["domain"], "domain": domain}, kept)


def _aligned(sender: str, signed: str) -> bool:
    """Relaxed: one is the other, or lies below it."""
    return sender == signed or sender.endswith(f".{signed}") or signed.endswith(f".{sender}")


def _dmarc(domain: str, kept: Kept) -> Iterator[Finding]:
    answer: Mapping[str, Any] = kept.answer["dmarc"]
    if problem := answer.get("problem"):
        yield _unknown(_("DMARC"), str(problem), kept)
    elif not answer.get("record"):
        text = _("%(domain)s has no DMARC record: Gmail, Yahoo and Microsoft ask for one.")
        yield _record("dns-dmarc", text % {"domain": domain}, kept)


def _record(rule: str, text: str, kept: Kept) -> Finding:
    return Finding(
        rule=rule,
        level=Level.BLOCKER,
        text=f"{text} ({shown(kept.at)})",
        remedy=_("Ask whoever looks after the domain to put it right, then check again."),
        place=SENDER_DOMAIN,
        about=text,
    )


def _unknown(what: str, problem: str, kept: Kept) -> Finding:
    text = _("%(what)s could not be looked up: %(problem)s (%(at)s).")
    return _not_checked("dns-not-checked", text % {"what": what, "problem": problem, "at": shown(kept.at)})


def spam_score(seen: Examined) -> Iterator[Finding]:
    question = seen.spam_question
    if question is None:
        return
    kept = _fresh(seen, question)
    if kept is None:
        yield _spam_unknown(seen, question)
        return
    if problem := kept.answer.get("problem"):
        text = _("SpamAssassin gave no score: %(problem)s (%(at)s).")
        yield _not_checked("spam-not-checked", text % {"problem": problem, "at": shown(kept.at)})
        return
    score = float(kept.answer["score"])
    if score < SPAM_WARNING:
        text = _("SpamAssassin gives it %(score)s points (%(at)s).")
        yield _well("spam-score", text % {"score": f"{score:g}", "at": shown(kept.at)})
    else:
        counted = sorted(
            (rule for rule in kept.answer["rules"] if rule["points"] > 0), key=lambda rule: -rule["points"]
        )
        reasons = "; ".join(f"{rule['words']} ({rule['points']:g})" for rule in counted)
        yield Finding(
            rule="spam-score",
            level=Level.BLOCKER if score >= SPAM_BLOCKER else Level.WARNING,
            text=_(
                "SpamAssassin gives it %(score)s points; a good mail has none, 3 are too many. What counts: "
                "%(reasons)s (%(at)s)."
            )
            % {"score": f"{score:g}", "reasons": reasons, "at": shown(kept.at)},
            remedy=_("Change what counts most, then check again."),
            about=f"{question.asked} {score >= SPAM_BLOCKER}",
        )


def _spam_unknown(seen: Examined, question: Question) -> Finding:
    if not seen.has_spamassassin:
        return _not_checked(
            "spam-not-checked",
            _("Not checked: SpamAssassin is not installed here."),
            remedy=_("Whoever operates this site can install it (Debian: apt-get install spamassassin)."),
        )
    return _not_checked(
        "spam-not-checked", _("SpamAssassin has not read these words yet."), since=_last(seen, [question])
    )


def _well(rule: str, text: str, *, place: Place = ISSUE) -> Finding:
    return Finding(rule=rule, level=Level.WELL, text=text, remedy="", place=place)


def _not_checked(rule: str, text: str, *, remedy: str = "", since: datetime | None = None) -> Finding:
    if since is not None:
        text = _("%(text)s (Last %(at)s.)") % {"text": text, "at": shown(since)}
    return Finding(
        rule=rule,
        level=Level.NOT_CHECKED,
        text=text,
        remedy=remedy or _("“Check links, DNS and spam score” asks now."),
        place=SENDER_DOMAIN if rule == "dns-not-checked" else ISSUE,
    )


def _fresh(seen: Examined, question: Question) -> Kept | None:
    kept = seen.kept.get(question)
    return kept if kept is not None and kept.counts(question, now=seen.now) else None


def _last(seen: Examined, questions: list[Question]) -> datetime | None:
    """When one of them was answered last, too long ago to count."""
    return max((seen.kept[question].at for question in questions if question in seen.kept), default=None)


def shown(at: datetime) -> str:
    """As the editor's clock shows it."""
    return _("checked %(at)s") % {"at": date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")}
