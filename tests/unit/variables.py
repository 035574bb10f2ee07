"""One variable called NAME, as a start reads it, and the message where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from config import env

SECRET = "hunter2-hunter2"


def read(parse: Callable[[str, str], Any], value: str) -> Any:
    return env.read("NAME", parse, {"NAME": value})


def refused(parse: Callable[[str, str], Any], value: str) -> str:
    """The message, after looking that it is one line, names the variable and gives no secret away."""
    with pytest.raises(env.EnvironmentValueError) as caught:
        read(parse, value)
    text = str(caught.value)
    assert "NAME" in text
    assert "\n" not in text
    assert "hunter2" not in text
    return text
