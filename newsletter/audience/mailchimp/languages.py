"""Our language codes as Mailchimp writes them."""

from __future__ import annotations

#: Those it knows: https://mailchimp.com/help/view-and-edit-contact-languages/
_KNOWN = frozenset((
    "af", "ar", "be", "bg", "ca", "cs", "da", "de", "el", "en", "es", "es_ES", "et", "fa", "fi", "fr", "fr_CA", "ga",
    "he", "hi", "hr", "hu", "id", "is", "it", "ja", "km", "ko", "lt", "lv", "mk", "ms", "mt", "nl", "no", "pl", "pt",
    "pt_PT", "ro", "ru", "sk", "sl", "sr", "sv", "sw", "ta", "th", "tr", "uk", "vi", "zh",
))  # fmt: skip
#: Where its code means something else than ours.
_OTHERWISE = {"pt": "pt_PT", "pt-br": "pt", "es-es": "es_ES", "nb": "no", "nn": "no", "fr-ca": "fr_CA"}


def mailchimp_language(code: str) -> str:
    """Such as `fr_CA` for `fr-ca`, `en` for `en-gb`; empty for one that Mailchimp does not know: it guesses then."""
    code = code.lower().replace("_", "-")
    primary = code.partition("-")[0]
    return _OTHERWISE.get(code) or _OTHERWISE.get(primary) or (primary if primary in _KNOWN else "")
