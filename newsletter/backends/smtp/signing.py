"""Our own DKIM signature, from the option `dkim`: made right before a message goes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from newsletter.backends.base import BackendConfigurationError

_REQUIRED = frozenset({"domain", "selector", "key_file"})
_SECOND = frozenset({"ed25519_selector", "ed25519_key_file"})


def signer(options: Mapping[str, str]) -> Callable[[bytes], bytes]:
    """Gives the header lines to put before a message's content; it raises ValueError for one that can't be signed.

    Raises:
        BackendConfigurationError: an option is missing, unknown or wrong; the text holds nothing of a key.
    """
    from newsletter.engine.dkim import DkimError, Signer  # only who signs loads the cryptography

    given = frozenset(options)
    if missing := _REQUIRED - given:
        raise BackendConfigurationError(f"dkim needs {', '.join(sorted(missing))} too")
    if unknown := given - _REQUIRED - _SECOND:
        raise BackendConfigurationError(f"dkim: nobody knows {', '.join(sorted(map(str, unknown)))}")
    if given & _SECOND and not given >= _SECOND:
        raise BackendConfigurationError("dkim: a second signature needs ed25519_selector and ed25519_key_file")
    second = _key(options["ed25519_key_file"]) if given & _SECOND else b""
    try:
        made = Signer(
            domain=options["domain"],
            selector=options["selector"],
            private_key_pem=_key(options["key_file"]),
            second_selector=options.get("ed25519_selector", ""),
            second_private_key_pem=second,
        )
    except DkimError as error:
        raise BackendConfigurationError(f"dkim: {error}") from None
    return lambda content: made.sign(content, int(time.time()))


def _key(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BackendConfigurationError(f"dkim: the key {path} can't be read ({error.strerror})") from None
