"""A mail as it is shown: the copy for dark screens."""

from __future__ import annotations

import pytest

from newsletter.issues.as_seen import decoded, in_the_dark

DARK_ONLY = '<meta name="supported-color-schemes" content="dark">'


@pytest.mark.parametrize(
    ("rule", "dark"),
    [
        ("@media (prefers-color-scheme: dark) {", "@media (min-width: 0px) {"),
        ("@media (prefers-color-scheme:dark){", "@media (min-width: 0px){"),
        ("@media screen and (prefers-color-scheme: dark) {", "@media screen and (min-width: 0px) {"),
        ("@media (prefers-color-scheme: light) {", "@media (max-width: 0px) {"),
        ('<source media="(prefers-color-scheme: dark)">', '<source media="(min-width: 0px)">'),
        ('<meta name="color-scheme" content="light dark" />', '<meta name="color-scheme" content="dark" />'),
        (
            '<meta name="supported-color-schemes" content="light dark">',
            DARK_ONLY,
        ),
        ("<p>prefers-color-scheme: dark</p>", "<p>prefers-color-scheme: dark</p>"),
    ],
)
def test_rules_for_dark_screens_hold_on_every_screen(rule: str, dark: str) -> None:
    assert in_the_dark(rule) == dark


def test_a_message_is_taken_apart_and_weighed() -> None:
    content = (
        b"From: Rounds <editor@rounds.example>\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"Gr=C3=BC=C3=9Fe\r\n"
    )
    mail = decoded(content)
    assert (mail.sender, mail.subject, mail.text.strip(), mail.html) == (
        "Rounds <editor@rounds.example>",
        "Hello",
        "Grüße",
        "",
    )
    assert mail.octets == len(content)
    assert mail.text_octets == len("Grüße\r\n".encode())
    assert mail.headers.splitlines()[1] == "Subject: Hello"
