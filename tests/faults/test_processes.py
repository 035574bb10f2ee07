"""The processes of fault tests themselves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.conftest import Template
from tests.faults.processes import Call, Process

pytestmark = pytest.mark.slow


def test_a_process_has_its_environment_and_ours_is_never_touched(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that another thread starts meanwhile would read an environment that is just being laid anew."""

    def touched(*_: object) -> None:
        raise AssertionError("the environment of the tests was changed")

    script = tmp_path / "say.py"
    script.write_text("import os\nprint(os.environ['SAID'])\n")
    environment = {"DATABASE_URL": template.copy(), "SAID": "here"}
    monkeypatch.setattr(os, "putenv", touched)
    monkeypatch.setattr(os, "unsetenv", touched)
    output, errors = tmp_path / "out", tmp_path / "errors"
    call = Call(arguments=(str(script),), environment=environment, output=str(output), errors=str(errors))
    assert Process(call).wait(60) == 0, errors.read_text()
    monkeypatch.undo()  # pytest itself keeps notes in the environment
    assert output.read_text() == "here\n"
    assert "SAID" not in os.environ
