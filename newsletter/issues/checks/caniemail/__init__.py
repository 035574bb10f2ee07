"""What Gmail, Outlook and Apple Mail don't know of HTML and CSS, by the data of caniemail.com."""

from newsletter.issues.checks.caniemail.support import Feature, unsupported

__all__ = ["Feature", "unsupported"]
