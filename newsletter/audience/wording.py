"""The words a reader agrees to, and the name each version of them has in the evidence."""

from django.utils.translation import gettext_lazy as _

#: Kept in every ConsentEvent. Changed words get a new version (a test compares their digest).
CURRENT = "2026-11"

CONSENT_TEXT = _(
    "We mail you what you chose above, and nothing else. Your address is used for these mails only, is never passed "
    "on, and every mail has a link that ends them at once."
)
