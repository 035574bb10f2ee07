"""From the codes and words of mail servers' answers to their meanings: tables, no logic."""

from __future__ import annotations

import re
from types import MappingProxyType

from newsletter.engine import reply_meanings as say

#: Our own words, where there was no answer of a server.
OUR_WORDS = (
    (re.compile(r"words were written down"), say.WORDS_LOST),
    (re.compile(r"worker ended"), say.WORKER_ENDED),
    (re.compile(r"backup"), say.FROM_A_BACKUP),
    (re.compile(r"can't be signed"), say.UNSIGNED),
    (re.compile(r"larger than the mail server takes"), say.TOO_BIG),
    (re.compile(r"SMTPUTF8"), say.LETTERS),
    (re.compile(r"malformed|can't stand in"), say.MALFORMED_ADDRESS),
    (re.compile(r"reader had left"), say.READER_LEFT),
    (re.compile(r"before the message"), say.BROKE_OFF),
    (re.compile(r"after the message"), say.LOST),
)


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: What servers say in words, whatever their codes are; of answers for now (4xx).
ALWAYS_BY_WORDS = (
    (_words(r"gr[ae]y[\s_-]?list|postgrey"), say.GREYLISTED),
    (
        _words(r"rate[ -]?limit|throttl|unexpected volume|unusual rate|too many (messages|mails|e-?mails|recip)"),
        say.TOO_FAST,
    ),
)
#: Of answers without an enhanced code: (whether it is for now) -> words.
BY_WORDS = MappingProxyType(
    {
        True: (
            (_words(r"quota|(mailbox|inbox) (is )?full"), say.FULL_FOR_NOW),
            (
                _words(r"black-?list|block-?list|block(ed)? (using|by)|\brbl\b|dnsbl|spamhaus|reputation"),
                say.NOT_TRUSTED_YET,
            ),
        ),
        False: (
            (_words(r"quota|(mailbox|inbox) (is )?full"), say.FULL),
            (_words(r"size|too (large|big|long)"), say.TOO_BIG),
            (_words(r"dmarc"), say.DMARC),
            (_words(r"\bspf\b|\bdkim\b|unauthenticated"), say.UNAUTHENTICATED),
            (
                _words(r"black-?list|block-?list|blocked|\brbl\b|dnsbl|spamhaus|spam|policy|reputation|banned"),
                say.POLICY,
            ),
            (_words(r"relay"), say.UNREACHABLE),
            (_words(r"sender|mail from"), say.BAD_SENDER),
            (
                _words(
                    r"(user|mailbox|recipient|address|account|addressee)\b.*(\bunknown|\bnot?|n't|\binvalid|\bunavailable)\b"
                ),
                say.NO_MAILBOX,
            ),
            (
                _words(r"(no such|unknown|invalid|no) (local )?(user|mailbox|recipient|address|account|person)"),
                say.NO_MAILBOX,
            ),
        ),
    }
)

BY_ENHANCED = MappingProxyType(
    {
        "4.7.0": say.NOT_TRUSTED_YET,
        "4.7.1": say.NOT_TRUSTED_YET,
        "4.7.26": say.UNAUTHENTICATED,
        "4.7.28": say.TOO_FAST,
        "4.7.650": say.TOO_FAST,
        "5.7.9": say.UNAUTHENTICATED,
        "5.7.23": say.UNAUTHENTICATED,
        "5.7.25": say.NO_REVERSE_NAME,
        "5.7.26": say.UNAUTHENTICATED,
        "5.7.27": say.UNAUTHENTICATED,
        "5.7.28": say.TOO_FAST,
        "5.7.30": say.UNAUTHENTICATED,
        "5.7.509": say.DMARC,
        "5.7.515": say.UNAUTHENTICATED,
        "5.7.511": say.BLOCKED,
        **{f"5.7.{number}": say.BLOCKED for number in range(606, 650)},
        "5.7.708": say.BLOCKED,
    }
)
#: (whether the answer is for now, "subject.detail" or "subject" of the enhanced code) -> meaning. RFC 3463 section 3.
BY_SUBJECT = MappingProxyType(
    {
        (False, "1.1"): say.NO_MAILBOX,
        (False, "1.2"): say.NO_DOMAIN,
        (False, "1.3"): say.MALFORMED_ADDRESS,
        (False, "1.6"): say.MOVED,
        (False, "1.7"): say.BAD_SENDER,
        (False, "1.8"): say.BAD_SENDER,
        (False, "1.10"): say.NO_DOMAIN,  # RFC 7505
        (True, "1.7"): say.BAD_SENDER,
        (True, "1.8"): say.BAD_SENDER,
        (False, "2.1"): say.DISABLED,
        (False, "2.2"): say.FULL,
        (False, "2.3"): say.TOO_BIG,
        (True, "2.2"): say.FULL_FOR_NOW,
        (True, "3"): say.BUSY,
        (False, "3.4"): say.TOO_BIG,
        (True, "4"): say.UNREACHABLE_FOR_NOW,
        (True, "4.5"): say.BUSY,
        (False, "4"): say.UNREACHABLE,
        (False, "4.1"): say.NO_ACCESS,
        (True, "5"): say.PROTOCOL,
        (False, "5"): say.PROTOCOL,
        (True, "6"): say.MALFORMED_MAIL,
        (False, "6"): say.MALFORMED_MAIL,
        (True, "6.7"): say.LETTERS,  # RFC 6531
        (False, "6.7"): say.LETTERS,
        (True, "7"): say.NOT_TRUSTED_YET,
        (False, "7"): say.POLICY,
    }
)
#: Servers that say no enhanced code. RFC 5321 section 4.2.3.
BY_CODE = MappingProxyType(
    {
        421: say.BUSY,
        450: say.BUSY,
        451: say.BUSY,
        452: say.BUSY,
        500: say.PROTOCOL,
        501: say.PROTOCOL,
        503: say.PROTOCOL,
        551: say.MOVED,
        552: say.FULL,
        553: say.MALFORMED_ADDRESS,
    }
)
