"""What the answers of mail servers mean, for people who don't read codes: a text for each case.

`_` only marks the texts for translation; who shows them translates them.
"""

from __future__ import annotations

from typing import NamedTuple

from core.marks import _


class Explanation(NamedTuple):
    """`title`: the case in a few words; `meaning`: what happened; `remedy`: what to do, or that nothing is needed."""

    title: str
    meaning: str
    remedy: str


_NOTHING = _("Nothing: it is tried again by itself for up to 48 hours.")
_IF_MANY = _(
    "Nothing for single readers. If many get this answer, show the server's words to whoever operates the mail server."
)
_SENDER_SETUP = _(
    "Show the server's words to whoever operates the mail server: the sender's domain needs SPF, DKIM and DMARC "
    "records that fit the sender address. Then send to these readers with the next issue."
)
_LIST_CARE = _("Send more slowly, and only to readers who asked for it. The mail provider's postmaster page says more.")

NO_MAILBOX = Explanation(
    _("No such mailbox"),
    _("The mail server knows nobody by this address: the mailbox was closed, or the address has a typing error."),
    _(
        "Nothing in this issue. End the subscription if it happens again; after a typing error the reader can sign up "
        "anew."
    ),
)
NO_DOMAIN = Explanation(
    _("The domain takes no mail"),
    _("What stands after the @ does not exist, or says that it never takes mail."),
    _("Nothing to do in this issue. It is most often a typing error; the reader can sign up anew."),
)
MOVED = Explanation(
    _("The mailbox has moved"),
    _("The reader left this address for another one."),
    _("End the subscription; the reader can sign up with the new address."),
)
DISABLED = Explanation(
    _("The mailbox is switched off"),
    _("It exists and takes no mail: its owner has not used it for long, or the provider locked it."),
    _("Nothing in this issue. End the subscription if it happens again."),
)
FULL_FOR_NOW = Explanation(
    _("The mailbox is full for now"),
    _("The reader's mailbox has no room; the provider expects that this changes."),
    _NOTHING,
)
FULL = Explanation(
    _("The mailbox is full"),
    _("The reader's mailbox has no room, and the provider does not expect that to change soon."),
    _("Nothing in this issue. A mailbox that stays full for several issues has probably been left."),
)
TOO_BIG = Explanation(
    _("The mail is too big"),
    _("The mail server takes no mail of this size."),
    _("Show fewer stories in full, so that the next issue is smaller. A linked story can be read on the site."),
)
BAD_SENDER = Explanation(
    _("Our sender address is not accepted"),
    _("The mail server does not like the address the mail comes from: its domain can't be found, or it is blocked."),
    _("Check the sender address of the newsletter, then show the server's words to whoever operates the mail server."),
)
BUSY = Explanation(
    _("The mail server is busy"),
    _("It has too much to do, is being looked after, or has no room just now."),
    _NOTHING,
)
UNREACHABLE_FOR_NOW = Explanation(
    _("The reader's mail server can't be reached"),
    _("No connection came about, it broke, or no way to it was found. That is the network's or that server's trouble."),
    _NOTHING,
)
UNREACHABLE = Explanation(
    _("No way to the reader's mail server"),
    _("Nobody takes mail for this address: the domain has no mail server that answers, or mails would go in circles."),
    _IF_MANY,
)
NO_ACCESS = Explanation(
    _("The address is refused by its own server"),
    _(
        "The reader's mail server takes no mail for this address from outside. Microsoft's servers say so of mailboxes "
        "that don't exist; others when they can't be reached."
    ),
    _("Nothing for single readers. If a whole company answers so, ask one of its readers to talk to their support."),
)
GREYLISTED = Explanation(
    _("Asked to come back (greylisting)"),
    _("The server sends every unknown sender away once, and takes the mail minutes later: robots don't come back."),
    _NOTHING,
)
TOO_FAST = Explanation(
    _("Too many mails for this provider"),
    _("The provider wants fewer mails at a time from us, often because the sender is new or readers complained."),
    _("They are tried again by themselves. Send more slowly, or give the newsletter a limit for this mail provider."),
)
NOT_TRUSTED_YET = Explanation(
    _("The provider is cautious with us"),
    _("The mail server puts mails off because of who sends them: a new sender, complaints, or a missing record."),
    _(
        "They are tried again by themselves. If it goes on, show the server's words to whoever operates the mail "
        "server, and send more slowly."
    ),
)
POLICY = Explanation(
    _("Refused by a rule of the server"),
    _("The server does not want this mail: it takes the sender or the words for spam, or a list blocks our server."),
    _(
        "Read the server's words: they often name a page to ask for removal. Show them to whoever operates the mail "
        "server. If only one issue is refused, look at its links and wording."
    ),
)
UNAUTHENTICATED = Explanation(
    _("The sender is not proven"),
    _("The provider takes mails only when SPF or DKIM prove that the domain of the sender address sent them."),
    _SENDER_SETUP,
)
DMARC = Explanation(
    _("The sender's own rule (DMARC) forbids it"),
    _("The domain of the sender address tells others to refuse what is not proven to be its own; this was not."),
    _SENDER_SETUP,
)
NO_REVERSE_NAME = Explanation(
    _("Our mail server has no proper name"),
    _("The numeric address of our mail server leads to no name, or to one that does not lead back."),
    _("Ask whoever operates the mail server to set its reverse DNS (PTR) record."),
)
BLOCKED = Explanation(
    _("Our mail server is blocked"),
    _("The provider takes nothing from the numeric address of our mail server."),
    _("The server's words name where to ask for removal. Pause until that is settled: each try can make it worse."),
)
MALFORMED_MAIL = Explanation(
    _("The mail's form was not understood"),
    _("The server could not read or convert the mail."),
    _("Tell whoever operates this site, with the server's words: that is a fault in software, not yours."),
)
LETTERS = Explanation(
    _("Letters that the server can't take"),
    _("The address has letters beyond English ones before the @, and a server on the way can't do that (SMTPUTF8)."),
    _("The reader needs another address, or the mail server has to learn it: ask whoever operates it."),
)
PROTOCOL = Explanation(
    _("The servers misunderstood each other"),
    _("The mail server did not expect what ours said at this point."),
    _("Tell whoever operates this site, with the server's words, if it is more than a few."),
)
LOST = Explanation(
    _("The answer was lost"),
    _("The mail was handed over, and the connection broke before the server answered: it may have arrived, or not."),
    _("Decide on the page of the uncertain ones whether they count as delivered or are sent once more."),
)
BROKE_OFF = Explanation(
    _("The connection broke before the mail was handed over"),
    _("It certainly did not arrive."),
    _NOTHING,
)
WORKER_ENDED = Explanation(
    _("Our worker ended before the answer came"),
    _("The mail was handed over, then the program that sends was killed or cut off: it may have arrived, or not."),
    _("Decide on the page of the uncertain ones whether they count as delivered or are sent once more."),
)
WORDS_LOST = Explanation(
    _("The server's words are lost"),
    _("It certainly did not take the mail; our worker ended before its words were written down."),
    _("Nothing: what it put off is tried again by itself, what it refused is refused."),
)
FROM_A_BACKUP = Explanation(
    _("The backup does not know"),
    _("It was being sent when the backup was made that was restored: it may have arrived, or not."),
    _("Decide on the page of the uncertain ones whether they count as delivered or are sent once more."),
)
UNSIGNED = Explanation(
    _("The mail could not be signed"),
    _("Our own signature (DKIM) failed, so it was not sent."),
    _("Show these words to whoever operates this site: the key or its settings are wrong."),
)
MALFORMED_ADDRESS = Explanation(
    _("The address can't be right"),
    _("It has characters that no mail server takes; it was not tried."),
    _("End the subscription; the reader can sign up anew."),
)
READER_LEFT = Explanation(
    _("The reader had left"),
    _("The subscription ended, or the reader was erased, before it was their turn."),
    _("Nothing."),
)
EXPIRED = Explanation(
    _("Given up after 48 hours"),
    _("Each time the mail server asked for patience, until the issue was no news any more."),
    _("Its last answer says why. Nothing more happens in this issue; the next one is tried as usual."),
)
NO_WORDS = Explanation(
    _("No answer was kept"),
    _("The server said nothing, or the answer was removed with the reader's data."),
    _("Nothing."),
)
OTHER = Explanation(
    _("Something else"),
    _("This is no answer that we have an explanation for; the words are all we know."),
    _IF_MANY,
)
FOR_NOW = Explanation(
    _("Not now"),
    _("The mail server does not take it at the moment. We have no better explanation than its own words."),
    _NOTHING,
)
FOR_GOOD = Explanation(
    _("Refused"),
    _("The mail server will not take this mail. We have no better explanation than its own words."),
    _IF_MANY,
)
