"""Logs name nobody."""

from __future__ import annotations

import copy
import io
import logging
import logging.config

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import base
from core.private_log import pseudonym, without_addresses
from newsletter.engine.addresses import AddressError, normalise

LINE = "the confirmation mail 7 was refused: 550 5.1.1 <Ada.Quist+x@mail.example.com>: unknown user"


def test_an_address_becomes_its_pseudonym() -> None:
    shown = without_addresses(LINE)

    assert "example.com" not in shown
    assert f"<reader:{pseudonym('ada.quist+x@mail.example.com')}>" in shown
    assert shown.startswith("the confirmation mail 7 was refused: 550 5.1.1")


@pytest.mark.parametrize(
    "text", ["no sign of anybody", "worker host:12:ab starts", "user@host", "a @ b", "@transaction.atomic", "@@@.@"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert without_addresses(text) == text


def test_what_is_logged_by_the_settings_holds_no_address() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    entry = copy.deepcopy(base.LOGGING["formatters"]["line"])  # type: ignore[index]
    handler.setFormatter(logging.config.DictConfigurator({}).configure_formatter(entry))
    logger = logging.Logger("newsletter.test")
    logger.addHandler(handler)
    try:
        {"known": 1}["ada@example.com"]
    except KeyError:
        logger.exception("could not mail %s", "bob@example.org")

    assert "example." not in stream.getvalue()
    assert stream.getvalue().count("reader:") >= 2  # the line, and the traceback


@given(st.emails())
def test_every_address_that_we_could_mail_is_masked(address: str) -> None:
    try:
        normal = normalise(address)
    except AddressError:
        return

    assert normal not in without_addresses(f"mailing {normal} failed")
